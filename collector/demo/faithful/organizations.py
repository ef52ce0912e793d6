"""Organizations: chosen account ids, paths, the management account's name, and all policy types listed."""

from __future__ import annotations

from collections import deque
from typing import Any

import botocore.session
from moto.organizations import utils
from moto.organizations.models import FakeAccount, FakePolicy, OrganizationsBackend, organizations_backends

next_account_ids: deque[str] = deque()
"""Ids for the accounts created next, the management account's among them; when empty, moto makes one up."""

_moto_account_id = utils.make_random_account_id
_moto_describe = FakeAccount.describe
_moto_create_organization = OrganizationsBackend.create_organization
_model = botocore.session.Session().get_service_model("organizations")
_POLICY_TYPES = frozenset(_model.shape_for("PolicyType").enum)


def _account_id() -> str:
    return next_account_ids.popleft() if next_account_ids else str(_moto_account_id())


def _create_organization(backend: OrganizationsBackend, region: str, **params: Any) -> dict[str, Any]:
    """moto makes a member of the management account, role included, before it gives it its id."""
    next_account_ids.appendleft(backend.account_id)
    answer = _moto_create_organization(backend, region, **params)
    backend.accounts[0].name = "management"
    return answer


def _describe(account: FakeAccount) -> dict[str, Any]:
    return {**_moto_describe(account), "Paths": [_path(account)]}


def _path(account: FakeAccount) -> str:
    backend = organizations_backends[account.master_account_id]["aws"]
    units = {unit.id: unit for unit in backend.ou}
    path = f"{account.id}/"
    parent = account.parent_id
    while parent in units:
        path = f"{parent}/{path}"
        parent = units[parent].parent_id or ""
    return f"{account.organization_id}/{path}"


def _supported(policy_type: str) -> bool:
    """Policies of every type can be listed, if only to find none."""
    return policy_type in _POLICY_TYPES


REPLACEMENTS: list[tuple[Any, str, Any]] = [
    (utils, "make_random_account_id", _account_id),
    (OrganizationsBackend, "create_organization", _create_organization),
    (FakeAccount, "describe", _describe),
    (FakePolicy, "supported_policy_type", staticmethod(_supported)),
]
