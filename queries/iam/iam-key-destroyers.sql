-- /// check
-- title = "No role that outsiders may assume can destroy a key that data depends on"
-- severity = "high"
-- description = """
-- Scheduling the deletion of a key, disabling it, deleting its material, changing its policy, or pointing its alias
-- elsewhere, is left to the account that owns it; and so is cutting off or deleting the custom key store that it is in.
-- Looked at are that account's roles that may do so to a key on which more than `dependants` resources depend, and
-- whether their trust policies let in an account that is not known. Other accounts of the organization are no outsiders,
-- and neither are partners.
-- """
-- frameworks = ["aws_fsbp/KMS.3"]
-- remediation = "deny these actions by a service control policy, but for a break-glass role that asks for MFA, and take the outsiders out of the trust policy of <resource_id>"
-- [parameters]
-- dependants = { default = 0, help = "resources that may depend on a key without its counting" }
-- ///
with keys as (
  select k.arn, k.account_id, k.custom_key_store_id, count(distinct r.resource_arn) as dependants
  from aws_kms_keys k
  join key_references r on r.key_arn = k.arn
  group by k.arn, k.account_id, k.custom_key_store_id
  having count(distinct r.resource_arn) > $dependants
), destroyers as (
  select k.account_id, a.principal_arn as role_arn, k.arn as key_arn, a.verdict
  from keys k
  join key_access a on a.key_arn = k.arn
  where a.principal_kind = 'role' and a.via_role_arn is null and a.principal_account_id = k.account_id
    and (a.capability = 'destroy' or (a.capability = 'administer'
      and list_has_any(a.actions, ['kms:PutKeyPolicy', 'kms:UpdateAlias'])))
  union
  select k.account_id, i.holder_arn, k.arn, 'allowed'
  from keys k
  join identity_statements i on i.account_id = k.account_id
  where k.custom_key_store_id is not null and i.effect = 'Allow' and i.holder_arn like 'arn:%:role/%'
    and list_has_any(i.covered_actions, ['kms:DeleteCustomKeyStore', 'kms:DisconnectCustomKeyStore'])
), roles as (
  select
    account_id, role_arn, bool_or(verdict <> 'unknown') as certain, list(distinct key_arn order by key_arn) as keys
  from destroyers
  group by account_id, role_arn
), outsiders as (
  select
    role_arn, bool_or(relation <> 'unknown') as certain, list(distinct principal order by principal) as principals
  from role_trusts
  where relation in ('external', 'everybody', 'unknown')
  group by role_arn
)
select
  r.account_id, 'global' as region, r.role_arn as resource_id, null as related_id,
  case when o.role_arn is null then 'pass' when r.certain and o.certain then 'fail' else 'unknown' end as status,
  case
    when o.role_arn is null then 'it may destroy keys, but no outsider may assume it'
    when not o.certain then array_to_string(o.principals, ', ')
      || ' may be of the organization, whose accounts could not be listed'
    when not r.certain then 'whether it may destroy ' || r.keys[1] || ' is not known'
    else array_to_string(o.principals, ', ') || ' may assume it, and it may destroy '
      || array_to_string(r.keys[1:3], ', ')
      || if(len(r.keys) > 3, printf(' and %d more', len(r.keys) - 3), '')
  end as reason,
  to_json({'keys': r.keys, 'outsiders': o.principals}) as evidence
from roles r
left join outsiders o on o.role_arn = r.role_arn;

-- /// cases
-- [[case]]
-- name = "outsiders may assume a role that destroys, one that does not, one of another account; a partner; the organization"
-- given.aws_organizations_accounts = [{ arn = "o1", id = "111122223333" }, { arn = "o2", id = "444455556666" }]
-- given.trusted_accounts = [{ account_id = "777788889999", label = "vendor" }]
-- given.aws_kms_keys = [
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/used", key_id = "used" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/idle", key_id = "idle" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/store", key_id = "store", custom_key_store_id = "cks-1" },
-- ]
-- given.aws_s3_buckets = [
--   { arn = "arn:aws:s3:::b1", sse_algorithm = "aws:kms", kms_master_key_id = "used" }, { arn = "arn:aws:s3:::b2", sse_algorithm = "aws:kms", kms_master_key_id = "store" },
-- ]
-- given.aws_iam_role_policies = [{ role_arn = "arn:aws:iam::111122223333:role/store", policy_name = "p", policy_document = {} }]
-- given.key_access = [
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/used", principal_arn = "deletes", principal_kind = "role", principal_account_id = "111122223333", capability = "destroy", actions = ["kms:ScheduleKeyDeletion"], verdict = "allowed" },
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/used", principal_arn = "policy", principal_kind = "role", principal_account_id = "111122223333", capability = "administer", actions = ["kms:PutKeyPolicy"], verdict = "conditional" },
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/used", principal_arn = "tags", principal_kind = "role", principal_account_id = "111122223333", capability = "administer", actions = ["kms:TagResource"], verdict = "allowed" },
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/used", principal_arn = "partner", principal_kind = "role", principal_account_id = "111122223333", capability = "destroy", actions = ["kms:DisableKey"], verdict = "allowed" },
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/used", principal_arn = "own", principal_kind = "role", principal_account_id = "111122223333", capability = "destroy", actions = ["kms:DisableKey"], verdict = "allowed" },
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/used", principal_arn = "perhaps", principal_kind = "role", principal_account_id = "111122223333", capability = "destroy", actions = ["kms:DisableKey"], verdict = "unknown" },
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/used", principal_arn = "foreign", principal_kind = "role", principal_account_id = "444455556666", capability = "destroy", actions = ["kms:DisableKey"], verdict = "allowed" },
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/used", principal_arn = "arn:aws:iam::999999999999:root", principal_kind = "account", principal_account_id = "999999999999", via_role_arn = "deletes", capability = "destroy", actions = ["kms:DisableKey"], verdict = "conditional" },
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/idle", principal_arn = "idle", principal_kind = "role", principal_account_id = "111122223333", capability = "destroy", actions = ["kms:DisableKey"], verdict = "allowed" },
-- ]
-- given.policy_statements = [
--   { resource_arn = "deletes", policy_kind = "trust_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::999999999999:root", principal_account_id = "999999999999", covered_actions = ["sts:AssumeRole"], condition = { StringEquals = { "sts:ExternalId" = "x" } }, condition_class = "weak" },
--   { resource_arn = "policy", policy_kind = "trust_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["sts:AssumeRole"], condition_class = "none" },
--   { resource_arn = "tags", policy_kind = "trust_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["sts:AssumeRole"], condition_class = "none" },
--   { resource_arn = "partner", policy_kind = "trust_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::777788889999:root", principal_account_id = "777788889999", covered_actions = ["sts:AssumeRole"], condition_class = "none" },
--   { resource_arn = "own", policy_kind = "trust_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::444455556666:root", principal_account_id = "444455556666", covered_actions = ["sts:AssumeRole"], condition_class = "none" },
--   { resource_arn = "perhaps", policy_kind = "trust_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["sts:AssumeRole"], condition_class = "none" },
--   { resource_arn = "foreign", policy_kind = "trust_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["sts:AssumeRole"], condition_class = "none" },
--   { resource_arn = "idle", policy_kind = "trust_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["sts:AssumeRole"], condition_class = "none" },
--   { resource_arn = "arn:aws:iam::111122223333:role/store", policy_kind = "trust_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["sts:AssumeRole"], condition_class = "none" },
--   { resource_arn = "arn:aws:iam::111122223333:role/store", policy_kind = "inline_policy", policy_name = "p", effect = "Allow", covered_actions = ["kms:DisconnectCustomKeyStore"], resources = ["*"], condition_class = "none" },
-- ]
-- expect = { deletes = "fail", policy = "fail", partner = "pass", own = "pass", perhaps = "unknown", "arn:aws:iam::111122223333:role/store" = "fail" }
--
-- [[case]]
-- name = "fewer dependants than count"
-- parameters = { dependants = 1 }
-- given.aws_kms_keys = [{ arn = "arn:aws:kms:eu-west-1:111122223333:key/used", key_id = "used" }]
-- given.aws_s3_buckets = [{ arn = "arn:aws:s3:::b1", sse_algorithm = "aws:kms", kms_master_key_id = "used" }]
-- given.key_access = [
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/used", principal_arn = "deletes", principal_kind = "role", principal_account_id = "111122223333", capability = "destroy", actions = ["kms:ScheduleKeyDeletion"], verdict = "allowed" },
-- ]
-- expect = {}
-- ///
