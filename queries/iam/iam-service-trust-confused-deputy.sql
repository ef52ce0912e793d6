-- /// check
-- title = "Services assume roles that reach data for this account only"
-- severity = "medium"
-- description = """
-- A service that acts for whoever asks may be made to assume a role for a stranger, unless the trust policy asks for
-- aws:SourceAccount or aws:SourceArn. Looked at are roles that may decrypt with a key, or that use a bucket across
-- accounts. Services that take roles of the account they act for only, and send neither key, are named in `exempt`.
-- Service-linked roles are AWS's own.
-- """
-- remediation = "add aws:SourceAccount with the account's id to the statement of the trust policy that names <related_id>"
-- [parameters]
-- exempt = { default = "ec2, lambda, apigateway, backup, glue", help = "services that need no such condition, by the first part of their name, separated by commas" }
-- ///
with reach as (
  select
    role_arn, bool_or(verdict <> 'unknown') as certain, list(distinct target order by target) as targets
  from role_reach
  group by role_arn
), trusts as (
  select
    s.account_id, s.resource_arn as role_arn, s.principal as service, s.condition_class, r.certain, r.targets,
    list_contains(string_split(replace($exempt, ' ', ''), ','), split_part(s.principal, '.', 1)) as exempt,
    exists (
      from statement_conditions c
      where c.policy_kind = s.policy_kind and c.resource_arn = s.resource_arn and c.statement_index = s.statement_index
        and c.key in ('aws:sourceaccount', 'aws:sourcearn', 'aws:sourceorgid', 'aws:sourceorgpaths') and c.binds
    ) as bound
  from policy_statements s
  join reach r on r.role_arn = s.resource_arn
  where s.policy_kind = 'trust_policy' and s.effect = 'Allow' and s.principal_kind = 'service'
    and list_contains(s.covered_actions, 'sts:AssumeRole') and s.resource_arn not like '%:role/aws-service-role/%'
)
select
  account_id, 'global' as region, role_arn as resource_id, service as related_id,
  case
    when bool_and(exempt or bound) then 'pass'
    when bool_or(condition_class = 'unknown') or not any_value(certain) then 'unknown'
    else 'fail'
  end as status,
  case
    when bool_and(bound) then 'its trust policy binds the service to an account or resource'
    when bool_and(exempt or bound) then 'the service acts for its own account only'
    when bool_or(condition_class = 'unknown') then 'the condition of its trust policy cannot be understood'
    when not any_value(certain) then 'whether it may decrypt or use a bucket of another account is not known'
    else 'the service may assume it for anybody, and it reaches ' || array_to_string(any_value(targets)[1:3], ', ')
  end as reason,
  to_json({'targets': any_value(targets)}) as evidence
from trusts
group by account_id, role_arn, service;

-- /// cases
-- [[case]]
-- name = "bound to an account or resource, bound by nothing or by IfExists; exempt services; unsure; service-linked roles"
-- given.key_access = [
--   { key_arn = "k", principal_arn = "r1", principal_kind = "role", capability = "decrypt", verdict = "allowed" },
--   { key_arn = "k", principal_arn = "r2", principal_kind = "role", capability = "decrypt", verdict = "unknown" },
--   { key_arn = "k", principal_arn = "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/X", principal_kind = "role", capability = "decrypt", verdict = "allowed" },
-- ]
-- given.cross_account_paths = [
--   { bucket_arn = "b", principal_arn = "arn:aws:iam::111122223333:role/writer", access = "write", verdict = "allowed" },
-- ]
-- given.policy_statements = [
--   { resource_arn = "r1", policy_kind = "trust_policy", effect = "Allow", principal_kind = "service", principal = "sagemaker.amazonaws.com", covered_actions = ["sts:AssumeRole"], condition_class = "none" },
--   { resource_arn = "r1", policy_kind = "trust_policy", effect = "Allow", principal_kind = "service", principal = "states.amazonaws.com", covered_actions = ["sts:AssumeRole"], condition = { StringEquals = { "aws:SourceAccount" = "111122223333" } }, condition_class = "service_bound", statement_index = 1 },
--   { resource_arn = "r1", policy_kind = "trust_policy", effect = "Allow", principal_kind = "service", principal = "logs.eu-west-1.amazonaws.com", covered_actions = ["sts:AssumeRole"], condition = { ArnLike = { "aws:sourcearn" = "arn:aws:logs:eu-west-1:111122223333:*" } }, condition_class = "service_bound", statement_index = 2 },
--   { resource_arn = "r1", policy_kind = "trust_policy", effect = "Allow", principal_kind = "service", principal = "bedrock.amazonaws.com", covered_actions = ["sts:AssumeRole"], condition = { StringEqualsIfExists = { "aws:SourceAccount" = "111122223333" } }, condition_class = "weak", statement_index = 3 },
--   { resource_arn = "r1", policy_kind = "trust_policy", effect = "Allow", principal_kind = "service", principal = "ec2.amazonaws.com", covered_actions = ["sts:AssumeRole"], condition_class = "none", statement_index = 4 },
--   { resource_arn = "r1", policy_kind = "trust_policy", effect = "Allow", principal_kind = "service", principal = "lambda.amazonaws.com", covered_actions = ["sts:AssumeRole"], condition_class = "none", statement_index = 5 },
--   { resource_arn = "r1", policy_kind = "trust_policy", effect = "Allow", principal_kind = "service", principal = "events.amazonaws.com", covered_actions = ["sts:AssumeRole"], condition_class = "unknown", statement_index = 6 },
--   { resource_arn = "r1", policy_kind = "trust_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::999999999999:root", principal_account_id = "999999999999", covered_actions = ["sts:AssumeRole"], condition_class = "none", statement_index = 7 },
--   { resource_arn = "r2", policy_kind = "trust_policy", effect = "Allow", principal_kind = "service", principal = "sagemaker.amazonaws.com", covered_actions = ["sts:AssumeRole"], condition_class = "none" },
--   { resource_arn = "r3", policy_kind = "trust_policy", effect = "Allow", principal_kind = "service", principal = "sagemaker.amazonaws.com", covered_actions = ["sts:AssumeRole"], condition_class = "none" },
--   { resource_arn = "arn:aws:iam::111122223333:role/writer", policy_kind = "trust_policy", effect = "Allow", principal_kind = "service", principal = "sagemaker.amazonaws.com", covered_actions = ["sts:AssumeRole"], condition_class = "none" },
--   { resource_arn = "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/X", policy_kind = "trust_policy", effect = "Allow", principal_kind = "service", principal = "x.amazonaws.com", covered_actions = ["sts:AssumeRole"], condition_class = "none" },
-- ]
-- [case.expect]
-- "r1 sagemaker.amazonaws.com" = "fail"
-- "r1 states.amazonaws.com" = "pass"
-- "r1 logs.eu-west-1.amazonaws.com" = "pass"
-- "r1 bedrock.amazonaws.com" = "fail"
-- "r1 ec2.amazonaws.com" = "pass"
-- "r1 lambda.amazonaws.com" = "pass"
-- "r1 events.amazonaws.com" = "unknown"
-- "r2 sagemaker.amazonaws.com" = "unknown"
-- "arn:aws:iam::111122223333:role/writer sagemaker.amazonaws.com" = "fail"
-- ///
