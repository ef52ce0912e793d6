-- /// check
-- title = "Shared buckets do not rest on the AWS managed key"
-- severity = "high"
-- description = """
-- The key aws/s3 has a policy that nobody can change and serves its own account only. A bucket policy or access point
-- that opens objects under it to another account can never work, whatever else is loosened; where the other side may
-- assume a role in the bucket's account, which works, the finding is low. What another account writes under this
-- default may end up under a key that the bucket's owner cannot use: AWS does not say whose, so the verdict is
-- unknown. Judged by today's default: older objects may be under another key or S3's own. Services that deliver to the
-- bucket are not looked at.
-- """
-- remediation = "aws s3api put-bucket-encryption with the ARN of a customer managed key, let the other account use it in the key policy, and copy the objects onto themselves to re-encrypt them"
-- ///
with shared as (
  select
    p.*, coalesce(p.key_basis = 'aws_managed' or k.key_manager = 'AWS', false) as managed,
    p.key_basis = 'unknown' or (p.key_basis in ('key_arn', 'key_id') and k.key_manager is null) as unseen
  from direct_paths p
  left join aws_kms_keys k on k.arn = p.key_arn
  where p.principal_account_id is distinct from p.account_id and p.key_basis not in ('sse_s3', 'other')
    and p.opened
), judged as (
  select *, managed and list_contains(blocked_by, 'key_usable') as broken
  from shared
)
select
  account_id, region, resource_arn as resource_id, principal_arn as related_id,
  case when bool_or(broken) then 'fail' when bool_or(unseen or managed) then 'unknown' else 'pass' end as status,
  case
    when bool_or(broken) then 'its policy allows ' || string_agg(access, ' and ' order by access) filter (broken)
      || ', but its default key is an AWS managed key, which no other account can use'
      || min(otherwise) filter (broken)
    when bool_or(managed) then 'AWS does not say whose aws/s3 encrypts what another account writes'
    when bool_or(unseen) then 'its default key was not collected'
    else 'its default key is not an AWS managed key'
  end as reason,
  if(bool_and(detour is not null) filter (broken), 'low', null) as severity,
  to_json(list(evidence order by access)) as evidence
from judged
group by account_id, region, resource_arn, principal_arn;

-- /// cases
-- [[case]]
-- name = "aws/s3 by default and by ARN fails readers; writers are open; a customer key is fine, an unseen one unknown"
-- given.aws_kms_keys = [
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/aws", key_manager = "AWS" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/own", key_manager = "CUSTOMER" },
-- ]
-- given.cross_account_paths = [
--   { bucket_arn = "arn:aws:s3:::b1", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:root", principal_account_id = "444455556666", access = "read", key_basis = "aws_managed", bucket_policy = "allow", key_policy = "not_applicable", key_usable = "deny", verdict = "blocked", blocked_by = ["key_usable"] },
--   { bucket_arn = "arn:aws:s3:::b1", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:root", principal_account_id = "444455556666", access = "write", key_basis = "aws_managed", bucket_policy = "allow", key_policy = "not_applicable", key_usable = "unknown", verdict = "unknown" },
--   { bucket_arn = "arn:aws:s3:::b2", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", access = "write", key_basis = "aws_managed", bucket_policy = "allow", key_policy = "not_applicable", key_usable = "unknown", verdict = "unknown" },
--   { bucket_arn = "arn:aws:s3:::b3", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", access = "read", key_basis = "key_arn", key_arn = "arn:aws:kms:eu-west-1:111122223333:key/aws", bucket_policy = "conditional", key_policy = "not_applicable", key_usable = "deny", verdict = "blocked", blocked_by = ["key_usable"] },
--   { bucket_arn = "arn:aws:s3:::b3", bucket_account_id = "111122223333", access_point_arn = "arn:aws:s3:eu-west-1:111122223333:accesspoint/p", principal_arn = "*", access = "read", key_basis = "key_arn", key_arn = "arn:aws:kms:eu-west-1:111122223333:key/aws", bucket_policy = "allow", access_point_policy = "allow", key_policy = "not_applicable", key_usable = "deny", verdict = "blocked", blocked_by = ["key_usable"] },
--   { bucket_arn = "arn:aws:s3:::b4", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", access = "read", key_basis = "key_arn", key_arn = "arn:aws:kms:eu-west-1:111122223333:key/own", bucket_policy = "allow", key_policy = "allow", key_usable = "allow", verdict = "allowed" },
--   { bucket_arn = "arn:aws:s3:::b5", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", access = "read", key_basis = "key_arn", key_arn = "arn:aws:kms:eu-west-1:999988887777:key/theirs", bucket_policy = "allow", key_policy = "unknown", key_usable = "unknown", verdict = "unknown" },
-- ]
-- [case.expect]
-- "arn:aws:s3:::b1 arn:aws:iam::444455556666:root" = "fail"
-- "arn:aws:s3:::b2 arn:aws:iam::444455556666:role/etl" = "unknown"
-- "arn:aws:s3:::b3 arn:aws:iam::444455556666:role/etl" = "fail"
-- "arn:aws:s3:eu-west-1:111122223333:accesspoint/p *" = "fail"
-- "arn:aws:s3:::b4 arn:aws:iam::444455556666:role/etl" = "pass"
-- "arn:aws:s3:::b5 arn:aws:iam::444455556666:role/etl" = "unknown"
--
-- [[case]]
-- name = "where a role in the bucket's account gets there, for sure or perhaps, it is broken all the same"
-- given.cross_account_paths = [
--   { bucket_arn = "arn:aws:s3:::b1", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", access = "read", key_basis = "aws_managed", bucket_policy = "allow", key_usable = "deny", verdict = "blocked", blocked_by = ["key_usable"] },
--   { bucket_arn = "arn:aws:s3:::b1", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", via_role_arn = "arn:aws:iam::111122223333:role/reader", access = "read", key_basis = "aws_managed", key_usable = "allow", verdict = "allowed" },
--   { bucket_arn = "arn:aws:s3:::b1", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::999999999999:root", principal_account_id = "999999999999", access = "read", key_basis = "aws_managed", bucket_policy = "allow", key_usable = "deny", verdict = "blocked", blocked_by = ["key_usable"] },
--   { bucket_arn = "arn:aws:s3:::b1", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::999999999999:root", principal_account_id = "999999999999", via_role_arn = "arn:aws:iam::111122223333:role/reader", access = "read", key_basis = "aws_managed", key_usable = "allow", verdict = "unknown" },
-- ]
-- expect = { "arn:aws:s3:::b1 arn:aws:iam::444455556666:role/etl" = "fail", "arn:aws:s3:::b1 arn:aws:iam::999999999999:root" = "fail" }
--
-- [[case]]
-- name = "S3's own keys, the bucket's own account, services, and buckets whose policy lets nobody in"
-- given.policy_statements = [
--   { resource_arn = "arn:aws:s3:::b4", policy_kind = "bucket_policy", effect = "Allow", principal_kind = "service", principal = "delivery.logs.amazonaws.com", covered_actions = ["s3:PutObject"], condition_class = "none" },
-- ]
-- given.aws_s3_buckets = [{ arn = "arn:aws:s3:::b4", sse_algorithm = "aws:kms" }]
-- given.cross_account_paths = [
--   { bucket_arn = "arn:aws:s3:::b1", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", access = "read", key_basis = "sse_s3", bucket_policy = "allow", key_policy = "not_applicable", key_usable = "not_applicable", verdict = "allowed" },
--   { bucket_arn = "arn:aws:s3:::b2", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::111122223333:role/app", principal_account_id = "111122223333", access = "read", key_basis = "key_arn", key_arn = "arn:aws:kms:eu-west-1:999988887777:key/theirs", key_usable = "deny", verdict = "blocked", blocked_by = ["key_usable"] },
--   { bucket_arn = "arn:aws:s3:::b3", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", access = "read", key_basis = "aws_managed", bucket_policy = "none", key_usable = "deny", verdict = "blocked", blocked_by = ["bucket_policy", "key_usable"] },
-- ]
-- expect = {}
-- ///
