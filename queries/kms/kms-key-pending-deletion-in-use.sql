-- /// check
-- title = "Keys that data depends on are not about to be deleted"
-- severity = "critical"
-- reach = "organization"
-- description = """
-- Once the waiting period is over, nothing that was encrypted under the key can be read again. Resources of every
-- account are looked at. Without a resource that names the key it may still be in use: older objects and data that
-- applications encrypt themselves name no key here. A replica of a multi-Region key that goes takes no data with it
-- while another one lives, but its region's resources fail.
-- """
-- frameworks = ["aws_fsbp/KMS.3"]
-- remediation = "aws kms cancel-key-deletion --key-id <resource_id> && aws kms enable-key --key-id <resource_id>; then re-encrypt what depends on it before it is retired"
-- ///
with dependants as (
  select key_arn, list(distinct resource_arn order by resource_arn) as resources
  from key_references
  where key_arn is not null
  group by key_arn
)
select
  k.account_id, k.region, k.arn as resource_id, null as related_id,
  case when k.key_state is null then 'unknown' when d.key_arn is null then 'pass' else 'fail' end as status,
  case
    when k.key_state is null then 'the key could not be described'
    when d.key_arn is null then 'it is being deleted, and no resource was found that names it'
    else coalesce(
        'it is deleted on ' || strftime(k.deletion_date, '%Y-%m-%d'),
        'it is deleted ' || k.pending_deletion_window_in_days || ' days after its last replica',
        'it is being deleted')
      || ', and is named by ' || array_to_string(d.resources[1:3], ', ')
      || if(len(d.resources) > 3, ' and ' || len(d.resources) - 3 || ' more', '')
  end as reason,
  if(k.multi_region_key_type = 'REPLICA', 'high', 'critical') as severity,
  to_json({
    'key_state': k.key_state, 'deletion_date': k.deletion_date,
    'days_left': date_diff('day', (select max(started_at) from sync_runs), k.deletion_date),
    'resources': d.resources
  }) as evidence
from aws_kms_keys k
left join dependants d on d.key_arn = k.arn
where k.key_state is null or k.key_state in ('PendingDeletion', 'PendingReplicaDeletion');

-- /// cases
-- [[case]]
-- name = "a bucket of another account counts, a key in use is not in scope, and what cannot be described is unknown"
-- given.aws_kms_keys = [
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/k1", key_state = "PendingDeletion", deletion_date = "2026-07-15T00:00:00Z" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/k2", key_state = "PendingDeletion", deletion_date = "2026-07-15T00:00:00Z" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/k3", key_state = "Enabled" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/k4" },
-- ]
-- given.aws_s3_buckets = [
--   { account_id = "444455556666", arn = "arn:aws:s3:::b1", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:111122223333:key/k1" },
--   { arn = "arn:aws:s3:::b2", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:111122223333:key/k3" },
-- ]
-- [case.expect]
-- "arn:aws:kms:eu-west-1:111122223333:key/k1" = "fail"
-- "arn:aws:kms:eu-west-1:111122223333:key/k2" = "pass"
-- "arn:aws:kms:eu-west-1:111122223333:key/k4" = "unknown"
--
-- [[case]]
-- name = "a key that waits for its replicas has no deletion date"
-- given.aws_kms_keys = [
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/mrk-1", key_state = "PendingReplicaDeletion", multi_region_key_type = "PRIMARY", pending_deletion_window_in_days = 30 },
-- ]
-- given.aws_s3_buckets = [
--   { arn = "arn:aws:s3:::b1", sse_algorithm = "aws:kms:dsse", kms_master_key_id = "arn:aws:kms:eu-west-1:111122223333:key/mrk-1" },
-- ]
-- expect = { "arn:aws:kms:eu-west-1:111122223333:key/mrk-1" = "fail" }
-- ///
