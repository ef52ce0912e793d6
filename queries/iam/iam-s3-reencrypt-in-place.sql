-- /// check
-- title = "Nobody can put objects under another key in place"
-- severity = "high"
-- description = """
-- s3:UpdateObjectEncryption wraps the data key of an object anew, under a key of the caller's choice: no data is copied,
-- dates and ETag stay, so that it goes unnoticed. It takes kms:Decrypt or kms:ReEncrypt* as well, by a policy of the
-- role or user, or by the key's. By default the new key must be of the account that owns the bucket. s3:* contains it.
-- Permissions boundaries and service control policies are looked at; medium where one of those denies it on a condition.
-- """
-- remediation = "deny s3:UpdateObjectEncryption by a service control policy, but for the roles that need it"
-- ///
with holders as (
  select
    account_id, holder_arn,
    bool_or(effect = 'Allow' and list_contains(covered_actions, 's3:UpdateObjectEncryption')) as rewraps,
    bool_or(effect = 'Allow' and list_has_any(covered_actions, ['kms:Decrypt', 'kms:ReEncryptFrom', 'kms:ReEncryptTo']))
      as decrypts,
    bool_or(effect = 'Deny' and list_contains(covered_actions, 's3:UpdateObjectEncryption')
      and condition_class = 'none' and list_contains(resources, '*')) as denied,
    bool_or(effect is null) as unread,
    list_sort(list_distinct(flatten(list(coalesce(resources, ['*'])) filter (
      effect = 'Allow' and list_contains(covered_actions, 's3:UpdateObjectEncryption')
    )))) as scope
  from identity_statements
  where holder_arn not like '%:role/aws-service-role/%'
  group by account_id, holder_arn
), limits as (
  select
    b.account_id, b.arn as holder_arn, count(s.effect) = 0 as unread,
    bool_or(s.effect = 'Allow' and list_contains(s.covered_actions, 's3:UpdateObjectEncryption')) as leaves_room
  from (
    select account_id, arn, permissions_boundary_arn from aws_iam_roles where permissions_boundary_arn is not null
    union all
    select account_id, arn, permissions_boundary_arn from aws_iam_users where permissions_boundary_arn is not null
  ) b
  left join policy_statements s
    on s.policy_kind = 'managed_policy' and s.account_id = b.account_id and s.resource_arn = b.permissions_boundary_arn
  group by b.account_id, b.arn
), key_users as (
  select distinct principal_arn from key_access
  where capability = 'decrypt' and via_role_arn is null and verdict <> 'unknown'
), forbidden as (
  select account_id, bool_or(condition_class = 'none') as always
  from inherited_statements
  where policy_kind = 'scp' and effect = 'Deny' and list_contains(covered_actions, 's3:UpdateObjectEncryption')
    and list_contains(resources, '*')
  group by account_id
)
select
  h.account_id, 'global' as region, h.holder_arn as resource_id, null as related_id,
  case
    when h.denied or f.always or (not l.unread and not l.leaves_room) then 'pass'
    when h.unread or l.unread then 'unknown'
    when h.rewraps and (h.decrypts or u.principal_arn is not null)
      then if(exists (from sync_coverage where table_name like 'aws_organizations_%'), 'unknown', 'fail')
    else 'pass'
  end as status,
  case
    when h.denied then 'a Deny of its own forbids it'
    when f.always then 'a service control policy forbids it'
    when not l.unread and not l.leaves_room then 'its permissions boundary leaves no room for it'
    when h.unread or l.unread then 'not all of its policies were collected'
    when h.rewraps and (h.decrypts or u.principal_arn is not null)
      then 'it may put objects under another key: ' || array_to_string(h.scope[1:3], ', ')
        || if(len(h.scope) > 3, printf(' and %d more', len(h.scope) - 3), '')
        || if(f.always is null, '', '; a service control policy denies it on a condition')
    else 'it may use no key for that'
  end as reason,
  if(f.always is null, 'high', 'medium') as severity, to_json({'resources': h.scope}) as evidence
from holders h
left join limits l on l.account_id = h.account_id and l.holder_arn = h.holder_arn
left join key_users u on u.principal_arn = h.holder_arn
left join forbidden f on f.account_id = h.account_id
where h.rewraps or h.unread;

-- /// cases
-- [[case]]
-- name = "named, by s3:*, in two policies; without a key; denied by itself; none; a policy that was not read"
-- given.aws_iam_role_policies = [
--   { role_arn = "named", policy_name = "p", policy_document = {} }, { role_arn = "two", policy_name = "p", policy_document = {} },
--   { role_arn = "two", policy_name = "q", policy_document = {} }, { role_arn = "keyless", policy_name = "p", policy_document = {} },
--   { role_arn = "denied", policy_name = "p", policy_document = {} }, { role_arn = "other", policy_name = "p", policy_document = {} },
--   { role_arn = "broken", policy_name = "p" },
-- ]
-- given.aws_iam_users = [{ arn = "user", groups = ["g"] }]
-- given.aws_iam_group_policies = [{ group_arn = "group", group_name = "g", policy_name = "p", policy_document = {} }]
-- given.policy_statements = [
--   { resource_arn = "named", policy_kind = "inline_policy", policy_name = "p", effect = "Allow", actions = ["s3:UpdateObjectEncryption", "kms:*"], covered_actions = ["kms:Decrypt", "s3:UpdateObjectEncryption"], resources = ["arn:aws:s3:::b/*"], condition_class = "none" },
--   { resource_arn = "two", policy_kind = "inline_policy", policy_name = "p", effect = "Allow", actions = ["s3:*"], covered_actions = ["s3:GetObject", "s3:UpdateObjectEncryption"], resources = ["*"], condition_class = "none" },
--   { resource_arn = "two", policy_kind = "inline_policy", policy_name = "q", effect = "Allow", covered_actions = ["kms:ReEncryptFrom"], resources = ["*"], condition_class = "none" },
--   { resource_arn = "keyless", policy_kind = "inline_policy", policy_name = "p", effect = "Allow", actions = ["s3:*"], covered_actions = ["s3:GetObject", "s3:UpdateObjectEncryption"], resources = ["*"], condition_class = "none" },
--   { resource_arn = "denied", policy_kind = "inline_policy", policy_name = "p", effect = "Allow", actions = ["*"], covered_actions = ["kms:Decrypt", "s3:UpdateObjectEncryption"], resources = ["*"], condition_class = "none" },
--   { resource_arn = "denied", policy_kind = "inline_policy", policy_name = "p", effect = "Deny", covered_actions = ["s3:UpdateObjectEncryption"], resources = ["*"], condition_class = "none", statement_index = 1 },
--   { resource_arn = "other", policy_kind = "inline_policy", policy_name = "p", effect = "Allow", covered_actions = ["kms:Decrypt", "s3:GetObject"], resources = ["*"], condition_class = "none" },
--   { resource_arn = "group", policy_kind = "inline_policy", policy_name = "p", effect = "Allow", actions = ["*"], covered_actions = ["kms:Decrypt", "s3:UpdateObjectEncryption"], resources = ["*"], condition_class = "none" },
-- ]
-- expect = { named = "fail", two = "fail", keyless = "pass", denied = "pass", broken = "unknown", user = "fail" }
--
-- [[case]]
-- name = "denied by a service control policy, with and without a condition"
-- given.aws_organizations_accounts = [{ arn = "o1", id = "111122223333", parent_id = "r-1" }, { arn = "o2", id = "444455556666", parent_id = "r-1" }]
-- given.aws_organizations_policy_targets = [{ policy_arn = "always", target_id = "111122223333" }, { policy_arn = "but", target_id = "r-1" }]
-- given.aws_iam_role_policies = [
--   { role_arn = "never", policy_name = "p", policy_document = {} }, { account_id = "444455556666", role_arn = "perhaps", policy_name = "p", policy_document = {} },
-- ]
-- given.policy_statements = [
--   { resource_arn = "never", policy_kind = "inline_policy", policy_name = "p", effect = "Allow", covered_actions = ["kms:Decrypt", "s3:UpdateObjectEncryption"], resources = ["*"], condition_class = "none" },
--   { account_id = "444455556666", resource_arn = "perhaps", policy_kind = "inline_policy", policy_name = "p", effect = "Allow", covered_actions = ["kms:Decrypt", "s3:UpdateObjectEncryption"], resources = ["*"], condition_class = "none" },
--   { resource_arn = "always", policy_kind = "scp", effect = "Deny", covered_actions = ["s3:UpdateObjectEncryption"], resources = ["*"], condition_class = "none" },
--   { resource_arn = "but", policy_kind = "scp", effect = "Deny", covered_actions = ["s3:UpdateObjectEncryption"], resources = ["*"], condition_class = "weak", condition_keys = ["aws:principalarn"] },
-- ]
-- expect = { never = "pass", perhaps = "fail" }
--
-- [[case]]
-- name = "by the key's policy instead of its own; permissions boundaries; service-linked roles"
-- given.aws_iam_roles = [
--   { arn = "limited", permissions_boundary_arn = "narrow" }, { arn = "roomy", permissions_boundary_arn = "wide" }, { arn = "unsure", permissions_boundary_arn = "gone" },
-- ]
-- given.aws_iam_role_policies = [
--   { role_arn = "named", policy_name = "p", policy_document = {} }, { role_arn = "limited", policy_name = "p", policy_document = {} },
--   { role_arn = "roomy", policy_name = "p", policy_document = {} }, { role_arn = "unsure", policy_name = "p", policy_document = {} },
--   { role_arn = "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/X", policy_name = "p", policy_document = {} },
-- ]
-- given.key_access = [{ key_arn = "k", principal_arn = "named", principal_kind = "role", capability = "decrypt", route = "key_policy", verdict = "allowed" }]
-- given.policy_statements = [
--   { resource_arn = "named", policy_kind = "inline_policy", policy_name = "p", effect = "Allow", covered_actions = ["s3:UpdateObjectEncryption"], resources = ["*"], condition_class = "none" },
--   { resource_arn = "limited", policy_kind = "inline_policy", policy_name = "p", effect = "Allow", covered_actions = ["kms:Decrypt", "s3:UpdateObjectEncryption"], resources = ["*"], condition_class = "none" },
--   { resource_arn = "roomy", policy_kind = "inline_policy", policy_name = "p", effect = "Allow", covered_actions = ["kms:Decrypt", "s3:UpdateObjectEncryption"], resources = ["*"], condition_class = "none" },
--   { resource_arn = "unsure", policy_kind = "inline_policy", policy_name = "p", effect = "Allow", covered_actions = ["kms:Decrypt", "s3:UpdateObjectEncryption"], resources = ["*"], condition_class = "none" },
--   { resource_arn = "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/X", policy_kind = "inline_policy", policy_name = "p", effect = "Allow", covered_actions = ["kms:Decrypt", "s3:UpdateObjectEncryption"], resources = ["*"], condition_class = "none" },
--   { resource_arn = "narrow", policy_kind = "managed_policy", effect = "Allow", covered_actions = ["s3:GetObject"], resources = ["*"], condition_class = "none" },
--   { resource_arn = "wide", policy_kind = "managed_policy", effect = "Allow", covered_actions = ["s3:GetObject", "s3:UpdateObjectEncryption"], resources = ["*"], condition_class = "none" },
-- ]
-- expect = { named = "fail", limited = "pass", roomy = "fail", unsure = "unknown" }
--
-- [[case]]
-- name = "while policies of the organization were not collected, one of them may forbid it"
-- given.aws_iam_role_policies = [{ role_arn = "r", policy_name = "p", policy_document = {} }]
-- given.policy_statements = [
--   { resource_arn = "r", policy_kind = "inline_policy", policy_name = "p", effect = "Allow", covered_actions = ["kms:Decrypt", "s3:UpdateObjectEncryption"], resources = ["*"], condition_class = "none" },
-- ]
-- given.sync_scopes = [
--   { run_id = "r1", account_id = "999999999999", region = "global", table_name = "aws_organizations_policies", operation = "ListPolicies", outcome = "denied" },
-- ]
-- expect = { r = "unknown" }
-- ///
