"""Names and statements for inventories made up by tests."""

from __future__ import annotations

import json

MANAGEMENT, DATA, COMPUTE, AUDIT = "000000000001", "111111111111", "222222222222", "333333333333"
OUTSIDE = "999999999999"
REGION, FAR = "us-east-1", "eu-west-1"
ORG = "o-acme"
ORG_ARN = f"arn:aws:organizations::{MANAGEMENT}:organization/{ORG}"
USE = ["s3:GetObject", "s3:PutObject"]
KEY_USE = ["kms:Decrypt", "kms:GenerateDataKey"]


def root(account):
    return f"arn:aws:iam::{account}:root"


def role(account, name):
    return f"arn:aws:iam::{account}:role/{name}"


def bucket(name):
    return f"arn:aws:s3:::{name}"


def key(name, account=DATA, region=REGION):
    return f"arn:aws:kms:{region}:{account}:key/{name}"


ETL, LAKE, KEY = role(COMPUTE, "etl"), bucket("lake"), key("k1")
POINT = f"arn:aws:s3:{REGION}:{DATA}:accesspoint/door"


def allow(action, resource="*", to=None, when=None, sid=None, effect="Allow", **rest):
    """A statement; a principal that is text or a list of texts stands under AWS."""
    statement = {"Effect": effect, "Action": action, "Resource": resource, **rest}
    if sid:
        statement["Sid"] = sid
    if to is not None:
        statement["Principal"] = to if isinstance(to, dict) or to == "*" else {"AWS": to}
    if when is not None:
        statement["Condition"] = when
    return {name: value for name, value in statement.items() if value is not None}


def deny(action, resource="*", **rest):
    return allow(action, resource, effect="Deny", **rest)


def document(*given, version="2012-10-17"):
    return json.dumps({"Version": version, "Statement": list(given)})


OWN_S3 = allow(USE, f"{LAKE}/*", sid="OwnS3")
OWN_KMS = allow(KEY_USE, KEY, sid="OwnKms")
IN_BUCKET = allow(USE, f"{LAKE}/*", to=ETL, sid="InBucket")
ON_KEY = allow(KEY_USE, to=ETL, sid="OnKey")
DELEGATED = allow("kms:*", to=root(DATA), sid="Delegated")
SOMETIMES = {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
"""Holds for some requests: an inventory cannot tell."""
