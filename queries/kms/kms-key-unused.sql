-- /// check
-- title = "Customer managed keys are used"
-- severity = "low"
-- description = """
-- A key that no resource names, without grants and without an alias, costs a monthly fee and widens the attack
-- surface. Applications that encrypt data themselves leave no trace here, so look at CloudTrail before it is
-- disabled, and wait before it is deleted. Where sync.key_last_usage is on, a use in the last days counts as well.
-- What was not collected may hold a use: the verdict is unknown then.
-- """
-- remediation = "aws kms disable-key --key-id <resource_id>, watch for errors, then schedule its deletion"
-- [parameters]
-- days = { default = 180, help = "days without use after which a key counts as unused" }
-- ///
with unread as (
  select account_id, region, table_name, operation, columns
  from sync_coverage
  where table_name in ('aws_s3_buckets', 'aws_s3_bucket_replications', 'aws_kms_aliases')
    and (columns is null or list_contains(columns, 'kms_master_key_id'))
), keys as (
  select
    k.*,
    exists (from key_references r where r.key_arn = k.arn) as referenced,
    exists (from aws_kms_key_grants g where g.key_arn = k.arn) as granted,
    exists (
      from aws_kms_aliases a
      where a.account_id = k.account_id and a.region = k.region and a.target_key_id = k.key_id
    ) as named,
    k.last_used_at >= (select max(started_at) from sync_runs) - to_days($days) as used,
    exists (
      from sync_failures f
      where f.resource_arn = k.arn and f.table_name = 'aws_kms_key_grants'
    ) or exists (from unread) as unsure
  from aws_kms_keys k
  where k.key_manager is null or (k.key_manager = 'CUSTOMER' and k.key_state = 'Enabled')
)
select
  account_id, region, arn as resource_id, null as related_id,
  case
    when key_manager is null then 'unknown'
    when referenced or granted or named or used then 'pass'
    when unsure then 'unknown'
    else 'fail'
  end as status,
  case
    when key_manager is null then 'the key could not be described'
    when referenced then 'a resource names it'
    when granted then 'it has grants'
    when named then 'it has an alias'
    when used then 'it was used on ' || strftime(last_used_at, '%Y-%m-%d')
    when unsure then 'no use was found, but not everything was collected'
    else 'no resource, grant or alias was found for it' || if(last_used_tracking_start is null,
      '; whether it is used otherwise was not asked', '')
  end as reason,
  to_json({'creation_date': creation_date, 'last_used_at': last_used_at}) as evidence
from keys;

-- /// cases
-- [[case]]
-- name = "each kind of use, none, and not described"
-- given.aws_kms_keys = [
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/named", key_id = "named", key_manager = "CUSTOMER", key_state = "Enabled" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/granted", key_id = "granted", key_manager = "CUSTOMER", key_state = "Enabled" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/bucket", key_id = "bucket", key_manager = "CUSTOMER", key_state = "Enabled" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/app", key_id = "app", key_manager = "CUSTOMER", key_state = "Enabled", last_used_at = "2026-06-01T00:00:00Z" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/idle", key_id = "idle", key_manager = "CUSTOMER", key_state = "Enabled", last_used_at = "2025-06-01T00:00:00Z" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/off", key_id = "off", key_manager = "CUSTOMER", key_state = "Disabled" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/unseen", key_id = "unseen" },
-- ]
-- given.aws_kms_aliases = [{ arn = "a1", alias_name = "alias/x", target_key_id = "named" }]
-- given.aws_kms_key_grants = [{ key_arn = "arn:aws:kms:eu-west-1:111122223333:key/granted", grant_id = "g1" }]
-- given.aws_s3_buckets = [{ arn = "arn:aws:s3:::b1", sse_algorithm = "aws:kms", kms_master_key_id = "bucket" }]
-- [case.expect]
-- "arn:aws:kms:eu-west-1:111122223333:key/named" = "pass"
-- "arn:aws:kms:eu-west-1:111122223333:key/granted" = "pass"
-- "arn:aws:kms:eu-west-1:111122223333:key/bucket" = "pass"
-- "arn:aws:kms:eu-west-1:111122223333:key/app" = "pass"
-- "arn:aws:kms:eu-west-1:111122223333:key/idle" = "fail"
-- "arn:aws:kms:eu-west-1:111122223333:key/unseen" = "unknown"
--
-- [[case]]
-- name = "buckets of another account that were not read may use it"
-- given.aws_kms_keys = [
--   { arn = "idle", key_id = "idle", key_manager = "CUSTOMER", key_state = "Enabled" },
-- ]
-- given.sync_scopes = [
--   { run_id = "r1", account_id = "444455556666", region = "global", table_name = "aws_s3_buckets", operation = "ListBuckets", outcome = "denied" },
-- ]
-- expect = { idle = "unknown" }
-- ///
