-- /// check
-- title = "Key policies name no account that was closed or has left"
-- severity = "medium"
-- description = """
-- Permissions of a suspended or closed account outlive what they were given for, and an account that left the
-- organization may be in other hands. That an account has left is known if it was collected before. While the
-- organization cannot be listed, accounts that are not known otherwise may be closed.
-- """
-- remediation = "remove <related_id> from the key policy"
-- ///
with dead as (
  select id as account_id, 'is ' || lower(replace(state, '_', ' ')) as fate
  from aws_organizations_accounts
  where state in ('SUSPENDED', 'PENDING_CLOSURE', 'CLOSED')
  union
  select account_id, 'has left the organization'
  from sync_scopes
  where operation = 'Retire' and account_id not in (select account_id from known_accounts)
    and exists (from aws_organizations_accounts)
), named as (
  select
    p.key_arn, p.principal, list(distinct p.statement order by p.statement) as statements,
    list(distinct p.party order by p.party) as parties,
    string_agg(distinct d.account_id || ' ' || d.fate, ', ' order by d.account_id || ' ' || d.fate) as fates,
    if(bool_and(p.relation = 'unknown'), 'unknown', 'fail') as status
  from key_policy_permissions p
  left join dead d on d.account_id = p.party
  where p.relation <> 'own' and (d.account_id is not null or (p.relation = 'unknown' and p.party not like 'o-%'))
  group by p.key_arn, p.principal
)
select
  k.account_id, k.region, k.key_arn as resource_id, n.principal as related_id,
  coalesce(n.status, if(k.unread is null, 'pass', 'unknown')) as status,
  case
    when n.status = 'fail' then n.fates
    when n.status = 'unknown'
      then array_to_string(n.parties, ', ') || ' may be closed or have left: the organization could not be listed'
    else coalesce(k.unread, 'no account that it names is known to be closed')
  end as reason,
  to_json({'statements': n.statements}) as evidence
from customer_keys k
left join named n on n.key_arn = k.key_arn;

-- /// cases
-- [[case]]
-- name = "suspended, closing, closed and gone accounts; one about to be activated; one no longer selected; not read"
-- given.aws_organizations_accounts = [
--   { arn = "o1", id = "222222222222", state = "SUSPENDED" }, { arn = "o2", id = "333333333333", state = "PENDING_CLOSURE" },
--   { arn = "o3", id = "444455556666", state = "CLOSED" }, { arn = "o4", id = "555566667777", state = "PENDING_ACTIVATION" },
--   { arn = "o5", id = "666677778888", state = "ACTIVE" },
-- ]
-- given.sync_scopes = [
--   { run_id = "r0", account_id = "777788889999", region = "global", table_name = "aws_kms_keys", operation = "Retire", outcome = "gone" },
--   { run_id = "r0", account_id = "666677778888", region = "global", table_name = "aws_kms_keys", operation = "Retire", outcome = "gone" },
-- ]
-- given.aws_kms_keys = [{ arn = "dead", key_manager = "CUSTOMER" }, { arn = "alive", key_manager = "CUSTOMER" }, { arn = "unread", key_manager = "CUSTOMER" }]
-- given.aws_kms_key_policies = [{ key_arn = "dead", name = "default", policy = {} }, { key_arn = "alive", name = "default", policy = {} }]
-- given.policy_statements = [
--   { resource_arn = "dead", policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::222222222222:root", principal_account_id = "222222222222", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "dead", policy_kind = "key_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::333333333333:role/x", principal_account_id = "333333333333", covered_actions = ["kms:DescribeKey"], condition_class = "none" },
--   { resource_arn = "dead", policy_kind = "key_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:Decrypt"], condition_class = "account_bound", bound_to = ["444455556666"] },
--   { resource_arn = "dead", policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::777788889999:root", principal_account_id = "777788889999", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "alive", policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::555566667777:root", principal_account_id = "555566667777", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "alive", policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::666677778888:root", principal_account_id = "666677778888", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "alive", policy_kind = "key_policy", effect = "Deny", principal_kind = "account", principal = "arn:aws:iam::222222222222:root", principal_account_id = "222222222222", covered_actions = ["kms:Decrypt"], condition_class = "none" },
-- ]
-- [case.expect]
-- "dead arn:aws:iam::222222222222:root" = "fail"
-- "dead arn:aws:iam::333333333333:role/x" = "fail"
-- "dead *" = "fail"
-- "dead arn:aws:iam::777788889999:root" = "fail"
-- alive = "pass"
-- unread = "unknown"
--
-- [[case]]
-- name = "while the organization cannot be listed, an account that left may be back, and any other be closed"
-- given.aws_organizations_accounts = [{ arn = "o1", id = "111122223333", state = "SUSPENDED" }]
-- given.trusted_accounts = [{ account_id = "888888888888", label = "vendor" }]
-- given.sync_scopes = [
--   { run_id = "r0", account_id = "777788889999", region = "global", table_name = "aws_kms_keys", operation = "Retire", outcome = "gone" },
--   { run_id = "r1", region = "global", table_name = "aws_organizations_accounts", operation = "ListAccounts", outcome = "denied" },
-- ]
-- given.aws_kms_keys = [{ arn = "k", key_manager = "CUSTOMER" }, { arn = "known", key_manager = "CUSTOMER" }]
-- given.aws_kms_key_policies = [{ key_arn = "k", name = "default", policy = {} }, { key_arn = "known", name = "default", policy = {} }]
-- given.policy_statements = [
--   { resource_arn = "k", policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::777788889999:root", principal_account_id = "777788889999", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "k", policy_kind = "key_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::999999999999:role/x", principal_account_id = "999999999999", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "known", policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::111122223333:root", principal_account_id = "111122223333", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "known", policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::888888888888:root", principal_account_id = "888888888888", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "known", policy_kind = "key_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:Decrypt"], condition_class = "org_bound", bound_to = ["o-abc1234567"] },
-- ]
-- expect = { "k arn:aws:iam::777788889999:root" = "unknown", "k arn:aws:iam::999999999999:role/x" = "unknown", known = "pass" }
-- ///
