"""The role as a CloudFormation template, for a StackSet and for the management account's own stack."""

from __future__ import annotations

import copy
from typing import Any

COMMANDS = """\
Save it as keyreach-reader.json. In every member account, with a StackSet from the management account or a
delegated administrator; one region is enough, since IAM is global:

  aws cloudformation create-stack-set --stack-set-name keyreach-reader \\
    --template-body file://keyreach-reader.json --capabilities CAPABILITY_NAMED_IAM \\
    --permission-model SERVICE_MANAGED \\
    --auto-deployment Enabled=true,RetainStacksOnAccountRemoval=false \\
    --parameters ParameterKey=Collector,ParameterValue=COLLECTOR_ARN \\
      ParameterKey=ExternalId,ParameterValue=EXTERNAL_ID
  aws cloudformation create-stack-instances --stack-set-name keyreach-reader \\
    --regions us-east-1 --deployment-targets OrganizationalUnitIds=ROOT_ID

StackSets skip the management account. There, with a stack of its own, which may read the organization too:

  aws cloudformation create-stack --stack-name keyreach-reader \\
    --template-body file://keyreach-reader.json --capabilities CAPABILITY_NAMED_IAM \\
    --parameters ParameterKey=Collector,ParameterValue=COLLECTOR_ARN \\
      ParameterKey=ExternalId,ParameterValue=EXTERNAL_ID \\
      ParameterKey=ReadsOrganization,ParameterValue=true"""
"""How the template is put in place."""

_NOTHING = {"Ref": "AWS::NoValue"}
_ACCOUNT = {"Account": {"Fn::Select": [4, {"Fn::Split": [":", {"Ref": "Collector"}]}]}}


def template(documents: dict[str, Any]) -> dict[str, Any]:
    """The template. The key-policy statement is in its metadata: keys are not this stack's to change.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-iam-role.html
    """
    of_organization = {
        "PolicyName": "keyreach-reads-organization",
        "PolicyDocument": documents["organization_policy"],
    }
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Role that keyreach assumes to read keys, buckets, roles and their policies.",
        "Metadata": {"KeyPolicyStatement": documents["key_policy_statement"]},
        "Parameters": {
            "Collector": {"Type": "String", "Description": "ARN of the role or user that runs keyreach."},
            "ExternalId": {"Type": "String", "Default": "", "NoEcho": True},
            "ReadsOrganization": {"Type": "String", "Default": "false", "AllowedValues": ["true", "false"]},
        },
        "Conditions": {
            "HasExternalId": {"Fn::Not": [{"Fn::Equals": [{"Ref": "ExternalId"}, ""]}]},
            "MayReadOrganization": {"Fn::Equals": [{"Ref": "ReadsOrganization"}, "true"]},
        },
        "Resources": {
            "Reader": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "RoleName": documents["role_name"],
                    "Path": documents["path"],
                    "AssumeRolePolicyDocument": _trust(documents["trust_policy"]),
                    "Policies": [
                        {"PolicyName": "keyreach-reads", "PolicyDocument": documents["policy"]},
                        {"Fn::If": ["MayReadOrganization", of_organization, _NOTHING]},
                    ],
                },
            }
        },
    }


def _trust(policy: dict[str, Any]) -> dict[str, Any]:
    """The trust policy with its principal and external id from the parameters."""
    found = copy.deepcopy(policy)
    (statement,) = found["Statement"]
    statement["Principal"] = {"AWS": {"Fn::Sub": ["arn:${AWS::Partition}:iam::${Account}:root", _ACCOUNT]}}
    external_id = {"sts:ExternalId": {"Ref": "ExternalId"}}
    statement["Condition"] = {
        "ArnEquals": {"aws:PrincipalArn": {"Ref": "Collector"}},
        "StringEquals": {"Fn::If": ["HasExternalId", external_id, _NOTHING]},
    }
    return found
