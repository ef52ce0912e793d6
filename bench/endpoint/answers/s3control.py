"""S3 Control: accounts' public access blocks, and access points."""

from __future__ import annotations

from typing import Any

from bench.endpoint.answers.call import Call
from bench.endpoint.paging import Paging
from bench.endpoint.refusal import Refusal
from bench.endpoint.resources import buckets

_POINTS = Paging("MaxResults", "NextToken", "NextToken", 1000, 1000, least=0)


def _own_account(call: Call) -> None:
    """Raises Refusal if the call is about another account."""
    if call.params.get("AccountId") != call.account_id:
        raise Refusal("AccessDenied", "Access Denied", 403)


def get_public_access_block(call: Call) -> dict[str, Any]:
    """The account's own settings."""
    _own_account(call)
    found = buckets.account_block(call.account)
    if found is None:
        raise Refusal(
            "NoSuchPublicAccessBlockConfiguration",
            "The public access block configuration was not found",
            404,
            {"AccountId": call.account_id},
        )
    return {"PublicAccessBlockConfiguration": found}


def list_access_points(call: Call) -> dict[str, Any]:
    """Access points of the account and region, or of one bucket there."""
    _own_account(call)
    region, estate = call.region_index, call.estate
    count = 0 if region is None else estate.access_points_in(region)
    every = [buckets.access_point(estate, call.account, region, n) for n in range(count)]
    if wanted := call.params.get("Bucket"):
        every = [point for point in every if point["Bucket"] == wanted]

    def bad_token() -> Refusal:
        return Refusal("InvalidRequest", "The provided token is not valid")

    found, rest = call.page(_POINTS, len(every), every.__getitem__, bad_token)
    return {"AccessPointList": found, **rest}


def _point(call: Call) -> tuple[int, int]:
    """Region and index of the access point that the call is about."""
    _own_account(call)
    region = call.region_index
    point = None if region is None else buckets.point_of(call.estate, call.params["Name"], region)
    if region is None or point is None:
        raise Refusal(
            "NoSuchAccessPoint",
            "The specified accesspoint does not exist",
            404,
            {"AccessPointName": call.params["Name"]},
        )
    return region, point


def get_access_point(call: Call) -> dict[str, Any]:
    """One access point."""
    region, point = _point(call)
    return buckets.access_point_details(call.estate, call.account, region, point)


def get_access_point_policy(call: Call) -> dict[str, Any]:
    """Its policy."""
    region, point = _point(call)
    document = buckets.point_policy(call.estate, call.account, region, point)
    if document is None:
        raise _no_policy(call)
    return {"Policy": document}


def get_access_point_policy_status(call: Call) -> dict[str, Any]:
    """Whether its policy is public; none is."""
    if not buckets.has_point_policy(_point(call)[1]):
        raise _no_policy(call)
    return {"PolicyStatus": {"IsPublic": False}}


def _no_policy(call: Call) -> Refusal:
    name = {"AccessPointName": call.params["Name"]}
    return Refusal("NoSuchAccessPointPolicy", "The specified accesspoint policy does not exist", 404, name)


def list_multi_region_access_points(call: Call) -> dict[str, Any]:
    """None."""
    _own_account(call)
    return {"AccessPoints": []}


OPERATIONS = {
    "GetPublicAccessBlock": get_public_access_block,
    "ListAccessPoints": list_access_points,
    "GetAccessPoint": get_access_point,
    "GetAccessPointPolicy": get_access_point_policy,
    "GetAccessPointPolicyStatus": get_access_point_policy_status,
    "ListMultiRegionAccessPoints": list_multi_region_access_points,
}
