-- /// check
-- title = "Key policies stay within the organization and its partners"
-- severity = "high"
-- description = """
-- An account outside that a key policy lets in decides for itself which of its principals use the key. Named accounts
-- count, and those to which a condition leads a statement about everybody. Only what KMS takes from other accounts is
-- looked at: the use of the key and CreateGrant. Partners are named under `trusted_accounts`; accounts of the
-- organization that were closed are another check's.
-- """
-- remediation = "remove the account from the key policy, name it under trusted_accounts, or narrow the statement to a role and an encryption context"
-- ///
with outsiders as (
  select
    key_arn, principal, list(distinct party order by party) as parties,
    list(distinct statement order by statement) as statements,
    list_sort(list_distinct(flatten(list(uses)))) as actions,
    list(distinct condition::varchar order by condition::varchar) as conditions,
    if(count(*) = count(held_back_by), min(held_back_by), null) as held_back_by,
    if(bool_or(relation = 'external'), 'fail', 'unknown') as status
  from key_policy_permissions
  where relation in ('external', 'unknown') and len(uses) > 0
  group by key_arn, principal
)
select
  k.account_id, k.region, k.key_arn as resource_id, o.principal as related_id,
  coalesce(o.status, if(k.unread is null, 'pass', 'unknown')) as status,
  case
    when o.status = 'fail'
      then array_to_string(o.parties, ', ') || ' is let in by ' || array_to_string(o.statements, ', ')
      || coalesce(', although ' || array_to_string(o.held_back_by, ', ') || ' may hold it back', '')
    when o.status = 'unknown'
      then array_to_string(o.parties, ', ') || ' may be of the organization, which could not be listed'
    else coalesce(k.unread, 'it lets in nobody from outside')
  end as reason,
  if(o.held_back_by is null, 'high', 'medium') as severity,
  to_json({
    'accounts': o.parties, 'statements': o.statements, 'actions': o.actions, 'conditions': o.conditions::json[]
  }) as evidence
from customer_keys k
left join outsiders o on o.key_arn = k.key_arn;

-- /// cases
-- [[case]]
-- name = "outsiders by root, role and condition; own, organization, closed, partner and log accounts; not read"
-- given.aws_organizations = [{ arn = "o", id = "o-abc1234567" }]
-- given.aws_organizations_accounts = [
--   { arn = "o1", id = "444455556666", state = "ACTIVE" }, { arn = "o2", id = "555566667777", state = "SUSPENDED" },
-- ]
-- given.trusted_accounts = [{ account_id = "777788889999", label = "vendor" }]
-- given.aws_kms_keys = [{ arn = "in", key_manager = "CUSTOMER" }, { arn = "out", key_manager = "CUSTOMER" }, { arn = "unread", key_manager = "CUSTOMER" }, { arn = "aws", key_manager = "AWS" }]
-- given.aws_kms_key_policies = [{ key_arn = "in", name = "default", policy = {} }, { key_arn = "out", name = "default", policy = {} }]
-- given.policy_statements = [
--   { resource_arn = "in", policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::111122223333:root", principal_account_id = "111122223333", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "in", policy_kind = "key_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "in", policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::555566667777:root", principal_account_id = "555566667777", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "in", policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::777788889999:root", principal_account_id = "777788889999", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "in", policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::156460612806:root", principal_account_id = "156460612806", covered_actions = ["kms:GenerateDataKey"], condition_class = "none" },
--   { resource_arn = "in", policy_kind = "key_policy", effect = "Allow", principal_kind = "service", principal = "delivery.logs.amazonaws.com", covered_actions = ["kms:GenerateDataKey"], condition_class = "none" },
--   { resource_arn = "in", policy_kind = "key_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:Decrypt"], condition_class = "org_bound", bound_to = ["o-abc1234567"] },
--   { resource_arn = "in", policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::999999999999:root", principal_account_id = "999999999999", covered_actions = ["kms:PutKeyPolicy", "kms:DescribeKey"], condition_class = "none" },
--   { resource_arn = "in", policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::999999999999:root", principal_account_id = "999999999999", covered_actions = ["kms:Decrypt"], condition_class = "org_bound", bound_to = ["o-abc1234567"] },
--   { resource_arn = "out", policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::999999999999:root", principal_account_id = "999999999999", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "out", policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::999999999999:root", principal_account_id = "999999999999", covered_actions = ["kms:CreateGrant"], condition_class = "weak", condition = { Bool = { "kms:GrantIsForAWSResource" = "true" } }, statement_index = 1 },
--   { resource_arn = "out", policy_kind = "key_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::999999999999:role/x", principal_account_id = "999999999999", covered_actions = ["kms:Sign"], condition_class = "none" },
--   { resource_arn = "out", policy_kind = "key_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:Decrypt"], condition_class = "account_bound", bound_to = ["111122223333", "888888888888"] },
-- ]
-- expect = { in = "pass", "out arn:aws:iam::999999999999:root" = "fail", "out arn:aws:iam::999999999999:role/x" = "fail", "out *" = "fail", unread = "unknown" }
--
-- [[case]]
-- name = "everybody of another organization is outside"
-- given.aws_organizations = [{ arn = "o", id = "o-abc1234567" }]
-- given.aws_kms_keys = [{ arn = "k", key_manager = "CUSTOMER" }]
-- given.aws_kms_key_policies = [{ key_arn = "k", name = "default", policy = {} }]
-- given.policy_statements = [
--   { resource_arn = "k", policy_kind = "key_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:Decrypt"], condition_class = "org_bound", bound_to = ["o-zzz7654321/*"] },
-- ]
-- expect = { "k *" = "fail" }
--
-- [[case]]
-- name = "while the organization cannot be listed nobody can be called an outsider"
-- given.aws_kms_keys = [{ arn = "k", key_manager = "CUSTOMER" }]
-- given.aws_kms_key_policies = [{ key_arn = "k", name = "default", policy = {} }]
-- given.policy_statements = [
--   { resource_arn = "k", policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::999999999999:root", principal_account_id = "999999999999", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "k", policy_kind = "key_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:Decrypt"], condition_class = "org_bound", bound_to = ["o-abc1234567"] },
-- ]
-- given.sync_scopes = [
--   { run_id = "r1", region = "global", table_name = "aws_organizations_accounts", operation = "ListAccounts", outcome = "denied" },
-- ]
-- expect = { "k arn:aws:iam::999999999999:root" = "unknown", "k *" = "unknown" }
-- ///
