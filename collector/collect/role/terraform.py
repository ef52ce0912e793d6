"""The role in Terraform's language. Its policies are JSON, which is an expression there."""

from __future__ import annotations

import json
from typing import Any

_TEMPLATE = """\
variable "collector" {
  description = "ARN of the role or user that runs keyreach."
  type        = string
}

variable "external_id" {
  type      = string
  default   = ""
  sensitive = true
}

variable "reads_organization" {
  description = "True in the account that answers for the organization."
  type        = bool
  default     = false
}

locals {
  partition    = split(":", var.collector)[1]
  account_id   = split(":", var.collector)[4]
  is_collector = { ArnEquals = { "aws:PrincipalArn" = var.collector } }
  knows_secret = var.external_id == "" ? null : { StringEquals = { "sts:ExternalId" = var.external_id } }
}

resource "aws_iam_role" "keyreach" {
  name = %(name)s
  path = %(path)s
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Keyreach"
      Effect    = "Allow"
      Principal = { AWS = "arn:${local.partition}:iam::${local.account_id}:root" }
      Action    = "sts:AssumeRole"
      Condition = merge(local.is_collector, local.knows_secret)
    }]
  })
}

resource "aws_iam_role_policy" "keyreach" {
  name   = "keyreach-reads"
  role   = aws_iam_role.keyreach.id
  policy = jsonencode(%(policy)s)
}

resource "aws_iam_role_policy" "keyreach_organization" {
  count  = var.reads_organization ? 1 : 0
  name   = "keyreach-reads-organization"
  role   = aws_iam_role.keyreach.id
  policy = jsonencode(%(organization_policy)s)
}

# For keys whose policy does not leave decisions to their account: add this statement to the key policy.
output "key_policy_statement" {
  value = jsonencode({
    Sid       = "KeyreachReads"
    Effect    = "Allow"
    Principal = { AWS = aws_iam_role.keyreach.arn }
    Action    = %(key_actions)s
    Resource  = "*"
  })
}"""


def module(documents: dict[str, Any]) -> str:
    """The text of a `.tf` file."""
    return _TEMPLATE % {
        "name": json.dumps(documents["role_name"]),
        "path": json.dumps(documents["path"]),
        "policy": json.dumps(documents["policy"], indent=2),
        "organization_policy": json.dumps(documents["organization_policy"], indent=2),
        "key_actions": json.dumps(documents["key_policy_statement"]["Action"]),
    }
