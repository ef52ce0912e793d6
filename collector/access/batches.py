"""Accounts in batches: what they have is read, decided about and let go, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Generic, TypeVar

from collector.access import Ask

T = TypeVar("T")

_OWNING = (
    "aws_kms_keys",
    "aws_kms_key_policies",
    "aws_s3_buckets",
    "aws_s3_bucket_policies",
    "aws_s3_access_points",
    "aws_iam_roles",
    "aws_iam_role_policies",
    "aws_iam_users",
    "aws_iam_user_policies",
    "aws_iam_group_policies",
    "aws_iam_policy_versions",
    "aws_organizations_policies",
)
"""Tables of what may have a policy, and of policies: one may have been collected without the other."""
_MOST = 4000
"""Resources and policies in a batch; an account that has more is one by itself."""


class Batches:
    """The accounts of an inventory, in their order, together as many as have few resources."""

    def __init__(self, resources: Mapping[str, int], most: int = _MOST) -> None:
        """`resources`: account -> how many it has, policies included."""
        self.accounts: list[list[str]] = []
        """Batch by batch."""
        held = most
        for account, count in resources.items():
            if held + count > most:
                self.accounts.append([])
                held = 0
            held += count
            self.accounts[-1].append(account)

    @classmethod
    def read(cls, ask: Ask) -> Batches:
        """The accounts that own something."""
        every = " union all ".join(f"select account_id from {table}" for table in _OWNING)
        return cls(dict(ask(f"select account_id, count(*) from ({every}) group by 1 order by 1")))


class Batched(Generic[T]):
    """What accounts have: read batch by batch, or where somebody asks for some by their ARNs."""

    def __init__(self, batches: Batches, read: Callable[[list[str], list[str]], dict[str, T]]) -> None:
        """`read` takes accounts and ARNs: what is in one of them or has one, by ARN."""
        self._batches, self._read = batches, read
        self._held: dict[str, T | None] = {}

    def batches(self) -> Iterator[list[T]]:
        """Everything, in the order of the accounts; a batch is to be let go before the next."""
        for accounts in self._batches.accounts:
            yield list(self._read(accounts, []).values())

    def hold(self, arns: Iterable[str]) -> None:
        """Read what will be asked for, and let go of what was before."""
        wanted = dict.fromkeys(arns)
        self._held = {**wanted, **self._read([], list(wanted))} if wanted else {}

    def get(self, arn: str) -> T | None:
        """What has an ARN; None if it was not collected."""
        if arn not in self._held:
            if len(self._held) > _MOST:
                self._held.clear()
            self._held[arn] = self._read([], [arn]).get(arn)
        return self._held[arn]

    def __getitem__(self, arn: str) -> T:
        """What has an ARN. Raises KeyError if it was not collected."""
        found = self.get(arn)
        if found is None:
            raise KeyError(arn)
        return found

    def __contains__(self, arn: str) -> bool:
        """Whether something with an ARN was collected."""
        return self.get(arn) is not None
