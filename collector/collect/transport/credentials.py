"""Who makes the calls: the caller, and the roles that the caller assumes in other accounts."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, Protocol

import botocore.session
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    DeferredRefreshableCredentials,
    ReadOnlyCredentials,
    RefreshableCredentials,
)
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, ProfileNotFound

from collector.collect.transport import clock
from collector.config import Role
from collector.duration import duration
from collector.errors import KeyreachError, UsageError

ORGANIZATION = "organization"
"""The identity that makes the calls to Organizations."""

CHAINED_SECONDS = 3600
"""The longest session of a role that is assumed by a role.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining
"""
_HOMES = {"aws": "us-east-1", "aws-us-gov": "us-gov-west-1", "aws-cn": "cn-north-1"}


@dataclass(frozen=True)
class Caller:
    """Whose credentials the process has."""

    account_id: str
    arn: str

    @property
    def partition(self) -> str:
        """aws, aws-us-gov or aws-cn: the one that the whole run is in."""
        return self.arn.split(":")[1]

    @property
    def home_region(self) -> str:
        """Region whose endpoints answer the partition's global calls."""
        return _HOMES.get(self.partition, "us-east-1")


def identify(session: botocore.session.Session) -> Caller:
    """Ask STS who the caller is. Raises UsageError without credentials, KeyreachError if STS refuses them."""
    try:
        region = session.get_config_variable("region") or _HOMES["aws"]
        answer = _identity(session.create_client("sts", region_name=region))
    except NoCredentialsError as error:
        raise UsageError(
            "no AWS credentials were found: set AWS_PROFILE, run `aws sso login`, or see `keyreach demo`, "
            "which needs none"
        ) from error
    except ProfileNotFound as error:
        raise UsageError(f"{error}: `aws configure list-profiles` lists those that exist") from error
    except (BotoCoreError, ClientError) as error:
        raise KeyreachError(
            f"AWS does not take the credentials: {error}; renew them, or check AWS_PROFILE and AWS_REGION"
        ) from error
    return Caller(answer["Account"], answer["Arn"])


def _identity(client: Any) -> dict[str, str]:
    """Who STS says the caller is. A wrong clock shows here first, and is put right."""
    try:
        answer: dict[str, str] = client.get_caller_identity()
    except ClientError as error:
        if not clock.correct(error):
            raise
        answer = client.get_caller_identity()
    return answer


class CredentialSource(Protocol):
    """Gives the credentials of an identity, an account's id as a rule, refreshed before they expire."""

    def frozen(self, identity: str) -> ReadOnlyCredentials:
        """Credentials that are good now. Raises botocore's errors where a role cannot be assumed."""

    def held(self, identity: str) -> ReadOnlyCredentials | None:
        """Those that are at hand; None: `frozen` has to ask for them, which takes a while."""

    def drop(self, identity: str) -> bool:
        """Forget an assumed role's credentials, so that it is assumed anew. False: no role was assumed."""


class Credentials:
    """The credentials of every identity: an account's id, or ORGANIZATION. Safe to share between threads."""

    def __init__(
        self, session: botocore.session.Session, caller: Caller, role: Role, organization_role: str | None
    ) -> None:
        """Assume `role` in every account but the caller's own, and `organization_role` for ORGANIZATION."""
        self._session, self._caller, self._role = session, caller, role
        self._organization_role = organization_role
        self._assumed: dict[str, DeferredRefreshableCredentials] = {}
        self._clients: dict[str, Any] = {}
        self._lock, self._making = threading.Lock(), threading.Lock()

    def frozen(self, identity: str) -> ReadOnlyCredentials:
        """Credentials that are good for a while. Raises botocore's errors where a role cannot be assumed."""
        return self._of(identity).get_frozen_credentials()

    def held(self, identity: str) -> ReadOnlyCredentials | None:
        """Those that are at hand; None: `frozen` has to ask for them, which takes a while."""
        credentials = self._of(identity)
        refreshed = isinstance(credentials, RefreshableCredentials) and credentials.refresh_needed()
        return None if refreshed else credentials.get_frozen_credentials()

    def drop(self, identity: str) -> bool:
        """Forget an assumed role's credentials, so that it is assumed anew. False: no role was assumed."""
        role_arn = self.role_arn(identity)
        with self._lock:
            self._assumed.pop(role_arn or "", None)
        return role_arn is not None

    def role_arn(self, identity: str) -> str | None:
        """The role that is assumed to be an identity; None: the caller's own credentials are used."""
        if identity == ORGANIZATION:
            return self._organization_role
        own = "" if identity == self._caller.account_id else self._role.name
        name = self._role.overrides.get(identity, own)
        return f"arn:{self._caller.partition}:iam::{identity}:role/{name}" if name else None

    def _of(self, identity: str) -> Any:
        role_arn = self.role_arn(identity)
        if role_arn is None:
            return self._session.get_credentials()
        with self._lock:
            if role_arn not in self._assumed:
                self._assumed[role_arn] = self._assume(role_arn)
            return self._assumed[role_arn]

    def _assume(self, role_arn: str) -> DeferredRefreshableCredentials:
        seconds = int(duration(self._role.duration).total_seconds())
        if ":assumed-role/" in self._caller.arn:
            seconds = min(seconds, CHAINED_SECONDS)
        arguments = {"RoleSessionName": self._role.session_name, "DurationSeconds": seconds}
        if external_id := self._role.secret():
            arguments["ExternalId"] = external_id
        fetcher = AssumeRoleCredentialFetcher(
            self._client, self._session.get_credentials(), role_arn, extra_args=arguments
        )
        return DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")

    def _client(self, service: str, **credentials: Any) -> Any:
        """STS in the caller's region: its tokens are good in opt-in regions too, the global ones are not.

        One client serves until the caller's credentials change.
        """
        region = self._session.get_config_variable("region") or self._caller.home_region
        access_key = credentials["aws_access_key_id"]
        with self._making:
            if access_key not in self._clients:
                client = self._session.create_client(service, region_name=region, **credentials)
                self._clients = {access_key: client}
            return self._clients[access_key]
