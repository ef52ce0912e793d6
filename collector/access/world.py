"""Everything of an inventory that decides about access, ready to be asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial

from collector.access import Ask, identities, resources
from collector.access.batches import Batched, Batches
from collector.access.documents import Parser
from collector.access.gaps import Gaps
from collector.access.names import Names
from collector.access.organization import Organization, organization
from collector.access.people import People, Who
from collector.access.reach import Reach
from collector.access.requests import Requests
from collector.access.resources import Bucket, Key


@dataclass(frozen=True)
class World:
    """An inventory, as the evaluation of access needs it."""

    gaps: Gaps
    organization: Organization
    people: People
    reach: Reach
    requests: Requests
    buckets: Batched[Bucket]
    keys: Batched[Key]
    key_of_alias: Callable[[str, str, str], str | None]
    """Account, region and name of an alias -> key ARN."""
    canonical_ids: dict[str, str]
    """Canonical user id -> account."""
    partition: str

    @classmethod
    def read(cls, ask: Ask) -> World:
        """Read an inventory whose collected tables are complete."""
        gaps, parser, batches = Gaps.read(ask), Parser(), Batches.read(ask)
        found = organization(ask, gaps, parser)
        collected = sorted(gaps.accounts(identities.TABLES))
        known = {account: identities.listed(gaps, account) for account in collected}
        people = People(identities.identities(ask, gaps, parser, batches), found, known)
        ids = ask(
            "select canonical_user_id, account_id from aws_s3_accounts where canonical_user_id is not null"
        )
        partitions = ask("select partition from sync_runs order by started_at desc limit 1")
        return cls(
            gaps=gaps,
            organization=found,
            people=people,
            reach=Reach(people.collected()),
            requests=Requests(found),
            buckets=Batched(batches, partial(resources.buckets, ask, gaps)),
            keys=Batched(batches, partial(resources.keys, ask, gaps)),
            key_of_alias=lru_cache(4096)(partial(resources.key_of_alias, ask)),
            canonical_ids=dict(ids),
            partition=partitions[0][0] if partitions else "aws",
        )

    def expand(self, names: Names, action: str, resource: str) -> Iterator[Who]:
        """Everybody behind names: themselves, and whoever of a named account has a policy that allows it."""
        yield from self.themselves(names)
        yield from self.reach.reaching(action, resource, self.within(names))

    def within(self, names: Names) -> frozenset[str] | None:
        """The accounts that names reach as a whole. None: all."""
        if names.everybody:
            return None
        ours = self.organization.paths.keys() if self.ours(names) else ()
        return frozenset(self._accounts(names)).union(ours)

    def themselves(self, names: Names) -> Iterator[Who]:
        """Who is named: principals, accounts and the organization as a whole, and everybody."""
        people = self.people
        for arn in sorted(names.principals):
            yield people.named(arn)
        for id in sorted(names.ids & people.by_id.keys()):
            yield people.named(people.by_id[id].principal.text)
        for account in sorted(self._accounts(names)):
            yield people.account(account, self.partition)
        if names.everybody:
            yield people.everybody
        if self.ours(names):
            yield people.members

    def reaches(self, names: Names, account_id: str) -> bool:
        """Whether names reach an account as a whole."""
        if names.everybody or account_id in self._accounts(names):
            return True
        return self.ours(names) and account_id in self.organization.paths

    def ours(self, names: Names) -> bool:
        """Whether names reach the collected organization as a whole."""
        return bool(self.organization.id) and self.organization.id in names.organizations

    def _accounts(self, names: Names) -> set[str]:
        owners = (self.canonical_ids.get(id) for id in names.canonical_ids)
        return names.accounts | {account for account in owners if account}
