-- /// check
-- title = "Key policies permit other accounts only what they can use"
-- severity = "low"
-- description = """
-- KMS takes most requests about a key from its own account only: another account that may change the key policy or
-- schedule the deletion cannot. The permission shows that something else was meant, and misleads whoever reads it. Of
-- a statement that permits both kinds, only what has no effect is listed.
-- """
-- remediation = "remove the actions in the evidence from the statement for <related_id>"
-- ///
with idle as (
  select
    key_arn, principal, list(distinct statement order by statement) as statements,
    list_sort(list_distinct(flatten(list(list_filter(actions, a -> not list_contains(uses, a) and a not in (
      'kms:DescribeKey', 'kms:GetKeyRotationStatus', 'kms:GetPublicKey', 'kms:ListGrants', 'kms:RetireGrant',
      'kms:RevokeGrant'
    )))))) as actions
  from key_policy_permissions
  where relation in ('organization', 'collected', 'trusted', 'external', 'unknown') and principal_kind <> 'everybody'
  group by key_arn, principal
)
select
  k.account_id, k.region, k.key_arn as resource_id, i.principal as related_id,
  case when i.key_arn is not null then 'fail' when k.unread is null then 'pass' else 'unknown' end as status,
  case
    when i.key_arn is not null
      then array_to_string(i.actions[1:3], ', ') || if(len(i.actions) > 3, ' and ' || len(i.actions) - 3 || ' more', '')
        || ': permitted to ' || i.principal || ' without effect'
    else coalesce(k.unread, 'what it permits to other accounts has an effect')
  end as reason,
  to_json({'statements': i.statements, 'actions': i.actions}) as evidence
from customer_keys k
left join idle i on i.key_arn = k.key_arn and len(i.actions) > 0;

-- /// cases
-- [[case]]
-- name = "only without effect, both kinds, only with effect, the own account, and not read"
-- given.aws_organizations_accounts = [{ arn = "o1", id = "444455556666" }]
-- given.aws_kms_keys = [{ arn = "idle", key_manager = "CUSTOMER" }, { arn = "good", key_manager = "CUSTOMER" }, { arn = "unread", key_manager = "CUSTOMER" }]
-- given.aws_kms_key_policies = [{ key_arn = "idle", name = "default", policy = {} }, { key_arn = "good", name = "default", policy = {} }]
-- given.policy_statements = [
--   { resource_arn = "idle", policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::999999999999:root", principal_account_id = "999999999999", covered_actions = ["kms:PutKeyPolicy"], condition_class = "none" },
--   { resource_arn = "idle", policy_kind = "key_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::444455556666:role/admin", principal_account_id = "444455556666", covered_actions = ["kms:Decrypt", "kms:ListKeys", "kms:ScheduleKeyDeletion", "kms:GetKeyPolicy", "kms:EnableKey"], condition_class = "none" },
--   { resource_arn = "good", policy_kind = "key_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", covered_actions = ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GetKeyRotationStatus", "kms:GetPublicKey", "kms:ListGrants", "kms:ReEncryptFrom", "kms:RetireGrant", "kms:RevokeGrant"], condition_class = "none" },
--   { resource_arn = "good", policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::111122223333:root", principal_account_id = "111122223333", covered_actions = ["kms:PutKeyPolicy"], condition_class = "none" },
--   { resource_arn = "good", policy_kind = "key_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:PutKeyPolicy"], condition_class = "account_bound", bound_to = ["111122223333", "444455556666"] },
-- ]
-- [case.expect]
-- "idle arn:aws:iam::999999999999:root" = "fail"
-- "idle arn:aws:iam::444455556666:role/admin" = "fail"
-- good = "pass"
-- unread = "unknown"
-- ///
