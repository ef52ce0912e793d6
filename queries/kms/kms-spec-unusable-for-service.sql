-- /// check
-- title = "Resources name keys that their service can use"
-- severity = "high"
-- description = """
-- S3 encrypts with symmetric encryption keys only, yet stores whatever key it is given without a look at it: writes
-- fail later. One row per resource and key.
-- """
-- remediation = "give the resource a symmetric encryption key"
-- ///
select distinct
  r.account_id, r.region, r.resource_arn as resource_id, coalesce(r.key_arn, r.reference) as related_id,
  case
    when k.key_spec is null or k.key_usage is null then 'unknown'
    when k.key_spec = 'SYMMETRIC_DEFAULT' and k.key_usage = 'ENCRYPT_DECRYPT' then 'pass'
    else 'fail'
  end as status,
  case
    when r.key_arn is null then 'the key that it names was not found: ' || coalesce(r.reference, 'alias/aws/s3')
    when k.arn is null then 'the key that it names was not collected'
    when k.key_spec is null or k.key_usage is null then 'the key that it names could not be described'
    when k.key_spec = 'SYMMETRIC_DEFAULT' and k.key_usage = 'ENCRYPT_DECRYPT' then 'a symmetric encryption key'
    else printf('the key is %s for %s, of no use to S3', k.key_spec, k.key_usage)
  end as reason,
  to_json({'key_spec': k.key_spec, 'key_usage': k.key_usage}) as evidence
from key_references r
left join aws_kms_keys k on k.arn = r.key_arn;

-- /// cases
-- [[case]]
-- name = "symmetric, asymmetric, not collected, not described, and an alias that leads nowhere"
-- given.aws_kms_keys = [
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/good", key_spec = "SYMMETRIC_DEFAULT", key_usage = "ENCRYPT_DECRYPT" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/rsa", key_spec = "RSA_2048", key_usage = "SIGN_VERIFY" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/unseen" },
-- ]
-- given.aws_s3_buckets = [
--   { arn = "arn:aws:s3:::b1", sse_algorithm = "aws:kms", kms_master_key_id = "good" },
--   { arn = "arn:aws:s3:::b2", sse_algorithm = "aws:kms", kms_master_key_id = "rsa" },
--   { arn = "arn:aws:s3:::b3", sse_algorithm = "aws:kms", kms_master_key_id = "unseen" },
--   { arn = "arn:aws:s3:::b4", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:999988887777:key/theirs" },
--   { arn = "arn:aws:s3:::b5", sse_algorithm = "aws:kms", kms_master_key_id = "alias/nowhere" },
--   { arn = "arn:aws:s3:::b6", sse_algorithm = "AES256" },
-- ]
-- [case.expect]
-- "arn:aws:s3:::b1 arn:aws:kms:eu-west-1:111122223333:key/good" = "pass"
-- "arn:aws:s3:::b2 arn:aws:kms:eu-west-1:111122223333:key/rsa" = "fail"
-- "arn:aws:s3:::b3 arn:aws:kms:eu-west-1:111122223333:key/unseen" = "unknown"
-- "arn:aws:s3:::b4 arn:aws:kms:eu-west-1:999988887777:key/theirs" = "unknown"
-- "arn:aws:s3:::b5 alias/nowhere" = "unknown"
-- ///
