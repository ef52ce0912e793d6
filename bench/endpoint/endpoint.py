"""From a request to its answer: who asks, whether that is refused, and what is said."""

from __future__ import annotations

import calendar
import dataclasses
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from http.client import responses
from typing import Any

from bench.endpoint import serialize, signature
from bench.endpoint.answers import OPERATIONS
from bench.endpoint.answers.call import Call
from bench.endpoint.answers.s3 import bucket_region
from bench.endpoint.cache import Cache
from bench.endpoint.credentials import Identity, Keyring
from bench.endpoint.estate import Estate
from bench.endpoint.faults import Faults, Rule
from bench.endpoint.refusal import KINDS, Refusal, refusal
from bench.endpoint.request import Received, Request, key_of, read
from bench.endpoint.settings import Settings
from bench.endpoint.stats import Stats
from bench.endpoint.throttle import Throttle

CONTROL = "/_endpoint/"
_SKEW = 300
_REQUEST_BYTES = 128 * 2**20
_OVERHEAD = 1000
_NEVER_KEPT = {"sts"}
_GLOBAL = {"iam", "organizations"}
"""Services whose calls may be signed for a region that the account has not enabled."""


@dataclass(slots=True)
class Reply:
    """An answer that can be written."""

    start: bytes
    """The status line."""
    rest: bytes
    """Headers, an empty line and the body."""
    body: int
    """Length of the body."""
    code: str = ""
    """The error's code; empty: no error."""
    request: Request | None = None
    """None: nothing of AWS's was asked for."""
    rule: Rule | None = None


class Endpoint:
    """An estate's answers. Knows no connections."""

    def __init__(
        self, estate: Estate, settings: Settings, rules: Iterable[Rule | dict[str, Any]] = ()
    ) -> None:
        """Nothing is computed before it is asked for."""
        self.estate, self.settings = estate, settings
        self.stats, self.faults = Stats(), Faults(rules, settings.seed)
        self.keyring = Keyring(estate)
        self._throttle = Throttle(settings.quotas)
        self._requests: Cache[Request] = Cache(_REQUEST_BYTES)
        self._answers: Cache[Reply] = Cache(settings.cache_bytes)

    def change(self, settings: Settings) -> None:
        """Behave otherwise from now on."""
        self.settings, self._throttle = settings, Throttle(settings.quotas)

    def clock(self) -> float:
        """Seconds since 1970, by the endpoint's clock."""
        return time.time() + self.settings.clock_offset

    def begin(self, received: Received) -> Reply:
        """The answer to a request, which counts as being in flight until `end`."""
        if received.target.startswith(CONTROL):
            return self._control(received)
        key = key_of(received)
        request = self._requests.get(key)
        if request is None:
            request = read(received)
            self._requests.put(key, request, len(received.body) + len(received.target) + _OVERHEAD)
        now = time.monotonic()
        identity = self._identity(request, received)
        account = request.account or (self.estate.account_id(identity.account) if identity else "")
        self.stats.begin(account, request.region, request.name, now)
        rule = self.faults.of(request, account) if self.faults.rules else None
        try:
            if rule:
                self.stats.faults[request.name] += 1
                self._fail(rule, request)
            reply = self._answer(request, self._admitted(request, received, identity), now)
        except Refusal as error:
            reply = self._refused(request, error)
        if reply.code:
            self.stats.errors[request.name, reply.code] += 1
        return dataclasses.replace(reply, request=request, rule=rule)

    def end(self, reply: Reply, sent: int) -> None:
        """The answer was written, or there is nobody to write it to."""
        if reply.request:
            self.stats.end(reply.request.name, sent)

    def _identity(self, request: Request, received: Received) -> Identity | None:
        token = received.headers.get("x-amz-security-token", "")
        return self.keyring.identify(request.access_key, token) if request.access_key else None

    def _fail(self, rule: Rule, request: Request) -> None:
        if not rule.error:
            return
        if rule.error in KINDS:
            error = refusal(rule.error, request.service, request.protocol)
        else:
            status = (
                refusal("denied", request.service, request.protocol).status if "Denied" in rule.error else 400
            )
            error = Refusal(rule.error, f"{rule.error} on purpose", status)
        error.status = rule.status or error.status
        raise error

    def _admitted(self, request: Request, received: Received, identity: Identity | None) -> Identity:
        """Who asks. Raises Refusal for those who may not."""
        kind, message = self._trouble(request, received, identity)
        if kind:
            raise refusal(kind, request.service, request.protocol, message)
        assert identity is not None
        if not self._throttle.admits(
            self.estate.account_id(identity.account), request.region, request.name, time.monotonic()
        ):
            self.stats.throttled[
                request.account or self.estate.account_id(identity.account), request.region, request.name
            ] += 1
            raise refusal("throttled", request.service, request.protocol)
        return identity

    def _trouble(self, request: Request, received: Received, identity: Identity | None) -> tuple[str, str]:
        """The kind of refusal and its message, if the caller is not taken for who it says it is."""
        if not request.access_key:
            return "unsigned", ""
        if identity is None:
            return "unknown key", ""
        settings, now = self.settings, self.clock()
        if settings.check_clock:
            signed = received.headers.get("x-amz-date", "")
            if abs(now - _seconds(signed)) > _SKEW:
                return "skewed", _skew_message(request.protocol, signed, now)
        if identity.issued:
            limit = settings.token_seconds
            if now >= identity.expires or (limit and now >= identity.issued + limit):
                return "expired", ""
        if request.region not in self.estate.enabled_regions and request.service not in _GLOBAL:
            return "unknown key", ""
        if settings.verify and not signature.matches(received, self.keyring.secret(request.access_key)):
            return "signature", ""
        return "", ""

    def _answer(self, request: Request, identity: Identity, now: float) -> Reply:
        key = (*request.asks, identity.account)
        found = self._answers.get(key)
        if found is None:
            found = self._made(request, identity)
            if request.service not in _NEVER_KEPT:
                self._answers.put(key, found, len(found.rest) + _OVERHEAD)
        return found

    def _made(self, request: Request, identity: Identity) -> Reply:
        answer = OPERATIONS.get(request.service, {}).get(request.operation)
        call = Call(
            self.estate, self.keyring, identity, request.service, request.operation, request.protocol,
            request.region, request.params, self.clock(),
        )  # fmt: skip
        try:
            if answer is None:
                message = f"The operation {request.operation or 'that was asked for'} is not implemented here"
                raise refusal("no operation", request.service, request.protocol, message)
            if request.malformed:
                raise call.refusal("invalid", "A parameter of the request cannot be read")
            if missing := serialize.missing(request.service, request.operation, request.params):
                raise call.refusal("invalid", f"1 validation error detected: Value null at '{missing}'")
            return self._written(request, *serialize.answer(request.service, request.operation, answer(call)))
        except Refusal as error:
            if error.code == "PermanentRedirect" and self.settings.wrong_region == "malformed":
                error = _malformed(bucket_region(call), request.region)
            return self._refused(request, error)

    def _refused(self, request: Request, error: Refusal) -> Reply:
        if not serialize.known(request.service):
            body = json.dumps({"__type": error.code, "message": error.message}).encode()
            written = (error.status, {"Content-Type": "application/x-amz-json-1.1"}, body)
        else:
            written = serialize.error(request.service, request.operation, error)
        return self._written(request, *written, code=error.code)

    def _written(
        self, request: Request, status: int, headers: dict[str, str], body: bytes, code: str = ""
    ) -> Reply:
        if request.head:
            body = b""
        if request.service == "s3":
            headers = {**headers, "Server": "AmazonS3"}
        return reply(status, headers, body, code)

    def _control(self, received: Received) -> Reply:
        """The endpoint's own paths: statistics, and how it behaves."""
        action = f"{received.method} {received.target[len(CONTROL) :]}"
        try:
            if action == "GET stats":
                return _json(self.stats.as_json())
            if action == "GET settings":
                return _json(dataclasses.asdict(self.settings))
            if action == "GET estate":
                return _json(dataclasses.asdict(self.estate))
            if action == "POST reset":
                self.stats.reset()
            elif action == "POST faults":
                self.faults.replace(json.loads(received.body))
            elif action == "POST settings":
                self.change(dataclasses.replace(self.settings, **json.loads(received.body)))
            else:
                return _json({"error": f"there is no {action}"}, 404)
        except (TypeError, ValueError) as error:
            return _json({"error": str(error)}, 400)
        return _json({})


def reply(status: int, headers: dict[str, str], body: bytes, code: str = "") -> Reply:
    """An answer from its parts."""
    lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
    head = f"{''.join(lines)}Content-Length: {len(body)}\r\n\r\n".encode()
    reason = responses.get(status, "Unknown")
    return Reply(f"HTTP/1.1 {status} {reason}\r\n".encode(), head + body, len(body), code)


def _json(data: Any, status: int = 200) -> Reply:
    return reply(status, {"Content-Type": "application/json"}, json.dumps(data).encode())


@lru_cache(1000)
def _seconds(amz_date: str) -> float:
    """The time of an `x-amz-date` header; 1970 if it is none."""
    try:
        return calendar.timegm(time.strptime(amz_date, "%Y%m%dT%H%M%SZ"))
    except ValueError:
        return 0.0


def _skew_message(protocol: str, signed: str, now: float) -> str:
    if protocol == "rest-xml":
        return "The difference between the request time and the current time is too large."
    word, other = ("expired", "earlier") if _seconds(signed) < now else ("not yet current", "later")
    at = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    return f"Signature {word}: {signed} is now {other} than {at} (5 min.)"


def _malformed(region: str, signed_for: str) -> Refusal:
    message = (
        f"The authorization header is malformed; the region '{signed_for}' is wrong; expecting '{region}'"
    )
    return Refusal(
        "AuthorizationHeaderMalformed", message, 400, {"Region": region}, {"x-amz-bucket-region": region}
    )


def http_date(now: float) -> bytes:
    """The Date header's value."""
    return formatdate(now, usegmt=True).encode()
