"""When things were made: fixed, because the fake AWS can only make them now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from moto.organizations.models import organizations_backends
from moto.s3.models import s3_backends
from moto.s3control.models import s3control_backends

from collector.demo.faithful.custom_key_stores import stores

_FOUNDED = datetime(2023, 2, 1, 9, 0, tzinfo=UTC)
_BUILT = datetime(2024, 3, 4, 9, 0, tzinfo=UTC)
_GRANTED = datetime(2025, 6, 2, 9, 0, tzinfo=UTC)
_ROTATED = datetime(2025, 3, 4, 9, 0, tzinfo=UTC)


def settle() -> None:
    """Give everything that was built its date."""
    for organization in _each(organizations_backends):
        for number, account in enumerate(organization.accounts):
            account.create_time = _naive(_FOUNDED + timedelta(days=number))
    _settle_keys()
    _settle_identities()
    for s3 in _each(s3_backends):
        for number, bucket in enumerate(s3.buckets.values()):
            bucket.creation_date = _BUILT + timedelta(hours=number)
    for s3control in _each(s3control_backends):
        for points in s3control.access_points.values():
            for point in points.values():
                point.created = _GRANTED.strftime("%Y-%m-%dT%H:%M:%S.%f")


def _settle_keys() -> None:
    for kms in _each(kms_backends):
        for store in stores(kms).values():
            store["CreationDate"] = _BUILT.timestamp()
        for number, key in enumerate(kms.keys.values()):
            key.creation_date = (_BUILT + timedelta(hours=number)).timestamp()
            for grant in key.grants.values():
                grant.creation_date = _GRANTED.timestamp()
            for rotation in key.rotations:
                rotation["RotationDate"] = _ROTATED.timestamp()


def _settle_identities() -> None:
    for iam in _each(iam_backends):
        for held in (iam.roles, iam.users, iam.groups):
            for number, entity in enumerate(held.values()):
                entity.create_date = _naive(_BUILT + timedelta(minutes=number))
        for policy in iam.managed_policies.values():
            if ":iam::aws:" not in policy.arn:
                policy.create_date = policy.update_date = _naive(_BUILT)
                for version in policy.versions:
                    version.create_date = _naive(_BUILT)


def _naive(moment: datetime) -> datetime:
    """UTC without saying so, as moto keeps most of its dates."""
    return moment.replace(tzinfo=None)


def _each(backends: Any) -> Iterator[Any]:
    """moto's state of one service, account by account and region by region."""
    for _, _, backend in backends.iter_backends():
        yield backend
