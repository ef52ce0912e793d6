"""What an account has from the start: three regions, of which two are on, and AWS's own policies."""

from __future__ import annotations

import json
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models.availability_zones_and_regions import Region
from moto.ec2.responses.availability_zones_and_regions import AvailabilityZonesAndRegions
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend, ManagedPolicy

REGIONS = {
    "us-east-1": "opt-in-not-required",
    "eu-west-1": "opt-in-not-required",
    "ap-east-1": "not-opted-in",
}
"""Region -> whether it is on. AWS has more than thirty; three show the difference and are soon collected."""

_POLICIES = ("AdministratorAccess", "SecurityAudit", "AmazonS3ReadOnlyAccess")
_loaded: dict[str, Any] = {}


def _describe_regions(response: AvailabilityZonesAndRegions) -> ActionResult:
    """Without AllRegions only those that are on."""
    asked = response._get_param("RegionNames", [])
    every = asked or response._get_bool_param("AllRegions", False)
    return ActionResult(
        {
            "Regions": [
                Region(name, f"ec2.{name}.amazonaws.com", status)
                for name, status in REGIONS.items()
                if (every or status != "not-opted-in") and (not asked or name in asked)
            ]
        }
    )


def _aws_policies(backend: IAMBackend) -> list[ManagedPolicy]:
    """moto has all of AWS's policies or none; a few are enough."""
    if not _loaded:
        everything = json.loads(aws_managed_policies_data)
        _loaded.update({name: everything[name] for name in _POLICIES})
    return [
        AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, data)
        for name, data in _loaded.items()
    ]


REPLACEMENTS: list[tuple[Any, str, Any]] = [
    (AvailabilityZonesAndRegions, "describe_regions", _describe_regions),
    (IAMBackend, "_init_aws_policies", _aws_policies),
    (ManagedPolicy, "policy_name", property(lambda policy: policy.name)),
    (ManagedPolicy, "policy_id", property(lambda policy: policy.id)),
]
