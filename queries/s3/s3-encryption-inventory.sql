-- /// report
-- title = "How every bucket encrypts new objects"
-- description = """
-- The default encryption, and the key that it leads to. It describes new objects only: older ones may be encrypted
-- otherwise, or not at all.
-- """
-- ///
select
  b.account_id, a.label as account_name, b.region, b.name as bucket, b.sse_algorithm, r.reference_kind,
  r.key_arn, r.key_account_id, k.key_state, t.key_type, r.resolution, b.bucket_key_enabled,
  list_contains(b.blocked_encryption_types, 'SSE-C') as sse_c_blocked, b.versioning_status, b.object_ownership,
  b.object_lock_enabled, b.policy_is_public, b.collected_at
from aws_s3_buckets b
left join key_references r
  on r.resource_arn = b.arn and r.table_name = 'aws_s3_buckets' and r.attribute = 'default_encryption'
left join aws_kms_keys k on k.arn = r.key_arn
left join kms_key_types t on t.key_arn = r.key_arn
left join known_accounts a on a.account_id = b.account_id
order by b.account_id, b.region, b.name;

-- /// cases
-- [[case]]
-- name = "S3's own keys, the AWS managed key, a customer key of another account, and not collected"
-- given.aws_kms_keys = [
--   { account_id = "444455556666", arn = "arn:aws:kms:eu-west-1:444455556666:key/k1", key_id = "k1", key_manager = "CUSTOMER", origin = "AWS_KMS", key_spec = "SYMMETRIC_DEFAULT", key_state = "Enabled" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/k2", key_id = "k2", key_manager = "AWS", origin = "AWS_KMS", key_state = "Enabled" },
-- ]
-- given.aws_kms_aliases = [{ arn = "a", alias_name = "alias/aws/s3", target_key_id = "k2" }]
-- given.aws_s3_buckets = [
--   { arn = "arn:aws:s3:::b1", name = "b1", sse_algorithm = "AES256", blocked_encryption_types = ["SSE-C"] },
--   { arn = "arn:aws:s3:::b2", name = "b2", sse_algorithm = "aws:kms", blocked_encryption_types = ["NONE"] },
--   { arn = "arn:aws:s3:::b3", name = "b3", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:444455556666:key/k1" },
--   { arn = "arn:aws:s3:::b4", name = "b4" },
-- ]
-- expect = [
--   { bucket = "b1", sse_algorithm = "AES256", sse_c_blocked = true },
--   { bucket = "b2", reference_kind = "none", key_type = "AWS managed key", sse_c_blocked = false },
--   { bucket = "b3", key_account_id = "444455556666", key_state = "Enabled", resolution = "exact" },
--   { bucket = "b4" },
-- ]
-- ///
