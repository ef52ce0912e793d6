-- /// check
-- title = "No guardrail undoes what policies share"
-- severity = "medium"
-- description = """
-- A share that nothing else stands in the way of, and yet a service control policy, a resource control policy, the
-- principal's permissions boundary or a public access block denies it, or does not allow it: either the guardrail
-- lacks an exception, or the share should go. Where somebody gets there by a role that he may assume, the finding is
-- low. What an account outside lacks is not known and does not matter here. Resource control policies bind neither
-- resources of the management account nor AWS managed keys nor service-linked roles. What a condition on tags leaves
-- open counts as open.
-- """
-- remediation = "except the share from the guardrail, or take it out of the policies"
-- ///
with agreed as (
  select
    *, blocked_by <> [] and not list_has_any(unread, ['bucket_policy', 'access_point_policy']) as broken,
    list_has_any(unread, ['scp', 's3_rcp', 'kms_rcp', 'permissions_boundary', 'public_access_block']) as open
  from direct_paths
  where not list_has_any(blocked_by, [
    'bucket_policy', 'access_point_policy', 's3_identity', 'key_policy', 'kms_identity', 'key_usable'
  ])
)
select
  account_id, region, resource_arn as resource_id, principal_arn as related_id,
  case when bool_or(broken) then 'fail' when bool_or(open or blocked_by <> []) then 'unknown' else 'pass' end as status,
  case
    when bool_or(broken) then string_agg(access, ' and ' order by access) filter (broken) || ' is shared, but: '
      || array_to_string(list_sort(list_distinct(flatten(list(blocked_by) filter (broken)))), ', ')
      || min(otherwise) filter (broken)
    when bool_or(open or blocked_by <> []) then 'not all policies on the way were collected'
    else 'no guardrail stands in the way'
  end as reason,
  if(bool_and(detour is not null) filter (broken), 'low', null) as severity,
  to_json(list(evidence order by access)) as evidence
from agreed
group by account_id, region, resource_arn, principal_arn;

-- /// cases
-- [[case]]
-- name = "each guardrail; none; not read; shares that are not agreed or not known to be"
-- given.cross_account_paths = [
--   { bucket_arn = "b", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/scp", access = "read", bucket_policy = "allow", s3_identity = "allow", key_policy = "allow", kms_identity = "allow", scp = "deny", verdict = "blocked", blocked_by = ["scp"] },
--   { bucket_arn = "b", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/bucket", access = "write", bucket_policy = "allow", s3_rcp = "deny", verdict = "blocked", blocked_by = ["s3_rcp"] },
--   { bucket_arn = "b", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/key", access = "read", bucket_policy = "allow", kms_rcp = "deny", verdict = "blocked", blocked_by = ["kms_rcp"] },
--   { bucket_arn = "b", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/bounded", access = "read", bucket_policy = "allow", permissions_boundary = "none", verdict = "blocked", blocked_by = ["permissions_boundary"] },
--   { bucket_arn = "b", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/bounded", access = "write", bucket_policy = "allow", permissions_boundary = "allow", verdict = "allowed" },
--   { bucket_arn = "b", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/free", access = "read", bucket_policy = "allow", scp = "allow", s3_rcp = "allow", kms_rcp = "allow", verdict = "allowed" },
--   { bucket_arn = "b", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/unread", access = "read", bucket_policy = "allow", scp = "unknown", verdict = "unknown" },
--   { bucket_arn = "b", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/unsure", access = "read", bucket_policy = "unknown", scp = "deny", verdict = "blocked", blocked_by = ["scp"] },
--   { bucket_arn = "b", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/none", access = "read", bucket_policy = "none", scp = "deny", verdict = "blocked", blocked_by = ["bucket_policy", "scp"] },
--   { bucket_arn = "b", bucket_account_id = "111122223333", principal_arn = "*", access = "read", bucket_policy = "allow", public_access_block = "deny", verdict = "blocked", blocked_by = ["public_access_block"] },
--   { bucket_arn = "b", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::999999999999:root", access = "read", bucket_policy = "allow", s3_identity = "unknown", scp = "unknown", s3_rcp = "deny", verdict = "blocked", blocked_by = ["s3_rcp"] },
-- ]
-- [case.expect]
-- "b arn:aws:iam::444455556666:role/scp" = "fail"
-- "b arn:aws:iam::444455556666:role/bucket" = "fail"
-- "b arn:aws:iam::444455556666:role/key" = "fail"
-- "b arn:aws:iam::444455556666:role/bounded" = "fail"
-- "b arn:aws:iam::444455556666:role/free" = "pass"
-- "b arn:aws:iam::444455556666:role/unread" = "unknown"
-- "b arn:aws:iam::444455556666:role/unsure" = "unknown"
-- "b *" = "fail"
-- "b arn:aws:iam::999999999999:root" = "fail"
--
-- [[case]]
-- name = "the management account, AWS managed keys, service-linked roles, tags, and a role on the way"
-- given.cross_account_paths = [
--   { bucket_arn = "b", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/managed", access = "read", bucket_policy = "allow", s3_rcp = "not_applicable", kms_rcp = "not_applicable", scp = "not_applicable", verdict = "allowed" },
--   { bucket_arn = "b", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX", access = "read", bucket_policy = "allow", s3_rcp = "not_applicable", scp = "not_applicable", verdict = "allowed" },
--   { bucket_arn = "b", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/aws-key", access = "read", bucket_policy = "allow", key_policy = "not_applicable", key_usable = "deny", kms_rcp = "not_applicable", verdict = "blocked", blocked_by = ["key_usable"] },
--   { bucket_arn = "b", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/tagged", access = "read", bucket_policy = "allow", s3_rcp = "conditional", verdict = "conditional" },
--   { bucket_arn = "b", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/hop", access = "read", bucket_policy = "allow", s3_rcp = "deny", verdict = "blocked", blocked_by = ["s3_rcp"] },
--   { bucket_arn = "b", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/hop", via_role_arn = "arn:aws:iam::111122223333:role/reader", access = "read", s3_rcp = "allow", verdict = "allowed" },
-- ]
-- [case.expect]
-- "b arn:aws:iam::444455556666:role/managed" = "pass"
-- "b arn:aws:iam::444455556666:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX" = "pass"
-- "b arn:aws:iam::444455556666:role/tagged" = "pass"
-- "b arn:aws:iam::444455556666:role/hop" = "fail"
-- ///
