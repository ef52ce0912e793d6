"""EC2 from recorded responses: which regions an account can use."""

from __future__ import annotations

from tests.replay import collect

REGIONS = "aws_regions"


def statuses(take: str) -> dict[str, tuple[str, bool]]:
    rows = collect("ec2", take).rows(REGIONS)
    return {row["region"]: (row["opt_in_status"], row["enabled"]) for row in rows}


def test_regions_are_listed_whether_they_can_be_used_or_not() -> None:
    assert statuses("first") == {
        "us-east-1": ("opt-in-not-required", True),
        "eu-west-1": ("opt-in-not-required", True),
        "ap-east-1": ("opted-in", True),
        "me-south-1": ("not-opted-in", False),
    }


def test_a_row_names_the_account_the_partition_and_the_endpoint() -> None:
    row = collect("ec2").row(REGIONS, region="ap-east-1")
    assert (row["account_id"], row["partition"]) == ("111122223333", "aws")
    assert (row["region_name"], row["endpoint"]) == ("ap-east-1", "ec2.ap-east-1.amazonaws.com")


def test_the_second_time_a_region_that_was_opted_out_of_is_listed_and_off() -> None:
    assert statuses("second")["ap-east-1"] == ("not-opted-in", False)
    assert collect("ec2", "second").incomplete() == {}


def test_a_denied_listing_gives_no_rows_and_says_why() -> None:
    denied = collect("ec2", "denied")
    assert denied.result.rows == []
    listing = denied.operation(REGIONS, "DescribeRegions")
    assert (listing.outcome.value, listing.failure.code) == ("denied", "UnauthorizedOperation")
    assert (listing.planned, listing.failed, listing.rows) == (1, 1, 0)


def test_the_role_that_is_assumed_makes_the_calls() -> None:
    assert [request.operation for request in collect("ec2").requests] == ["AssumeRole", "DescribeRegions"]
    (assumed, _) = collect("ec2").requests
    assert "RoleArn=arn:aws:iam::111122223333:role/keyreach-reader" in assumed.text


def test_without_the_role_nothing_else_is_asked_and_the_listing_is_denied() -> None:
    locked = collect("ec2", "locked")
    assert {request.operation for request in locked.requests} == {"AssumeRole"}
    listing = locked.operation(REGIONS, "DescribeRegions")
    assert (listing.outcome.value, listing.failure.code) == ("denied", "AccessDenied")
