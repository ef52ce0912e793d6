"""A small inventory in memory, told in a few lines: accounts, who is in them, and what they own."""

from __future__ import annotations

from typing import Any

from collector.access.hops import Hops
from collector.access.identities import TABLES as IDENTITIES
from collector.access.key_access import key_access
from collector.access.paths import paths
from collector.access.statements import statements
from collector.access.world import World
from collector.ask.cases import NOW
from tests.access.holders import Holders
from tests.access.words import (
    COMPUTE,
    DATA,
    DELEGATED,
    ETL,
    IN_BUCKET,
    KEY,
    MANAGEMENT,
    ON_KEY,
    OWN_KMS,
    OWN_S3,
    REGION,
    bucket,
    document,
    key,
)

ORGANIZATION = tuple(
    f"aws_organizations{suffix}"
    for suffix in ("", "_accounts", "_organizational_units", "_policies", "_policy_targets")
)
S3 = ("aws_s3_buckets", "aws_s3_bucket_policies", "aws_s3_bucket_encryption_rules", "aws_s3_accounts")
REGIONAL = (
    "aws_kms_keys",
    "aws_kms_key_policies",
    "aws_kms_key_grants",
    "aws_kms_aliases",
    "aws_s3_access_points",
)


class Inventory(Holders):
    """Rows of an inventory. What is not broken on purpose counts as collected completely."""

    def bucket(self, name, *given, account=DATA, key=KEY, algorithm="aws:kms", region=REGION, **columns):
        """A bucket; without statements it has no policy."""
        text = (given[0] if isinstance(given[0], str) else document(*given)) if given else None
        self.accounts.add(account)
        row = {
            "has_policy": bool(given),
            "policy_is_public": False if given else None,
            "restrict_public_buckets": True,
            "bucket_key_enabled": True,
            **columns,
        }
        self._row(
            "aws_s3_buckets",
            account_id=account,
            region=region,
            arn=bucket(name),
            name=name,
            sse_algorithm=algorithm,
            kms_master_key_id=key,
            **row,
        )
        if text is not None:
            self._row(
                "aws_s3_bucket_policies",
                account_id=account,
                region=region,
                bucket_arn=bucket(name),
                policy=text,
            )
        return bucket(name)

    def s3_account(self, account, restricted=False, canonical_id=None):
        self._row(
            "aws_s3_accounts",
            **self._in(account),
            restrict_public_buckets=restricted,
            canonical_user_id=canonical_id,
        )

    def access_point(self, *given, name="door", of="lake", account=DATA, **columns):
        """An access point to a bucket; without statements it has no policy."""
        self.accounts.add(account)
        arn = f"arn:aws:s3:{REGION}:{account}:accesspoint/{name}"
        row = {
            "has_policy": bool(given),
            "policy_is_public": False,
            "restrict_public_buckets": True,
            "network_origin": "Internet",
            **columns,
        }
        self._row(
            "aws_s3_access_points",
            account_id=account,
            region=REGION,
            arn=arn,
            name=name,
            bucket=of,
            policy_text=document(*given) if given else None,
            **row,
        )
        return arn

    def key(self, name, *given, account=DATA, region=REGION, policy="given", alias=None, **columns):
        """A customer managed key that S3 can use; with `policy=None` its policy was not read."""
        self.accounts.add(account)
        arn, place = key(name, account, region), {"account_id": account, "region": region}
        row = {
            "key_manager": "CUSTOMER",
            "key_state": "Enabled",
            "key_spec": "SYMMETRIC_DEFAULT",
            "key_usage": "ENCRYPT_DECRYPT",
            "origin": "AWS_KMS",
            "multi_region": False,
            "tags": {},
            **columns,
        }
        self._row("aws_kms_keys", **place, arn=arn, key_id=name, **row)
        if policy is not None:
            text = document(*given) if policy == "given" else policy
            self._row("aws_kms_key_policies", **place, key_arn=arn, name="default", policy_text=text)
        if alias:
            self._row(
                "aws_kms_aliases",
                **place,
                arn=f"arn:aws:kms:{region}:{account}:{alias}",
                alias_name=alias,
                target_key_id=name,
            )
        return arn

    def grant(self, key_arn, grantee, operations=("Decrypt",), id="g1", **members):
        """A grant; `members` are those of ListGrants, over the grantee's."""
        fields = key_arn.split(":")
        raw = {"GrantId": id, "GranteePrincipal": grantee, "Operations": list(operations), **members}
        self._row(
            "aws_kms_key_grants",
            account_id=fields[4],
            region=fields[3],
            key_arn=key_arn,
            grant_id=id,
            raw={name: value for name, value in raw.items() if value is not None},
        )

    def shared(self, own=(OWN_S3, OWN_KMS), bucket=(IN_BUCKET,), key=(DELEGATED, ON_KEY), **columns):
        """The article's case done right: a role of one account on another's bucket, under a key of its."""
        self.role("etl", COMPUTE, *own)
        self.bucket("lake", *bucket, **columns)
        self.key("k1", *key)
        self.s3_account(DATA)

    def forget(self, table, account):
        """A listing that was never attempted."""
        self.never.add((table, account))

    def breaks(self, table, account, region="*"):
        """A listing that failed, in one region or in all."""
        self.broken.add((table, account, region))
        self.regions |= {region} - {"*", "global"}

    def fails(self, table, account, resource):
        """A call about a single resource that failed."""
        self.failed.append((table, account, resource))

    def ledger(self):
        """Write what was attempted, and how it went."""
        self.connection.execute("delete from sync_scopes; delete from sync_failures")
        rows = [
            (table, account, region)
            for account in self.accounts
            for region in (*self.regions, "global")
            for table in (REGIONAL if region != "global" else (*IDENTITIES, *S3))
        ]
        rows += [(table, MANAGEMENT, "global") for table in ORGANIZATION]
        listed = []
        for table, account, region in rows:
            if (table, account) not in self.never:
                bad = bool({(table, account, region), (table, account, "*")} & self.broken)
                single = any((table, account) == each[:2] for each in self.failed)
                listed.append([table, account, region, "denied" if bad or single else "ok"])
        self.connection.execute(
            "insert into sync_scopes by name select 'r1' as run_id, r[1] as table_name, r[2] as account_id, "
            "r[3] as region, 'List' as operation, r[4] as outcome, 0 as planned, 0 as failed, 0 as rows, "
            f"false as accepted, timestamptz '{NOW}' as started_at, timestamptz '{NOW}' as finished_at "
            f"from (select unnest({listed}) as r)"
        )
        for table, account, resource in self.failed:
            self._row(
                "sync_failures",
                table_name=table,
                account_id=account,
                scope_region="global" if table in (*S3, *ORGANIZATION) else REGION,
                operation="List",
                resource_arn=resource,
                outcome="denied",
            )

    def ask(self, sql, parameters=None):
        self.flush()
        return self.connection.execute(sql, parameters).fetchall()

    def world(self) -> World:
        self.ledger()
        return World.read(self.ask)

    def paths(self) -> list[dict[str, Any]]:
        world = self.world()
        return [path.row() for path in paths(world, Hops(world))]

    def path(self, who=ETL, access="read", **columns) -> dict[str, Any]:
        """The only path of somebody; `columns` tell it from others."""
        wanted = {"via_role_arn": None, "access_point_arn": None, **columns}
        wanted |= {"principal_arn": who, "access": access}
        (found,) = [row for row in self.paths() if wanted.items() <= row.items()]
        return found

    def key_access(self) -> list[dict[str, Any]]:
        world = self.world()
        return list(key_access(world, Hops(world)))

    def statements(self) -> list[dict[str, Any]]:
        return list(statements(self.ask))
