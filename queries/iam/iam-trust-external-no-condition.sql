-- /// check
-- title = "Outsiders assume roles that reach data only on a condition"
-- severity = "high"
-- description = """
-- Looked at are roles that may decrypt with a key, or that use a bucket across accounts, and whom their trust policy lets
-- in from other accounts. An outside account needs sts:ExternalId there, without which anybody may talk it into assuming
-- the role; a condition on aws:PrincipalArn or the organization does as well. Critical for everybody. Accounts of the
-- organization and partners under `trusted_accounts` need no external id. Users of identity providers are not looked
-- at.
-- """
-- remediation = "add a condition on sts:ExternalId to the trust policy of <resource_id>, or name single roles in it"
-- ///
with reach as (
  select
    role_arn, bool_or(verdict <> 'unknown') as certain, list(distinct target order by target) as targets
  from role_reach
  group by role_arn
), judged as (
  select
    t.account_id, t.role_arn, t.principal, t.statement, t.party, t.relation, r.targets,
    t.relation in ('external', 'everybody') and not t.guarded and r.certain as open,
    (t.relation in ('external', 'everybody', 'unknown') and coalesce(not t.guarded, true)) as unclear
  from role_trusts t
  join reach r on r.role_arn = t.role_arn
  where t.relation <> 'own'
)
select
  account_id, 'global' as region, role_arn as resource_id, principal as related_id,
  case when bool_or(open) then 'fail' when bool_or(unclear) then 'unknown' else 'pass' end as status,
  case
    when bool_or(open) then string_agg(distinct statement, ', ' order by statement) filter (open)
      || if(principal = '*', ' lets everybody in', ' lets an outsider in') || ' without a condition, and it reaches '
      || array_to_string(any_value(targets)[1:3], ', ')
    when bool_or(unclear and relation = 'unknown') then string_agg(distinct party, ', ' order by party)
      || ' may be of the organization, whose accounts could not be listed'
    when bool_or(unclear) then 'its condition cannot be understood, or what it reaches was not collected'
    when bool_or(relation in ('external', 'everybody')) then 'outsiders come in on a condition only'
    else 'whom it lets in is known'
  end as reason,
  if(bool_or(open and relation = 'everybody'), 'critical', 'high') as severity,
  to_json({'parties': list(distinct party order by party), 'targets': any_value(targets)}) as evidence
from judged
group by account_id, role_arn, principal;

-- /// cases
-- [[case]]
-- name = "outsiders without a condition, with an external id, a weak one, a Deny; everybody; organization, partner, own"
-- given.aws_organizations = [{ arn = "o", id = "o-abc1234567" }]
-- given.aws_organizations_accounts = [{ arn = "o1", id = "444455556666" }]
-- given.trusted_accounts = [{ account_id = "777788889999", label = "vendor" }]
-- given.key_access = [
--   { key_arn = "k", principal_arn = "r1", principal_kind = "role", capability = "decrypt", verdict = "allowed" },
--   { key_arn = "k", principal_arn = "r2", principal_kind = "role", capability = "decrypt", verdict = "conditional" },
--   { key_arn = "k", principal_arn = "r3", principal_kind = "role", capability = "decrypt", verdict = "unknown" },
--   { key_arn = "k", principal_arn = "r4", principal_kind = "role", capability = "encrypt", verdict = "allowed" },
-- ]
-- given.cross_account_paths = [
--   { bucket_arn = "b", principal_arn = "arn:aws:iam::111122223333:role/reader", access = "read", verdict = "conditional" },
--   { bucket_arn = "b", principal_arn = "arn:aws:iam::111122223333:role/blocked", access = "read", verdict = "blocked" },
-- ]
-- given.policy_statements = [
--   { resource_arn = "r1", policy_kind = "trust_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::999999999999:root", principal_account_id = "999999999999", covered_actions = ["sts:AssumeRole"], condition_class = "none" },
--   { resource_arn = "r1", policy_kind = "trust_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::888888888888:root", principal_account_id = "888888888888", covered_actions = ["sts:AssumeRole"], condition = { StringEquals = { "sts:ExternalId" = "x" } }, condition_class = "weak", statement_index = 1 },
--   { resource_arn = "r1", policy_kind = "trust_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::888888888888:role/x", principal_account_id = "888888888888", covered_actions = ["sts:AssumeRole"], condition = { StringLikeIfExists = { "sts:ExternalId" = "x" } }, condition_class = "weak", statement_index = 2 },
--   { resource_arn = "r1", policy_kind = "trust_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["sts:AssumeRole"], condition = { StringLike = { "sts:ExternalId" = "*" } }, condition_class = "weak", statement_index = 3 },
--   { resource_arn = "r1", policy_kind = "trust_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::444455556666:root", principal_account_id = "444455556666", covered_actions = ["sts:AssumeRole"], condition_class = "none", statement_index = 4 },
--   { resource_arn = "r1", policy_kind = "trust_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::777788889999:root", principal_account_id = "777788889999", covered_actions = ["sts:AssumeRole"], condition_class = "none", statement_index = 5 },
--   { resource_arn = "r1", policy_kind = "trust_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::111122223333:root", principal_account_id = "111122223333", covered_actions = ["sts:AssumeRole"], condition_class = "none", statement_index = 6 },
--   { resource_arn = "r1", policy_kind = "trust_policy", effect = "Allow", principal_kind = "federated", principal = "arn:aws:iam::111122223333:saml-provider/idp", covered_actions = ["sts:AssumeRole", "sts:AssumeRoleWithSAML"], condition_class = "none", statement_index = 7 },
--   { resource_arn = "r1", policy_kind = "trust_policy", effect = "Allow", principal_kind = "service", principal = "ec2.amazonaws.com", covered_actions = ["sts:AssumeRole"], condition_class = "none", statement_index = 8 },
--   { resource_arn = "r2", policy_kind = "trust_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["sts:AssumeRole"], condition_class = "org_bound", bound_to = ["o-abc1234567"] },
--   { resource_arn = "r3", policy_kind = "trust_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::999999999999:root", principal_account_id = "999999999999", covered_actions = ["sts:AssumeRole"], condition_class = "none" },
--   { resource_arn = "r4", policy_kind = "trust_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::999999999999:root", principal_account_id = "999999999999", covered_actions = ["sts:AssumeRole"], condition_class = "none" },
--   { resource_arn = "arn:aws:iam::111122223333:role/reader", policy_kind = "trust_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::999999999999:root", principal_account_id = "999999999999", covered_actions = ["sts:AssumeRole"], condition_class = "principal_bound", bound_to = ["arn:aws:iam::999999999999:role/x"] },
--   { resource_arn = "arn:aws:iam::111122223333:role/reader", policy_kind = "trust_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::888888888888:root", principal_account_id = "888888888888", covered_actions = ["sts:AssumeRole"], condition_class = "network_bound", statement_index = 1 },
--   { resource_arn = "arn:aws:iam::111122223333:role/blocked", policy_kind = "trust_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::999999999999:root", principal_account_id = "999999999999", covered_actions = ["sts:AssumeRole"], condition_class = "none" },
-- ]
-- [case.expect]
-- "r1 arn:aws:iam::999999999999:root" = "fail"
-- "r1 arn:aws:iam::888888888888:root" = "pass"
-- "r1 arn:aws:iam::888888888888:role/x" = "fail"
-- "r1 *" = "fail"
-- "r1 arn:aws:iam::444455556666:root" = "pass"
-- "r1 arn:aws:iam::777788889999:root" = "pass"
-- "r2 *" = "pass"
-- "r3 arn:aws:iam::999999999999:root" = "unknown"
-- "arn:aws:iam::111122223333:role/reader arn:aws:iam::999999999999:root" = "pass"
-- "arn:aws:iam::111122223333:role/reader arn:aws:iam::888888888888:root" = "fail"
--
-- [[case]]
-- name = "a Deny without external id guards all; a condition that is not understood; an organization that is not listed"
-- given.key_access = [
--   { key_arn = "k", principal_arn = "r1", principal_kind = "role", capability = "decrypt", verdict = "allowed" },
--   { key_arn = "k", principal_arn = "r2", principal_kind = "role", capability = "decrypt", verdict = "allowed" },
-- ]
-- given.policy_statements = [
--   { resource_arn = "r1", policy_kind = "trust_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::999999999999:root", principal_account_id = "999999999999", covered_actions = ["sts:AssumeRole"], condition_class = "none" },
--   { resource_arn = "r1", policy_kind = "trust_policy", effect = "Deny", principal_kind = "everybody", principal = "*", covered_actions = ["sts:AssumeRole"], condition = { StringNotEquals = { "sts:ExternalId" = "x" } }, condition_keys = ["sts:externalid"], condition_class = "weak", statement_index = 1 },
--   { resource_arn = "r2", policy_kind = "trust_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::999999999999:root", principal_account_id = "999999999999", covered_actions = ["sts:AssumeRole"], condition_class = "none" },
--   { resource_arn = "r2", policy_kind = "trust_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["sts:AssumeRole"], condition_class = "unknown", statement_index = 1 },
-- ]
-- given.sync_scopes = [
--   { run_id = "r1", region = "global", table_name = "aws_organizations_accounts", operation = "ListAccounts", outcome = "denied" },
-- ]
-- expect = { "r1 arn:aws:iam::999999999999:root" = "pass", "r2 arn:aws:iam::999999999999:root" = "unknown", "r2 *" = "unknown" }
-- ///
