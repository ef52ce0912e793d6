-- /// check
-- title = "Buckets name their default key by its ARN"
-- severity = "medium"
-- description = """
-- A bare alias or key id is looked up in the account of whoever writes. A writer from another account may thus encrypt
-- what lands in the bucket under a key of its own, which the bucket's owner cannot use: high where the bucket's policy
-- lets another account write. An alias ARN is bound to one account, but whoever may move the alias changes the key of
-- the bucket.
-- """
-- remediation = "aws s3api put-bucket-encryption with KMSMasterKeyID set to the key's ARN"
-- ///
with writers as (
  select bucket_arn, list_sort(list(distinct coalesce(principal_account_id, '*'))) as accounts
  from bucket_shares
  where list_contains(covered_actions, 's3:PutObject')
  group by bucket_arn
)
select
  b.account_id, b.region, b.arn as resource_id, null as related_id,
  case
    when b.sse_algorithm is null then 'unknown'
    when r.reference_kind = 'key_arn' then 'pass'
    else 'fail'
  end as status,
  case
    when b.sse_algorithm is null then 'its default encryption was not collected'
    when r.reference_kind = 'key_arn' then 'its default key is named by ARN'
    when r.reference_kind = 'alias_arn' then 'its default key is the one that ' || r.reference || ' happens to name'
    else 'its default key is ' || r.reference || ', which every writer''s own account looks up for itself'
      || coalesce('; writers are ' || array_to_string(w.accounts, ', '), '')
  end as reason,
  if(r.reference_kind in ('alias_name', 'key_id') and w.bucket_arn is not null, 'high', 'medium') as severity,
  to_json({'reference': r.reference, 'key_arn': r.key_arn, 'writers': w.accounts}) as evidence
from aws_s3_buckets b
left join key_references r
  on r.resource_arn = b.arn and r.table_name = 'aws_s3_buckets' and r.attribute = 'default_encryption'
left join writers w on w.bucket_arn = b.arn
where b.sse_algorithm is null
  or (b.sse_algorithm in ('aws:kms', 'aws:kms:dsse') and r.reference_kind <> 'none'
    and r.reference is distinct from 'alias/aws/s3');

-- /// cases
-- [[case]]
-- name = "by ARN, by alias, by id, by alias ARN, without a key (another check's), and not collected"
-- given.aws_s3_buckets = [
--   { arn = "arn:aws:s3:::b1", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:111122223333:key/k1" },
--   { arn = "arn:aws:s3:::b2", sse_algorithm = "aws:kms", kms_master_key_id = "alias/lake" },
--   { arn = "arn:aws:s3:::b3", sse_algorithm = "aws:kms:dsse", kms_master_key_id = "0a1b2c3d-0000-0000-0000-000000000000" },
--   { arn = "arn:aws:s3:::b4", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:111122223333:alias/lake" },
--   { arn = "arn:aws:s3:::b5", sse_algorithm = "aws:kms" },
--   { arn = "arn:aws:s3:::b6", sse_algorithm = "aws:kms", kms_master_key_id = "alias/aws/s3" },
--   { arn = "arn:aws:s3:::b7", sse_algorithm = "AES256" },
--   { arn = "arn:aws:s3:::b8" },
-- ]
-- [case.expect]
-- "arn:aws:s3:::b1" = "pass"
-- "arn:aws:s3:::b2" = "fail"
-- "arn:aws:s3:::b3" = "fail"
-- "arn:aws:s3:::b4" = "fail"
-- "arn:aws:s3:::b8" = "unknown"
--
-- [[case]]
-- name = "writers of another account, everybody, the organization, the own account only, readers, services; an alias ARN"
-- given.aws_s3_buckets = [
--   { arn = "arn:aws:s3:::b1", sse_algorithm = "aws:kms", kms_master_key_id = "alias/lake" },
--   { arn = "arn:aws:s3:::b2", sse_algorithm = "aws:kms", kms_master_key_id = "0a1b2c3d-0000-0000-0000-000000000000" },
--   { arn = "arn:aws:s3:::b3", sse_algorithm = "aws:kms", kms_master_key_id = "alias/lake" },
--   { arn = "arn:aws:s3:::b4", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:111122223333:alias/lake" },
--   { arn = "arn:aws:s3:::b5", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:111122223333:key/k1" },
-- ]
-- given.policy_statements = [
--   { resource_arn = "arn:aws:s3:::b1", policy_kind = "bucket_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::444455556666:root", principal_account_id = "444455556666", covered_actions = ["s3:PutObject"], condition_class = "none" },
--   { resource_arn = "arn:aws:s3:::b2", policy_kind = "bucket_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["s3:GetObject", "s3:PutObject"], condition_class = "org_bound", bound_to = ["o-abc1234567"] },
--   { resource_arn = "arn:aws:s3:::b3", policy_kind = "bucket_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["s3:PutObject"], condition_class = "account_bound", bound_to = ["111122223333"] },
--   { resource_arn = "arn:aws:s3:::b3", policy_kind = "bucket_policy", statement_index = 1, effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::444455556666:root", principal_account_id = "444455556666", covered_actions = ["s3:GetObject"], condition_class = "none" },
--   { resource_arn = "arn:aws:s3:::b3", policy_kind = "bucket_policy", statement_index = 2, effect = "Allow", principal_kind = "service", principal = "delivery.logs.amazonaws.com", covered_actions = ["s3:PutObject"], condition_class = "none" },
--   { resource_arn = "arn:aws:s3:::b4", policy_kind = "bucket_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::444455556666:root", principal_account_id = "444455556666", covered_actions = ["s3:PutObject"], condition_class = "none" },
--   { resource_arn = "arn:aws:s3:::b5", policy_kind = "bucket_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::444455556666:root", principal_account_id = "444455556666", covered_actions = ["s3:PutObject"], condition_class = "none" },
-- ]
-- [case.expect]
-- "arn:aws:s3:::b1" = "fail"
-- "arn:aws:s3:::b2" = "fail"
-- "arn:aws:s3:::b3" = "fail"
-- "arn:aws:s3:::b4" = "fail"
-- "arn:aws:s3:::b5" = "pass"
-- ///
