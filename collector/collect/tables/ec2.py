"""EC2: the regions of an account."""

from __future__ import annotations

from typing import Any

from collector.collect.table import Call, Each, Scope, Table, fields


def is_enabled(region: dict[str, Any], _: Scope) -> bool:
    """Whether the account may use the region: it needs no opting in, or was opted in to."""
    return region["OptInStatus"] in ("opt-in-not-required", "opted-in")


REGIONS = Table(
    name="aws_regions",
    service="ec2",
    each=Each.ACCOUNT,
    region="RegionName",
    list=Call(
        "DescribeRegions",
        items="Regions",
        params={"AllRegions": True},
        columns=fields(
            "RegionName",
            "Endpoint",
            "OptInStatus",
            enabled=is_enabled,
            partition=lambda _, scope: scope.partition,
        ),
    ),
)
