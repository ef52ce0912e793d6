"""What the endpoint answers: operation -> a function of the call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bench.endpoint.answers import ec2, iam, iam_lists, kms, organizations, s3, s3control, sts
from bench.endpoint.answers.call import Call

Answer = Callable[[Call], dict[str, Any]]

OPERATIONS: Mapping[str, Mapping[str, Answer]] = {
    "ec2": ec2.OPERATIONS,
    "iam": {**iam_lists.OPERATIONS, **iam.OPERATIONS},
    "kms": kms.OPERATIONS,
    "organizations": organizations.OPERATIONS,
    "s3": s3.OPERATIONS,
    "s3control": s3control.OPERATIONS,
    "sts": sts.OPERATIONS,
}
"""Service -> operation -> what answers it. Raises Refusal."""
