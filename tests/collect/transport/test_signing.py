"""Signatures are those of botocore's own signers, whatever was signed before."""

from __future__ import annotations

from datetime import datetime
from itertools import product

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials

from collector.collect.transport.signing import OnceS3SigV4, OnceSigV4

KEYS = [ReadOnlyCredentials("AKID1", "secret", None), ReadOnlyCredentials("AKID2", "other secret", "token")]
DAYS = [datetime(2026, 1, 2, 23, 59, 59), datetime(2026, 1, 3)]


def signed(signer, keys, service, region):
    request = AWSRequest("POST", f"https://{service}.{region}.amazonaws.com/a%20b?c=d", data=b"{}")
    signer(keys, service, region).add_auth(request)
    return dict(request.headers.items())


@pytest.mark.parametrize("ours, botocores", [(OnceSigV4, SigV4Auth), (OnceS3SigV4, S3SigV4Auth)])
def test_no_key_day_service_or_region_is_taken_for_another(ours, botocores, monkeypatch):
    seen = set()
    for keys, day, service, region in product(KEYS, DAYS, ("kms", "s3"), ("eu-west-1", "us-east-1")):
        monkeypatch.setattr("botocore.auth.get_current_datetime", lambda *_, day=day: day)
        told = signed(ours, keys, service, region)
        assert told == signed(botocores, keys, service, region)
        seen.add(told["Authorization"])
    assert len(seen) == 16
