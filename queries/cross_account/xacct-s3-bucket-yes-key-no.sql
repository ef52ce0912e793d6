-- /// check
-- title = "Whom a bucket's policy lets read, the key lets decrypt"
-- severity = "high"
-- description = """
-- A bucket policy that lets another account read is half of the permission: without the key policy, or a grant, every
-- read ends in AccessDenied on kms:Decrypt. An account or organization of which only some roles may decrypt is fine.
-- Where somebody gets there by a role that he may assume, the finding is low. What another account lacks in its own
-- policies is another check's, and so are AWS managed keys.
-- """
-- remediation = "let <related_id> use kms:Decrypt in the key's policy, or take it out of the bucket's"
-- ///
with judged as (
  select
    p.*, list_contains(p.blocked_by, 'key_policy') as missing,
    (
      select list(m.member_arn order by m.member_arn)
      from path_members m
      where m.resource_arn = p.resource_arn and m.access = p.access and m.principal_arn = p.principal_arn
        and not list_contains(m.blocked_by, 'key_policy')
    ) as members
  from direct_paths p
  where p.access = 'read' and p.needs_key and p.opened
)
select
  account_id, region, resource_arn as resource_id, principal_arn as related_id,
  case
    when not missing then if(list_has_any(unread, ['key_policy', 'key_grant']), 'unknown', 'pass')
    when members is not null then 'pass'
    when list_has_any(unread, ['bucket_policy', 'access_point_policy']) then 'unknown'
    else 'fail'
  end as status,
  case
    when not missing and list_contains(unread, 'key_policy') then 'the policy of its key was not collected'
    when not missing and list_contains(unread, 'key_grant') then 'the grants of its key were not collected'
    when not missing then 'its key lets decrypt whom its policy lets read'
    when members is not null then 'its key lets some decrypt: ' || array_to_string(members[1:3], ', ')
      || if(len(members) > 3, printf(' and %d more', len(members) - 3), '')
    when list_has_any(unread, ['bucket_policy', 'access_point_policy'])
      then 'its key lets nobody decrypt here, but its own policy was not collected'
    else 'its policy lets read, but neither policy nor grants of ' || coalesce(key_arn, 'its key') || ' let decrypt'
      || otherwise
  end as reason,
  if(detour is not null, 'low', null) as severity, evidence
from judged;

-- /// cases
-- [[case]]
-- name = "the key says nothing, denies, allows, grants, or was not read; a bucket policy that was not read"
-- given.cross_account_paths = [
--   { bucket_arn = "arn:aws:s3:::b1", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", access = "read", bucket_policy = "allow", key_policy = "none", key_grant = "none", verdict = "blocked", blocked_by = ["key_policy"] },
--   { bucket_arn = "arn:aws:s3:::b2", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", access = "read", bucket_policy = "allow", s3_identity = "none", key_policy = "deny", key_grant = "none", verdict = "blocked", blocked_by = ["s3_identity", "key_policy"] },
--   { bucket_arn = "arn:aws:s3:::b3", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", access = "read", bucket_policy = "allow", key_policy = "allow", key_grant = "none", verdict = "allowed" },
--   { bucket_arn = "arn:aws:s3:::b4", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", access = "read", bucket_policy = "allow", key_policy = "none", key_grant = "allow", verdict = "allowed" },
--   { bucket_arn = "arn:aws:s3:::b5", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", access = "read", bucket_policy = "allow", key_policy = "unknown", key_grant = "unknown", verdict = "unknown" },
--   { bucket_arn = "arn:aws:s3:::b6", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", access = "read", bucket_policy = "allow", key_policy = "none", key_grant = "unknown", verdict = "unknown" },
--   { bucket_arn = "arn:aws:s3:::b7", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", access = "read", bucket_policy = "unknown", key_policy = "none", key_grant = "none", verdict = "blocked", blocked_by = ["key_policy"] },
--   { bucket_arn = "arn:aws:s3:::b8", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", access = "read", bucket_policy = "allow", key_policy = "allow", key_grant = "unknown", s3_identity = "unknown", verdict = "unknown" },
-- ]
-- [case.expect]
-- "arn:aws:s3:::b1 arn:aws:iam::444455556666:role/etl" = "fail"
-- "arn:aws:s3:::b2 arn:aws:iam::444455556666:role/etl" = "fail"
-- "arn:aws:s3:::b3 arn:aws:iam::444455556666:role/etl" = "pass"
-- "arn:aws:s3:::b4 arn:aws:iam::444455556666:role/etl" = "pass"
-- "arn:aws:s3:::b5 arn:aws:iam::444455556666:role/etl" = "unknown"
-- "arn:aws:s3:::b6 arn:aws:iam::444455556666:role/etl" = "unknown"
-- "arn:aws:s3:::b7 arn:aws:iam::444455556666:role/etl" = "unknown"
-- "arn:aws:s3:::b8 arn:aws:iam::444455556666:role/etl" = "pass"
--
-- [[case]]
-- name = "everybody of the organization meets the key's condition, and so does the organization as a whole"
-- given.cross_account_paths = [
--   { bucket_arn = "arn:aws:s3:::b1", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", access = "read", bucket_policy = "allow", key_policy = "conditional", key_grant = "none", verdict = "conditional" },
--   { bucket_arn = "arn:aws:s3:::b1", bucket_account_id = "111122223333", principal_arn = "arn:aws:organizations::111122223333:organization/o-abc1234567", access = "read", bucket_policy = "allow", key_policy = "allow", key_grant = "none", verdict = "allowed" },
--   { bucket_arn = "arn:aws:s3:::b1", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::999999999999:role/x", principal_account_id = "999999999999", access = "read", bucket_policy = "allow", key_policy = "none", key_grant = "none", verdict = "blocked", blocked_by = ["key_policy"] },
-- ]
-- [case.expect]
-- "arn:aws:s3:::b1 arn:aws:iam::444455556666:role/etl" = "pass"
-- "arn:aws:s3:::b1 arn:aws:organizations::111122223333:organization/o-abc1234567" = "pass"
-- "arn:aws:s3:::b1 arn:aws:iam::999999999999:role/x" = "fail"
--
-- [[case]]
-- name = "an account or organization on the bucket of which one role may decrypt, and one of which none may"
-- given.aws_organizations_accounts = [{ arn = "o1", id = "444455556666" }]
-- given.cross_account_paths = [
--   { bucket_arn = "arn:aws:s3:::b1", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:root", principal_account_id = "444455556666", access = "read", bucket_policy = "allow", key_policy = "none", key_grant = "none", verdict = "blocked", blocked_by = ["key_policy"] },
--   { bucket_arn = "arn:aws:s3:::b1", bucket_account_id = "111122223333", principal_arn = "arn:aws:organizations::111122223333:organization/o-abc1234567", access = "read", bucket_policy = "allow", key_policy = "none", key_grant = "none", verdict = "blocked", blocked_by = ["key_policy"] },
--   { bucket_arn = "arn:aws:s3:::b1", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", access = "read", bucket_policy = "allow", s3_identity = "none", key_policy = "allow", key_grant = "none", verdict = "blocked", blocked_by = ["s3_identity"] },
--   { bucket_arn = "arn:aws:s3:::b1", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::555566667777:root", principal_account_id = "555566667777", access = "read", bucket_policy = "allow", key_policy = "none", key_grant = "none", verdict = "blocked", blocked_by = ["key_policy"] },
-- ]
-- [case.expect]
-- "arn:aws:s3:::b1 arn:aws:iam::444455556666:root" = "pass"
-- "arn:aws:s3:::b1 arn:aws:organizations::111122223333:organization/o-abc1234567" = "pass"
-- "arn:aws:s3:::b1 arn:aws:iam::444455556666:role/etl" = "pass"
-- "arn:aws:s3:::b1 arn:aws:iam::555566667777:root" = "fail"
--
-- [[case]]
-- name = "by a role it gets there; writes, AWS managed keys, closed buckets, and whom nobody lets in are not this check's"
-- given.cross_account_paths = [
--   { bucket_arn = "arn:aws:s3:::b1", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", access = "read", bucket_policy = "allow", key_policy = "none", key_grant = "none", verdict = "blocked", blocked_by = ["key_policy"] },
--   { bucket_arn = "arn:aws:s3:::b1", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", via_role_arn = "arn:aws:iam::111122223333:role/reader", access = "read", key_policy = "allow", verdict = "conditional" },
--   { bucket_arn = "arn:aws:s3:::b2", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", access = "write", bucket_policy = "allow", key_policy = "none", key_grant = "none", verdict = "blocked", blocked_by = ["key_policy"] },
--   { bucket_arn = "arn:aws:s3:::b3", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", access = "read", bucket_policy = "allow", key_policy = "not_applicable", key_usable = "deny", verdict = "blocked", blocked_by = ["key_usable"] },
--   { bucket_arn = "arn:aws:s3:::b4", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", access = "read", bucket_policy = "none", key_policy = "none", key_grant = "none", verdict = "blocked", blocked_by = ["bucket_policy", "key_policy"] },
--   { bucket_arn = "arn:aws:s3:::b5", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::111122223333:role/app", principal_account_id = "111122223333", access = "read", s3_identity = "none", key_policy = "none", key_grant = "none", verdict = "blocked", blocked_by = ["s3_identity", "key_policy"] },
-- ]
-- expect = { "arn:aws:s3:::b1 arn:aws:iam::444455556666:role/etl" = "fail" }
-- ///
