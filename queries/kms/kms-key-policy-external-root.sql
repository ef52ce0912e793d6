-- /// check
-- title = "Key policies let in roles of other accounts, not accounts as a whole"
-- severity = "medium"
-- description = """
-- Where an account as a whole may use a key, its administrators decide who does. That is the usual way within an
-- organization, and noted only where the account is in another unit; for partners it is less severe. A condition with
-- aws:PrincipalArn narrows the statement as well as a named role does.
-- """
-- remediation = "name the roles of <related_id> that need the key, or add a condition with aws:PrincipalArn"
-- ///
with wholesale as (
  select
    p.key_arn, p.principal, list(distinct p.party order by p.party) as parties,
    list(distinct p.statement order by p.statement) as statements,
    list_sort(list_distinct(flatten(list(p.uses)))) as actions,
    case
      when bool_or(p.relation = 'external') then 'medium'
      when bool_or(p.relation = 'unknown' or (p.relation = 'organization' and theirs.parent_id is null)) then 'unknown'
      when bool_or(p.relation = 'trusted') then 'low'
      else 'info'
    end as severity
  from key_policy_permissions p
  left join aws_organizations_accounts mine on mine.id = p.account_id
  left join aws_organizations_accounts theirs on theirs.id = p.party
  where p.relation in ('organization', 'collected', 'trusted', 'external', 'unknown')
    and (p.principal_kind = 'account' or (p.principal_kind = 'everybody' and p.condition_class = 'account_bound'))
    and (p.relation <> 'organization'
      or (theirs.id is not null and (mine.parent_id = theirs.parent_id) is not true))
    and not list_has_any(p.binding_keys, ['aws:principalarn', 'aws:userid', 'aws:username'])
    and len(list_filter(p.uses, a -> a <> 'kms:CreateGrant')) > 0
  group by p.key_arn, p.principal
)
select
  k.account_id, k.region, k.key_arn as resource_id, w.principal as related_id,
  case
    when w.severity = 'unknown' then 'unknown'
    when w.severity is not null then 'fail'
    when k.unread is null then 'pass'
    else 'unknown'
  end as status,
  case
    when w.severity = 'unknown'
      then 'where in the organization ' || array_to_string(w.parties, ', ') || ' may be could not be listed'
    when w.severity is not null then array_to_string(w.parties, ', ') || ' decides for itself who uses the key'
    else coalesce(k.unread, 'no account elsewhere may use it as a whole')
  end as reason,
  nullif(w.severity, 'unknown') as severity,
  to_json({'accounts': w.parties, 'statements': w.statements, 'actions': w.actions}) as evidence
from customer_keys k
left join wholesale w on w.key_arn = k.key_arn;

-- /// cases
-- [[case]]
-- name = "accounts outside, trusted, in another unit and in the same; narrowed; roles; not read"
-- given.aws_organizations = [{ arn = "o", id = "o-abc1234567" }]
-- given.aws_organizations_accounts = [
--   { arn = "o1", id = "111122223333", parent_id = "ou-a" }, { arn = "o2", id = "444455556666", parent_id = "ou-b" },
--   { arn = "o3", id = "555566667777", parent_id = "ou-a" },
-- ]
-- given.trusted_accounts = [{ account_id = "777788889999", label = "vendor" }]
-- given.aws_kms_keys = [{ arn = "wide", key_manager = "CUSTOMER" }, { arn = "narrow", key_manager = "CUSTOMER" }, { arn = "unread", key_manager = "CUSTOMER" }]
-- given.aws_kms_key_policies = [{ key_arn = "wide", name = "default", policy = {} }, { key_arn = "narrow", name = "default", policy = {} }]
-- given.policy_statements = [
--   { resource_arn = "wide", policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::999999999999:root", principal_account_id = "999999999999", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "wide", policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::777788889999:root", principal_account_id = "777788889999", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "wide", policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::444455556666:root", principal_account_id = "444455556666", covered_actions = ["kms:Encrypt"], condition_class = "none" },
--   { resource_arn = "wide", policy_kind = "key_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:Decrypt"], condition_class = "account_bound", bound_to = ["888888888888"] },
--   { resource_arn = "narrow", policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::111122223333:root", principal_account_id = "111122223333", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "narrow", policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::555566667777:root", principal_account_id = "555566667777", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "narrow", policy_kind = "key_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::999999999999:role/x", principal_account_id = "999999999999", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "narrow", policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::999999999999:root", principal_account_id = "999999999999", covered_actions = ["kms:Decrypt"], condition_class = "principal_bound", bound_to = ["arn:aws:iam::999999999999:role/x"], condition = { ArnLike = { "aws:PrincipalArn" = "arn:aws:iam::999999999999:role/x" } }, statement_index = 1 },
--   { resource_arn = "narrow", policy_kind = "key_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:Decrypt"], condition_class = "account_bound", bound_to = ["888888888888"], condition = { StringEquals = { "kms:CallerAccount" = "888888888888" }, ArnLike = { "aws:PrincipalArn" = "arn:aws:iam::888888888888:role/x" } }, statement_index = 2 },
--   { resource_arn = "narrow", policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::999999999999:root", principal_account_id = "999999999999", covered_actions = ["kms:Decrypt"], condition_class = "org_bound", bound_to = ["o-abc1234567"], statement_index = 3 },
--   { resource_arn = "narrow", policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::999999999999:root", principal_account_id = "999999999999", covered_actions = ["kms:DescribeKey"], condition_class = "none" },
-- ]
-- [case.expect]
-- "wide arn:aws:iam::999999999999:root" = "fail"
-- "wide arn:aws:iam::777788889999:root" = "fail"
-- "wide arn:aws:iam::444455556666:root" = "fail"
-- "wide *" = "fail"
-- narrow = "pass"
-- unread = "unknown"
--
-- [[case]]
-- name = "without an organization, an account in no unit is as far outside"
-- given.aws_kms_keys = [{ arn = "k", key_manager = "CUSTOMER" }]
-- given.aws_kms_key_policies = [{ key_arn = "k", name = "default", policy = {} }]
-- given.policy_statements = [
--   { resource_arn = "k", policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::999999999999:root", principal_account_id = "999999999999", covered_actions = ["kms:Decrypt"], condition_class = "none" },
-- ]
-- expect = { "k arn:aws:iam::999999999999:root" = "fail" }
--
-- [[case]]
-- name = "while the organization or its units cannot be listed an account may be of the same unit"
-- given.aws_organizations_accounts = [{ arn = "o1", id = "111122223333" }, { arn = "o2", id = "444455556666" }]
-- given.aws_kms_keys = [{ arn = "k", key_manager = "CUSTOMER" }]
-- given.aws_kms_key_policies = [{ key_arn = "k", name = "default", policy = {} }]
-- given.policy_statements = [
--   { resource_arn = "k", policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::999999999999:root", principal_account_id = "999999999999", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "k", policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::444455556666:root", principal_account_id = "444455556666", covered_actions = ["kms:Decrypt"], condition_class = "none" },
-- ]
-- given.sync_scopes = [
--   { run_id = "r1", region = "global", table_name = "aws_organizations_accounts", operation = "ListAccounts", outcome = "denied" },
-- ]
-- expect = { "k arn:aws:iam::999999999999:root" = "unknown", "k arn:aws:iam::444455556666:root" = "unknown" }
-- ///
