-- /// check
-- title = "Whom bucket and key let in, policies of its own account let in, too"
-- severity = "medium"
-- description = """
-- Across accounts both sides must allow: what bucket and key say is no use without a policy of the principal's own
-- that allows the S3 action on the bucket and the KMS action on the key. An account as a whole is fine if one of its
-- roles or users is allowed. Only collected accounts are looked at. Within the bucket's account its policy is enough.
-- An alias as Resource allows no use of the key: name the key, or use the condition kms:ResourceAliases.
-- """
-- remediation = "allow s3:GetObject or s3:PutObject on the bucket's objects, and kms:Decrypt or kms:GenerateDataKey on the key's ARN, in a policy of <related_id>"
-- ///
with paths as (
  select
    p.*,
    case
      when p.principal_arn not like 'arn:%:root' then list_has_any(p.blocked_by, ['s3_identity', 'kms_identity'])
      else not exists (
        from path_members m
        where m.resource_arn = p.resource_arn and m.access = p.access and m.principal_arn = p.principal_arn
          and not list_has_any(m.blocked_by, ['s3_identity', 'kms_identity'])
      )
    end as missing,
    exists (
      from sync_coverage c
      where c.account_id = p.principal_account_id and c.table_name like 'aws_iam_%' and p.principal_arn like 'arn:%:root'
    ) as unlisted,
    exists (
      from identity_statements i
      where i.holder_arn = p.principal_arn and i.effect = 'Allow'
        and list_has_any(i.covered_actions, ['kms:Decrypt', 'kms:GenerateDataKey'])
        and len(list_filter(i.resources, r -> r like 'arn:%:kms:%:alias/%')) > 0
    ) as names_alias
  from direct_paths p
  where p.principal_account_id in (select account_id from aws_regions)
    and p.opened and not list_has_any(p.blocked_by, ['key_policy', 'key_usable'])
), judged as (
  select
    *, missing and not unlisted
      and not list_has_any(unread, ['bucket_policy', 'access_point_policy', 'key_policy', 'key_grant']) as broken,
    missing or list_has_any(unread, ['s3_identity', 'kms_identity']) as unsure
  from paths
)
select
  account_id, region, resource_arn as resource_id, principal_arn as related_id,
  case when bool_or(broken) then 'fail' when bool_or(unsure) then 'unknown' else 'pass' end as status,
  case
    when bool_or(broken) then 'it lets ' || string_agg(access, ' and ' order by access) filter (broken) || ', but '
      || if(principal_arn like 'arn:%:root', 'no role or user of the account is allowed to', 'policies of its own do not')
      || if(bool_or(names_alias and list_contains(blocked_by, 'kms_identity')),
        ': they name an alias, which allows no use of a key', '') || min(otherwise) filter (broken)
    when bool_or(unlisted and missing) then 'not all roles and users of the account were collected'
    when bool_or(unsure) then 'not all policies on the way were collected'
    else 'policies of its own allow what bucket and key let it do'
  end as reason,
  if(bool_and(detour is not null) filter (broken), 'low', null) as severity,
  to_json(list(evidence order by access)) as evidence
from judged
group by account_id, region, resource_arn, principal_arn;

-- /// cases
-- [[case]]
-- name = "S3 or KMS is missing, by an alias too; allowed; allowed on a condition; not read"
-- given.aws_regions = [{ account_id = "444455556666" }]
-- given.aws_iam_role_policies = [{ account_id = "444455556666", role_arn = "arn:aws:iam::444455556666:role/alias", policy_name = "p", policy_document = {} }]
-- given.policy_statements = [
--   { account_id = "444455556666", resource_arn = "arn:aws:iam::444455556666:role/alias", policy_kind = "inline_policy", policy_name = "p", effect = "Allow", covered_actions = ["kms:Decrypt"], resources = ["arn:aws:kms:eu-west-1:111122223333:alias/lake"], condition_class = "none" },
-- ]
-- given.cross_account_paths = [
--   { bucket_arn = "arn:aws:s3:::b", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/s3", principal_account_id = "444455556666", access = "read", bucket_policy = "allow", s3_identity = "none", key_policy = "allow", kms_identity = "allow", verdict = "blocked", blocked_by = ["s3_identity"] },
--   { bucket_arn = "arn:aws:s3:::b", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/alias", principal_account_id = "444455556666", access = "read", bucket_policy = "allow", s3_identity = "allow", key_policy = "allow", kms_identity = "none", verdict = "blocked", blocked_by = ["kms_identity"] },
--   { bucket_arn = "arn:aws:s3:::b", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/both", principal_account_id = "444455556666", access = "read", bucket_policy = "allow", s3_identity = "allow", key_policy = "allow", kms_identity = "allow", verdict = "allowed" },
--   { bucket_arn = "arn:aws:s3:::b", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/both", principal_account_id = "444455556666", access = "write", bucket_policy = "allow", s3_identity = "none", key_policy = "allow", kms_identity = "none", verdict = "blocked", blocked_by = ["s3_identity", "kms_identity"] },
--   { bucket_arn = "arn:aws:s3:::b", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/tagged", principal_account_id = "444455556666", access = "read", bucket_policy = "allow", s3_identity = "conditional", key_policy = "allow", kms_identity = "allow", verdict = "conditional" },
--   { bucket_arn = "arn:aws:s3:::b", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/unread", principal_account_id = "444455556666", access = "read", bucket_policy = "allow", s3_identity = "unknown", key_policy = "allow", kms_identity = "unknown", verdict = "unknown" },
--   { bucket_arn = "arn:aws:s3:::b", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/key", principal_account_id = "444455556666", access = "read", bucket_policy = "allow", s3_identity = "none", key_policy = "unknown", key_grant = "none", kms_identity = "none", verdict = "blocked", blocked_by = ["s3_identity"] },
-- ]
-- [case.expect]
-- "arn:aws:s3:::b arn:aws:iam::444455556666:role/s3" = "fail"
-- "arn:aws:s3:::b arn:aws:iam::444455556666:role/alias" = "fail"
-- "arn:aws:s3:::b arn:aws:iam::444455556666:role/both" = "fail"
-- "arn:aws:s3:::b arn:aws:iam::444455556666:role/tagged" = "pass"
-- "arn:aws:s3:::b arn:aws:iam::444455556666:role/unread" = "unknown"
-- "arn:aws:s3:::b arn:aws:iam::444455556666:role/key" = "unknown"
--
-- [[case]]
-- name = "an account of which nobody, somebody, or perhaps somebody is allowed; one that is not collected"
-- given.aws_regions = [{ account_id = "444455556666" }, { account_id = "555566667777" }, { account_id = "777788889999" }]
-- given.cross_account_paths = [
--   { bucket_arn = "arn:aws:s3:::b", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:root", principal_account_id = "444455556666", access = "read", bucket_policy = "allow", s3_identity = "allow", key_policy = "allow", kms_identity = "allow", verdict = "allowed" },
--   { bucket_arn = "arn:aws:s3:::b", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:user/ann", principal_account_id = "444455556666", access = "read", bucket_policy = "allow", s3_identity = "allow", key_policy = "allow", kms_identity = "none", verdict = "blocked", blocked_by = ["kms_identity"] },
--   { bucket_arn = "arn:aws:s3:::b", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::555566667777:root", principal_account_id = "555566667777", access = "read", bucket_policy = "allow", s3_identity = "allow", key_policy = "allow", kms_identity = "allow", verdict = "allowed" },
--   { bucket_arn = "arn:aws:s3:::b", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::555566667777:role/etl", principal_account_id = "555566667777", access = "read", bucket_policy = "allow", s3_identity = "allow", key_policy = "allow", kms_identity = "allow", verdict = "allowed" },
--   { bucket_arn = "arn:aws:s3:::b", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::777788889999:root", principal_account_id = "777788889999", access = "read", bucket_policy = "allow", s3_identity = "unknown", key_policy = "allow", kms_identity = "unknown", verdict = "unknown" },
--   { bucket_arn = "arn:aws:s3:::b", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::999999999999:root", principal_account_id = "999999999999", access = "read", bucket_policy = "allow", s3_identity = "unknown", key_policy = "allow", kms_identity = "unknown", verdict = "unknown" },
-- ]
-- given.sync_scopes = [
--   { run_id = "r1", account_id = "777788889999", region = "global", table_name = "aws_iam_roles", operation = "ListRoles", outcome = "denied" },
-- ]
-- [case.expect]
-- "arn:aws:s3:::b arn:aws:iam::444455556666:root" = "fail"
-- "arn:aws:s3:::b arn:aws:iam::444455556666:user/ann" = "fail"
-- "arn:aws:s3:::b arn:aws:iam::555566667777:root" = "pass"
-- "arn:aws:s3:::b arn:aws:iam::555566667777:role/etl" = "pass"
-- "arn:aws:s3:::b arn:aws:iam::777788889999:root" = "unknown"
--
-- [[case]]
-- name = "in the bucket's account its policy is enough, and whom nobody lets in is out; a role on the way; what bucket or key do not allow"
-- given.aws_regions = [{ account_id = "111122223333" }, { account_id = "444455556666" }]
-- given.cross_account_paths = [
--   { bucket_arn = "arn:aws:s3:::b", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::111122223333:role/app", principal_account_id = "111122223333", key_arn = "arn:aws:kms:eu-west-1:777788889999:key/k", key_account_id = "777788889999", access = "read", bucket_policy = "allow", s3_identity = "none", key_policy = "allow", kms_identity = "allow", verdict = "allowed" },
--   { bucket_arn = "arn:aws:s3:::b", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", access = "read", bucket_policy = "allow", s3_identity = "none", key_policy = "allow", verdict = "blocked", blocked_by = ["s3_identity"] },
--   { bucket_arn = "arn:aws:s3:::b", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", via_role_arn = "arn:aws:iam::111122223333:role/reader", access = "read", verdict = "allowed" },
--   { bucket_arn = "arn:aws:s3:::b", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/other", principal_account_id = "444455556666", access = "read", bucket_policy = "allow", s3_identity = "none", key_policy = "none", verdict = "blocked", blocked_by = ["s3_identity", "key_policy"] },
--   { bucket_arn = "arn:aws:s3:::b", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::111122223333:role/other", principal_account_id = "111122223333", key_arn = "arn:aws:kms:eu-west-1:777788889999:key/k", key_account_id = "777788889999", access = "read", bucket_policy = "none", s3_identity = "none", key_policy = "allow", verdict = "blocked", blocked_by = ["s3_identity"] },
-- ]
-- expect = { "arn:aws:s3:::b arn:aws:iam::111122223333:role/app" = "pass", "arn:aws:s3:::b arn:aws:iam::444455556666:role/etl" = "fail" }
-- ///
