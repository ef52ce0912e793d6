-- /// check
-- title = "Buckets under SSE-KMS use bucket keys"
-- severity = "low"
-- description = """
-- Without a bucket key every object costs a request to KMS, which is dear and can be throttled. With one, the
-- encryption context is the bucket's ARN instead of the object's: policies that name objects must allow both before
-- it is switched on. Double encryption (aws:kms:dsse) knows no bucket keys.
-- """
-- remediation = "aws s3api put-bucket-encryption with BucketKeyEnabled=true"
-- ///
select
  account_id, region, arn as resource_id, null as related_id,
  case
    when sse_algorithm is null or bucket_key_enabled is null then 'unknown'
    when bucket_key_enabled then 'pass'
    else 'fail'
  end as status,
  case
    when sse_algorithm is null then 'its default encryption was not collected'
    when bucket_key_enabled is null then 'whether it uses a bucket key was not collected'
    when bucket_key_enabled then 'it uses a bucket key'
    else 'every object is a request to KMS'
  end as reason,
  to_json({'kms_master_key_id': kms_master_key_id}) as evidence
from aws_s3_buckets
where sse_algorithm is null or sse_algorithm = 'aws:kms';

-- /// cases
-- [[case]]
-- name = "on, off, not collected, and where it does not exist"
-- given.aws_s3_buckets = [
--   { arn = "on", sse_algorithm = "aws:kms", bucket_key_enabled = true },
--   { arn = "off", sse_algorithm = "aws:kms", bucket_key_enabled = false },
--   { arn = "unread", sse_algorithm = "aws:kms" },
--   { arn = "double", sse_algorithm = "aws:kms:dsse", bucket_key_enabled = false },
--   { arn = "own", sse_algorithm = "AES256", bucket_key_enabled = false },
--   { arn = "unseen" },
-- ]
-- expect = { on = "pass", off = "fail", unread = "unknown", unseen = "unknown" }
-- ///
