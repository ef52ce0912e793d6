-- /// check
-- title = "Key policies name nobody who is gone"
-- severity = "medium"
-- description = """
-- A policy shows a unique id such as AROA... where the role or user that it named was deleted. An ARN of somebody who
-- is not there waits for whoever is given that name next. Looked up are roles, by their full path, users, and the
-- roles behind sessions, in collected accounts only. Service-linked roles come and go with their services and are no
-- finding.
-- """
-- remediation = "remove <related_id> from the key policy"
-- ///
with ghosts as (
  select
    p.key_arn, p.principal, list(distinct p.statement order by p.statement) as statements,
    any_value(if(m.certain, 'fail', 'unknown')) as status
  from key_policy_permissions p
  join missing_principals m on m.principal = p.principal
  group by p.key_arn, p.principal
)
select
  k.account_id, k.region, k.key_arn as resource_id, g.principal as related_id,
  coalesce(g.status, if(k.unread is null, 'pass', 'unknown')) as status,
  case
    when g.status = 'unknown' then g.principal || ' was not found, but its account could not be listed'
    when g.principal like 'arn:%' then g.principal || ' is not there'
    when g.principal is not null then g.principal || ' is what is left of a principal that was deleted'
    else coalesce(k.unread, 'everybody that it names and that was looked up is there')
  end as reason,
  to_json({'statements': g.statements}) as evidence
from customer_keys k
left join ghosts g on g.key_arn = k.key_arn;

-- /// cases
-- [[case]]
-- name = "unique ids, roles with and without their path, users, sessions, service-linked roles, and accounts not collected"
-- given.aws_iam_roles = [
--   { arn = "arn:aws:iam::111122223333:role/team/app", role_name = "app", role_id = "AROAAAAAAAAAAAAAAAAAA" },
-- ]
-- given.aws_iam_users = [{ arn = "arn:aws:iam::111122223333:user/ann", user_id = "AIDAAAAAAAAAAAAAAAAAA" }]
-- given.aws_kms_keys = [{ arn = "gone", key_manager = "CUSTOMER" }, { arn = "there", key_manager = "CUSTOMER" }, { arn = "unread", key_manager = "CUSTOMER" }]
-- given.aws_kms_key_policies = [{ key_arn = "gone", name = "default", policy = {} }, { key_arn = "there", name = "default", policy = {} }]
-- given.policy_statements = [
--   { resource_arn = "gone", policy_kind = "key_policy", effect = "Allow", principal_kind = "unique_id", principal = "AROAZZZZZZZZZZZZZZZZZ", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "gone", policy_kind = "key_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::111122223333:role/app", principal_account_id = "111122223333", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "gone", policy_kind = "key_policy", effect = "Allow", principal_kind = "user", principal = "arn:aws:iam::111122223333:user/bob", principal_account_id = "111122223333", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "gone", policy_kind = "key_policy", effect = "Allow", principal_kind = "session", principal = "arn:aws:sts::111122223333:assumed-role/old/s1", principal_account_id = "111122223333", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "there", policy_kind = "key_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::111122223333:role/team/app", principal_account_id = "111122223333", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "there", policy_kind = "key_policy", effect = "Allow", principal_kind = "session", principal = "arn:aws:sts::111122223333:assumed-role/app/s1", principal_account_id = "111122223333", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "there", policy_kind = "key_policy", effect = "Allow", principal_kind = "user", principal = "arn:aws:iam::111122223333:user/ann", principal_account_id = "111122223333", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "there", policy_kind = "key_policy", effect = "Allow", principal_kind = "unique_id", principal = "AROAAAAAAAAAAAAAAAAAA", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "there", policy_kind = "key_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling", principal_account_id = "111122223333", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "there", policy_kind = "key_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::777788889999:role/theirs", principal_account_id = "777788889999", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "there", policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::111122223333:root", principal_account_id = "111122223333", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "there", policy_kind = "key_policy", effect = "Deny", principal_kind = "role", principal = "arn:aws:iam::111122223333:role/none", principal_account_id = "111122223333", covered_actions = ["kms:Decrypt"], condition_class = "none" },
-- ]
-- [case.expect]
-- "gone AROAZZZZZZZZZZZZZZZZZ" = "fail"
-- "gone arn:aws:iam::111122223333:role/app" = "fail"
-- "gone arn:aws:iam::111122223333:user/bob" = "fail"
-- "gone arn:aws:sts::111122223333:assumed-role/old/s1" = "fail"
-- there = "pass"
-- unread = "unknown"
--
-- [[case]]
-- name = "an account whose roles could not be listed may have them"
-- given.aws_iam_roles = [{ arn = "arn:aws:iam::111122223333:role/app", role_name = "app" }]
-- given.aws_kms_keys = [{ arn = "k", key_manager = "CUSTOMER" }]
-- given.aws_kms_key_policies = [{ key_arn = "k", name = "default", policy = {} }]
-- given.policy_statements = [
--   { resource_arn = "k", policy_kind = "key_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::111122223333:role/new", principal_account_id = "111122223333", covered_actions = ["kms:Decrypt"], condition_class = "none" },
-- ]
-- given.sync_scopes = [
--   { run_id = "r1", region = "global", table_name = "aws_iam_roles", operation = "GetAccountAuthorizationDetails", outcome = "denied" },
-- ]
-- expect = { "k arn:aws:iam::111122223333:role/new" = "unknown" }
-- ///
