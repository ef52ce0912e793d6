"""Paths through access points: both policies have to let them pass."""

from __future__ import annotations

import pytest

from tests.access.words import DATA, ETL, LAKE, OWN_KMS, OWN_S3, POINT, SOMETIMES, allow, deny

IN_POINT = allow("s3:GetObject", f"{POINT}/object/*", to=ETL, sid="InPoint")
OWN_POINT = allow("s3:GetObject", f"{POINT}/object/*", sid="OwnPoint")
BEHIND = allow(
    "s3:GetObject", f"{LAKE}/*", to="*", when={"StringEquals": {"s3:DataAccessPointAccount": DATA}}
)


POINTS = [
    ("allow", "allowed", [], (IN_POINT,), {}),
    ("none", "blocked", ["access_point_policy"], (), {}),
    ("deny", "blocked", ["access_point_policy"], (IN_POINT, deny("s3:*", f"{POINT}/*", to="*")), {}),
    ("conditional", "conditional", [], ({**IN_POINT, "Condition": SOMETIMES},), {}),
    ("unknown", "unknown", [], (IN_POINT,), {"has_policy": None}),
]


@pytest.mark.parametrize(("leg", "verdict", "blocked_by", "given", "columns"), POINTS)
def test_access_points(inventory, leg, verdict, blocked_by, given, columns):
    inventory.shared(own=[OWN_POINT, OWN_KMS, OWN_S3], bucket=[BEHIND])
    inventory.access_point(*given, **columns)
    row = inventory.path(access_point_arn=POINT)
    assert (row["access_point_policy"], row["verdict"], row["blocked_by"]) == (leg, verdict, blocked_by)
    assert row["resource_pattern"].startswith(f"{POINT}/object/")


def test_behind_an_access_point_the_bucket_has_to_allow_too(inventory):
    inventory.shared(own=[OWN_POINT, OWN_KMS], bucket=[])
    inventory.access_point(IN_POINT)
    row = inventory.path(access_point_arn=POINT)
    assert (row["access_point_policy"], row["bucket_policy"]) == ("allow", "none")
    assert row["blocked_by"] == ["bucket_policy"]


def test_what_leaves_it_to_access_points_opens_no_way_to_the_bucket_itself(inventory):
    inventory.shared(bucket=[BEHIND])
    row = inventory.path()
    assert (row["bucket_policy"], row["blocked_by"]) == ("none", ["bucket_policy"])
