-- /// check
-- title = "Buckets under SSE-KMS use customer managed keys"
-- severity = "low"
-- description = """
-- The AWS managed key aws/s3 has a policy that nobody can change, and no other account can ever use it: what is
-- encrypted under it cannot be shared. For a bucket that stays within its account that is no harm; medium where the
-- bucket's policy lets other accounts in.
-- """
-- remediation = "aws s3api put-bucket-encryption with the ARN of a customer managed key, then copy the objects onto themselves to re-encrypt them"
-- ///
select
  b.account_id, b.region, b.arn as resource_id, r.key_arn as related_id,
  case
    when b.sse_algorithm is null then 'unknown'
    when r.reference is null or r.reference like '%alias/aws/s3' or k.key_manager = 'AWS' then 'fail'
    when k.key_manager is null then 'unknown'
    else 'pass'
  end as status,
  case
    when b.sse_algorithm is null then 'its default encryption was not collected'
    when r.reference is null then 'it names no key, so the AWS managed key aws/s3 encrypts'
    when r.reference like '%alias/aws/s3' or k.key_manager = 'AWS' then 'its default key is the AWS managed key aws/s3'
    when r.key_arn is null then 'its default key was not found: ' || r.reference
    when k.key_manager is null then 'its default key was not collected'
    else 'its default key is a customer managed key'
  end as reason,
  if(b.arn in (select bucket_arn from bucket_shares), 'medium', 'low') as severity,
  to_json({'reference': r.reference}) as evidence
from aws_s3_buckets b
left join key_references r
  on r.resource_arn = b.arn and r.table_name = 'aws_s3_buckets' and r.attribute = 'default_encryption'
left join aws_kms_keys k on k.arn = r.key_arn
where b.sse_algorithm is null or b.sse_algorithm in ('aws:kms', 'aws:kms:dsse');

-- /// cases
-- [[case]]
-- name = "no key, the AWS managed key by alias and ARN, a customer key, one of an account unseen, and not collected"
-- given.aws_kms_keys = [
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/aws", key_id = "aws", key_manager = "AWS" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/own", key_id = "own", key_manager = "CUSTOMER" },
-- ]
-- given.aws_kms_aliases = [{ arn = "a", alias_name = "alias/aws/s3", target_key_id = "aws" }]
-- given.aws_s3_buckets = [
--   { arn = "arn:aws:s3:::b1", sse_algorithm = "aws:kms" },
--   { arn = "arn:aws:s3:::b2", sse_algorithm = "aws:kms", kms_master_key_id = "alias/aws/s3" },
--   { arn = "arn:aws:s3:::b3", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:111122223333:key/aws" },
--   { arn = "arn:aws:s3:::b4", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:111122223333:key/own" },
--   { arn = "arn:aws:s3:::b5", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:999988887777:key/theirs" },
--   { arn = "arn:aws:s3:::b6", sse_algorithm = "AES256" },
--   { arn = "arn:aws:s3:::b7" },
-- ]
-- [case.expect]
-- "arn:aws:s3:::b1 arn:aws:kms:eu-west-1:111122223333:key/aws" = "fail"
-- "arn:aws:s3:::b2 arn:aws:kms:eu-west-1:111122223333:key/aws" = "fail"
-- "arn:aws:s3:::b3 arn:aws:kms:eu-west-1:111122223333:key/aws" = "fail"
-- "arn:aws:s3:::b4 arn:aws:kms:eu-west-1:111122223333:key/own" = "pass"
-- "arn:aws:s3:::b5 arn:aws:kms:eu-west-1:999988887777:key/theirs" = "unknown"
-- "arn:aws:s3:::b7" = "unknown"
--
-- [[case]]
-- name = "shared with another account, with the own account and a service only"
-- given.aws_s3_buckets = [
--   { arn = "arn:aws:s3:::b1", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:111122223333:alias/aws/s3" },
--   { arn = "arn:aws:s3:::b2", sse_algorithm = "aws:kms:dsse" },
-- ]
-- given.policy_statements = [
--   { resource_arn = "arn:aws:s3:::b1", policy_kind = "bucket_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", covered_actions = ["s3:GetObject"], condition_class = "none" },
--   { resource_arn = "arn:aws:s3:::b2", policy_kind = "bucket_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::111122223333:root", principal_account_id = "111122223333", covered_actions = ["s3:GetObject"], condition_class = "none" },
--   { resource_arn = "arn:aws:s3:::b2", policy_kind = "bucket_policy", statement_index = 1, effect = "Allow", principal_kind = "service", principal = "cloudtrail.amazonaws.com", covered_actions = ["s3:PutObject"], condition_class = "none" },
-- ]
-- expect = { "arn:aws:s3:::b1" = "fail", "arn:aws:s3:::b2" = "fail" }
-- ///
