"""A fast fake AWS endpoint: an organization of any size, computed and never stored.

with serving(Estate(accounts=10), latency=0.02) as endpoint:
    subprocess.run(["keyreach", "sync"], env={**os.environ, **endpoint.environment()})
    print(endpoint.stats()["by_operation"])
"""

from bench.endpoint.client import Served, serving
from bench.endpoint.estate import CALLER, READER, Estate
from bench.endpoint.expected import expected_calls
from bench.endpoint.faults import Rule
from bench.endpoint.settings import Settings

__all__ = ["CALLER", "READER", "Estate", "Rule", "Served", "Settings", "expected_calls", "serving"]
