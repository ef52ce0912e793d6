"""Which role is assumed for whom, with what. AssumeRole is answered by a client that only notes it."""

from datetime import UTC, datetime, timedelta

import pytest
from botocore.credentials import Credentials as OwnCredentials

from collector.collect.transport.credentials import ORGANIZATION, Caller, Credentials
from collector.config import Role

OWN = "111122223333"
OTHER = "444455556666"
USER = Caller(OWN, f"arn:aws:iam::{OWN}:user/ann")


class Session:
    """As much of a botocore session as credentials need."""

    def __init__(self, region="eu-west-1"):
        self.region, self.calls, self.regions = region, [], []

    def get_config_variable(self, name):
        return self.region if name == "region" else None

    def get_credentials(self):
        return _OWN

    def create_client(self, service, region_name, **_):
        self.regions.append(region_name)
        return self

    def assume_role(self, **arguments):
        self.calls.append(arguments)
        expiry = datetime.now(UTC) + timedelta(seconds=arguments["DurationSeconds"])
        return {
            "Credentials": {
                "AccessKeyId": f"ASIA{len(self.calls)}",
                "SecretAccessKey": "secret",
                "SessionToken": "token",
                "Expiration": expiry,
            },
            "AssumedRoleUser": {"Arn": arguments["RoleArn"].replace(":iam:", ":sts:")},
        }


_OWN = OwnCredentials("AKIAOWN", "secret")


def credentials(session=None, caller=USER, organization_role=None, **role):
    settings = Role(**{"name": "audit/reader", **role})
    return Credentials(session or Session(), caller, settings, organization_role)


@pytest.mark.parametrize(
    ("identity", "arn"),
    [
        (OWN, None),
        (OTHER, f"arn:aws:iam::{OTHER}:role/audit/reader"),
        ("777788889999", "arn:aws:iam::777788889999:role/special"),
        ("222233334444", None),
        (ORGANIZATION, None),
    ],
)
def test_who_is_reached_how(identity, arn):
    assert credentials(overrides={"777788889999": "special", "222233334444": ""}).role_arn(identity) == arn


def test_the_callers_own_account_may_be_reached_through_a_role_too():
    assert credentials(overrides={OWN: "reader"}).role_arn(OWN) == f"arn:aws:iam::{OWN}:role/reader"


def test_without_a_role_name_everybody_is_the_caller():
    assert Credentials(Session(), USER, Role(), None).role_arn(OTHER) is None


@pytest.mark.parametrize(
    ("partition", "home"), [("aws", "us-east-1"), ("aws-us-gov", "us-gov-west-1"), ("aws-cn", "cn-north-1")]
)
def test_arns_and_home_region_follow_the_callers_partition(partition, home):
    caller = Caller(OWN, f"arn:{partition}:iam::{OWN}:user/ann")
    assert caller.home_region == home
    assert credentials(caller=caller).role_arn(OTHER) == f"arn:{partition}:iam::{OTHER}:role/audit/reader"


def test_a_role_is_assumed_once_with_everything_that_the_configuration_says():
    session = Session()
    found = credentials(session, external_id="s3cret", session_name="nightly", duration="2h")
    assert found.frozen(OTHER).access_key == found.frozen(OTHER).access_key == "ASIA1"
    assert session.calls == [
        {
            "RoleArn": f"arn:aws:iam::{OTHER}:role/audit/reader",
            "RoleSessionName": "nightly",
            "DurationSeconds": 7200,
            "ExternalId": "s3cret",
        }
    ]
    assert session.regions == ["eu-west-1"]


def test_a_role_that_assumes_a_role_gets_an_hour_at_most():
    session = Session()
    caller = Caller(OWN, f"arn:aws:sts::{OWN}:assumed-role/collector/i-1")
    credentials(session, caller, duration="6h").frozen(OTHER)
    assert session.calls[0]["DurationSeconds"] == 3600


def test_the_organization_is_asked_as_its_own_role():
    session = Session(region=None)
    role = "arn:aws:iam::999988887777:role/org"
    found = credentials(session, organization_role=role)
    assert found.frozen(ORGANIZATION).access_key == "ASIA1"
    assert session.calls[0]["RoleArn"] == role
    assert session.regions == ["us-east-1"]


def test_credentials_are_renewed_before_they_end(monkeypatch):
    session = Session()
    found = credentials(session, duration="30m")
    found.frozen(OTHER)
    later = datetime.now(UTC) + timedelta(minutes=16)
    monkeypatch.setattr("botocore.credentials._local_now", lambda: later)
    assumed = next(iter(found._assumed.values()))
    assumed._time_fetcher = lambda: later
    assert found.frozen(OTHER).access_key == "ASIA2"
