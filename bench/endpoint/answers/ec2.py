"""EC2: the regions of an account."""

from __future__ import annotations

from typing import Any

from bench.endpoint.answers.call import Call
from bench.endpoint.estate import DEFAULT_REGIONS, OPT_IN_REGIONS
from bench.endpoint.refusal import Refusal


def describe_regions(call: Call) -> dict[str, Any]:
    """The enabled regions; with AllRegions those that were not opted in to, too."""
    enabled, params = call.estate.enabled_regions, call.params
    names = [*enabled, *(name for name in OPT_IN_REGIONS if name not in enabled)]
    every = [
        {
            "RegionName": name,
            "Endpoint": f"ec2.{name}.amazonaws.com",
            "OptInStatus": _status(name, name in enabled),
        }
        for name in sorted(names)
        if name in enabled or params.get("AllRegions")
    ]
    if wanted := params.get("RegionNames"):
        known = {region["RegionName"] for region in every}
        if missing := [name for name in wanted if name not in known]:
            raise Refusal("InvalidParameterValue", f"Invalid region names: {missing}")
        every = [region for region in every if region["RegionName"] in wanted]
    members = {"opt-in-status": "OptInStatus", "region-name": "RegionName", "endpoint": "Endpoint"}
    for filter in params.get("Filters", ()):
        if filter["Name"] not in members:
            raise Refusal("InvalidParameterValue", f"The filter '{filter['Name']}' is invalid")
        every = [region for region in every if region[members[filter["Name"]]] in filter["Values"]]
    return {"Regions": every}


def _status(name: str, enabled: bool) -> str:
    if name in DEFAULT_REGIONS:
        return "opt-in-not-required"
    return "opted-in" if enabled else "not-opted-in"


OPERATIONS = {"DescribeRegions": describe_regions}
