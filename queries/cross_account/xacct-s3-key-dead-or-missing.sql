-- /// check
-- title = "Default keys of buckets are there and in service"
-- severity = "critical"
-- description = """
-- Under a key that is disabled, waits for its deletion, has lost its material, or is gone, nothing can be written or
-- read, whoever asks. A key or alias counts as gone where its account and Region were listed in full; in others it is
-- unknown. The AWS managed key comes into being at its first use. Objects that were written under another key are
-- not concerned.
-- """
-- remediation = "aws kms cancel-key-deletion, enable-key or import-key-material, or give the bucket another default key"
-- ///
with listed as (
  select distinct table_name, account_id, region
  from sync_scopes
  where table_name in ('aws_kms_keys', 'aws_kms_aliases') and columns is null and outcome = 'ok'
  except
  select table_name, account_id, region from sync_coverage where columns is null
), defaults as (
  select
    r.account_id, r.region, r.resource_arn, r.reference, r.reference_kind, r.key_arn, k.key_state, k.deletion_date,
    case
      when r.key_arn is null and (r.reference is null or r.reference like '%alias/aws/s3') then 'to come'
      when (if(r.key_arn is null, 'aws_kms_aliases', 'aws_kms_keys'), r.key_account_id, r.key_region) in (
        select (table_name, account_id, region) from listed
      ) then 'gone'
      else 'unseen'
    end as otherwise,
    k.arn is not null as found
  from key_references r
  left join aws_kms_keys k on k.arn = r.key_arn
  where r.table_name = 'aws_s3_buckets' and r.attribute = 'default_encryption'
)
select
  account_id, region, resource_arn as resource_id, coalesce(key_arn, reference) as related_id,
  case
    when found and key_state in ('Enabled', 'Updating', 'Creating') then 'pass'
    when found then if(key_state is null, 'unknown', 'fail')
    when otherwise = 'gone' then 'fail'
    when otherwise = 'to come' then 'pass'
    else 'unknown'
  end as status,
  case
    when found then coalesce('its default key is ' || key_state || coalesce(
      ' until ' || strftime(deletion_date, '%Y-%m-%d'), ''), 'its default key could not be described')
    when otherwise = 'to come' then 'its default key is the AWS managed key, which is made when it is needed'
    else if(key_arn is null, 'the alias ' || reference || ' leads to no key', 'its default key was not found')
      || if(otherwise = 'unseen', ', but not everything was collected there', '')
  end as reason,
  to_json({'reference': reference, 'key_state': key_state}) as evidence
from defaults
union all
select account_id, region, arn, null, 'unknown', 'its default encryption was not collected', null
from aws_s3_buckets
where sse_algorithm is null;

-- /// cases
-- [[case]]
-- name = "each state"
-- given.aws_kms_keys = [
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/on", key_state = "Enabled" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/primary", key_state = "Updating" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/off", key_state = "Disabled" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/doomed", key_state = "PendingDeletion", deletion_date = "2026-07-20T00:00:00Z" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/replica", key_state = "PendingReplicaDeletion" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/empty", key_state = "PendingImport" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/cut-off", key_state = "Unavailable" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/unread" },
-- ]
-- given.aws_s3_buckets = [
--   { arn = "arn:aws:s3:::b1", sse_algorithm = "aws:kms", kms_master_key_id = "on" },
--   { arn = "arn:aws:s3:::b2", sse_algorithm = "aws:kms", kms_master_key_id = "primary" },
--   { arn = "arn:aws:s3:::b3", sse_algorithm = "aws:kms", kms_master_key_id = "off" },
--   { arn = "arn:aws:s3:::b4", sse_algorithm = "aws:kms", kms_master_key_id = "doomed" },
--   { arn = "arn:aws:s3:::b5", sse_algorithm = "aws:kms", kms_master_key_id = "replica" },
--   { arn = "arn:aws:s3:::b6", sse_algorithm = "aws:kms", kms_master_key_id = "empty" },
--   { arn = "arn:aws:s3:::b7", sse_algorithm = "aws:kms", kms_master_key_id = "cut-off" },
--   { arn = "arn:aws:s3:::b8", sse_algorithm = "aws:kms", kms_master_key_id = "unread" },
--   { arn = "arn:aws:s3:::b9", sse_algorithm = "AES256" },
--   { arn = "arn:aws:s3:::b10" },
-- ]
-- [case.expect]
-- "arn:aws:s3:::b1 arn:aws:kms:eu-west-1:111122223333:key/on" = "pass"
-- "arn:aws:s3:::b2 arn:aws:kms:eu-west-1:111122223333:key/primary" = "pass"
-- "arn:aws:s3:::b3 arn:aws:kms:eu-west-1:111122223333:key/off" = "fail"
-- "arn:aws:s3:::b4 arn:aws:kms:eu-west-1:111122223333:key/doomed" = "fail"
-- "arn:aws:s3:::b5 arn:aws:kms:eu-west-1:111122223333:key/replica" = "fail"
-- "arn:aws:s3:::b6 arn:aws:kms:eu-west-1:111122223333:key/empty" = "fail"
-- "arn:aws:s3:::b7 arn:aws:kms:eu-west-1:111122223333:key/cut-off" = "fail"
-- "arn:aws:s3:::b8 arn:aws:kms:eu-west-1:111122223333:key/unread" = "unknown"
-- "arn:aws:s3:::b10" = "unknown"
--
-- [[case]]
-- name = "not found: where all was listed, where it was not, and in an account that is not collected; aliases likewise"
-- given.sync_scopes = [
--   { run_id = "r1", table_name = "aws_kms_keys", operation = "ListKeys", outcome = "ok" },
--   { run_id = "r1", table_name = "aws_kms_aliases", operation = "ListAliases", outcome = "ok" },
--   { run_id = "r1", account_id = "444455556666", table_name = "aws_kms_keys", operation = "ListKeys", outcome = "denied" },
-- ]
-- given.aws_s3_buckets = [
--   { arn = "arn:aws:s3:::b1", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:111122223333:key/gone" },
--   { arn = "arn:aws:s3:::b2", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:us-east-1:111122223333:key/there" },
--   { arn = "arn:aws:s3:::b3", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:444455556666:key/denied" },
--   { arn = "arn:aws:s3:::b4", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:999999999999:key/theirs" },
--   { arn = "arn:aws:s3:::b5", sse_algorithm = "aws:kms", kms_master_key_id = "alias/gone" },
--   { arn = "arn:aws:s3:::b6", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:999999999999:alias/theirs" },
--   { arn = "arn:aws:s3:::b7", sse_algorithm = "aws:kms" },
--   { arn = "arn:aws:s3:::b8", sse_algorithm = "aws:kms", kms_master_key_id = "alias/aws/s3" },
-- ]
-- [case.expect]
-- "arn:aws:s3:::b1 arn:aws:kms:eu-west-1:111122223333:key/gone" = "fail"
-- "arn:aws:s3:::b2 arn:aws:kms:us-east-1:111122223333:key/there" = "unknown"
-- "arn:aws:s3:::b3 arn:aws:kms:eu-west-1:444455556666:key/denied" = "unknown"
-- "arn:aws:s3:::b4 arn:aws:kms:eu-west-1:999999999999:key/theirs" = "unknown"
-- "arn:aws:s3:::b5 alias/gone" = "fail"
-- "arn:aws:s3:::b6 arn:aws:kms:eu-west-1:999999999999:alias/theirs" = "unknown"
-- "arn:aws:s3:::b7" = "pass"
-- "arn:aws:s3:::b8 alias/aws/s3" = "pass"
-- ///
