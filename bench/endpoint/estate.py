"""An organization of any size that is computed from its parameters and never stored.

Every resource is a pure function of its account's, region's and own index, and every id can be turned
back into these indexes.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import Any

from bench.endpoint.scramble import Scramble, digest, write

DEFAULT_REGIONS = (
    *("us-east-1", "eu-west-1", "us-west-2", "eu-central-1", "us-east-2", "ap-southeast-1"),
    *("ap-northeast-1", "ap-southeast-2", "eu-west-2", "us-west-1", "ap-south-1", "ca-central-1"),
    *("eu-west-3", "eu-north-1", "ap-northeast-2", "ap-northeast-3", "sa-east-1"),
)
"""On in every account."""
OPT_IN_REGIONS = (
    *("af-south-1", "ap-east-1", "ap-south-2", "ap-southeast-3", "ap-southeast-4", "ca-west-1"),
    *("eu-central-2", "eu-south-1", "eu-south-2", "il-central-1", "me-central-1", "me-south-1"),
)
"""Off until an account opts in."""
REGIONS = (*DEFAULT_REGIONS, *OPT_IN_REGIONS)

READER = "audit/keyreach-reader"
"""The role that the caller may assume in every account."""
CALLER = "auditor"
"""The user in the management account that makes the calls."""

_ID_RANGE = 9 * 10**11


@dataclass(frozen=True)
class Estate:
    """How much there is of everything. The first account is the management account."""

    accounts: int = 10
    """Active accounts of the organization."""
    regions: int = 2
    """Regions with resources, in the order of REGIONS."""
    keys: int = 200
    """Customer keys in every account and region."""
    managed_keys: int = 4
    """AWS managed keys in every account and region."""
    grants_per_key: int = 1
    tags_per_key: int = 2
    large_keys: int = 0
    """Customer keys in the first account's first region, where that is more than `keys`."""
    large_grants: int = 0
    """Grants on the first key there, where that is more than `grants_per_key`."""
    buckets: int = 200
    """Buckets in every account, spread over its regions."""
    access_points: int = 4
    """Access points in every account and region that has a bucket."""
    roles: int = 200
    """Roles in every account, the reader included."""
    users: int = 10
    """Users in every account, the caller included."""
    groups: int = 4
    policies: int = 20
    """Managed policies of every account's own."""
    units: int = 6
    """Organizational units."""
    control_policies: int = 3
    """Service control policies of the organization's own."""
    suspended: int = 0
    """Further accounts that are suspended, and refuse everything."""
    empty_regions: int = 0
    """Further regions that are enabled and have nothing in them."""
    closed: tuple[int, ...] = ()
    """Indexes of the accounts in which nobody may assume the reader."""
    external_id: str = ""
    """What the reader's trust demands."""
    seed: int = 0

    def __post_init__(self) -> None:
        """Raise ValueError for an estate that cannot be."""
        if min(self.accounts, self.regions, self.roles, self.users) < 1:
            raise ValueError("an estate has at least one account, region, role and user")
        if self.regions + self.empty_regions > len(REGIONS):
            raise ValueError(f"there are {len(REGIONS)} regions")

    def as_json(self) -> str:
        """The parameters as text."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Estate:
        """The estate of such a text. Raises TypeError for an unknown parameter."""
        values: dict[str, Any] = json.loads(text)
        return cls(**{**values, "closed": tuple(values.get("closed", ()))})

    @classmethod
    def sizes(cls) -> list[str]:
        """The parameters that are plain numbers."""
        return [field.name for field in fields(cls) if field.type == "int"]

    @cached_property
    def _account_ids(self) -> Scramble:
        return Scramble(40, self.seed, "account")

    @cached_property
    def _known(self) -> dict[int, str]:
        return {}

    def account_id(self, account: int) -> str:
        """Twelve digits that look random."""
        if account not in self._known:
            self._known[account] = str(10**11 + self._account_ids.forward_below(_ID_RANGE, account))
        return self._known[account]

    def account(self, account_id: str) -> int | None:
        """The index of an account; None: it is not of this organization."""
        if not re.fullmatch(r"[1-9]\d{11}", account_id):
            return None
        account = self._account_ids.back_below(_ID_RANGE, int(account_id) - 10**11)
        return account if account < self.accounts + self.suspended else None

    @property
    def management(self) -> str:
        """The id of the management account."""
        return self.account_id(0)

    @property
    def region_names(self) -> tuple[str, ...]:
        """Regions with resources."""
        return REGIONS[: self.regions]

    @property
    def enabled_regions(self) -> tuple[str, ...]:
        """Regions that answer, the empty ones included."""
        return REGIONS[: self.regions + self.empty_regions]

    def region(self, name: str) -> int | None:
        """The index of a region that has resources."""
        return self.region_names.index(name) if name in self.region_names else None

    @cached_property
    def organization_id(self) -> str:
        """As `o-a1b2c3d4e5`."""
        return "o-" + write(int.from_bytes(digest(self.seed, "organization")[:6], "big"), 10)

    @cached_property
    def root_id(self) -> str:
        """As `r-a1b2`."""
        return "r-" + write(int.from_bytes(digest(self.seed, "root")[:2], "big"), 4)

    def keys_in(self, account: int, region: int) -> int:
        """Customer keys in an account and region."""
        return max(self.keys, self.large_keys) if account == region == 0 else self.keys

    def grants_on(self, account: int, region: int, key: int) -> int:
        """Grants on a customer key."""
        first = account == region == key == 0
        return max(self.grants_per_key, self.large_grants) if first else self.grants_per_key

    def bucket_region(self, bucket: int) -> int:
        """The region that a bucket lives in."""
        return bucket % self.regions

    def buckets_in(self, region: int) -> int:
        """Buckets of an account in a region."""
        return len(range(region, self.buckets, self.regions))

    def access_points_in(self, region: int) -> int:
        """Access points of an account in a region."""
        return self.access_points if self.buckets_in(region) else 0
