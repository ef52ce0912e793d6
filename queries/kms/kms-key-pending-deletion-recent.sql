-- /// check
-- title = "No key is about to be deleted unnoticed"
-- severity = "high"
-- description = """
-- Deleting keys is how data is destroyed for good, so every deletion wants a second pair of eyes while it can still
-- be called off. Keys that a resource names are left to kms-key-pending-deletion-in-use. A key with the tag
-- `decommission` counts as planned. Worse if the key was used in the last 90 days.
-- """
-- frameworks = ["aws_fsbp/KMS.3"]
-- remediation = "confirm that the deletion is planned and tag the key `decommission`, or aws kms cancel-key-deletion --key-id <resource_id>"
-- [parameters]
-- days = { default = 30, help = "days before the deletion at which it is reported" }
-- ///
select
  k.account_id, k.region, k.arn as resource_id, null as related_id,
  case
    when k.key_state is null then 'unknown'
    when json_exists(k.tags, '$.decommission') then 'pass'
    when date_diff('day', run.at, k.deletion_date) > $days then 'pass'
    else 'fail'
  end as status,
  case
    when k.key_state is null then 'the key could not be described'
    when json_exists(k.tags, '$.decommission') then 'its deletion is planned: it has the tag decommission'
    else coalesce(
      printf('it is deleted on %s, in %d days', strftime(k.deletion_date, '%Y-%m-%d'),
        date_diff('day', run.at, k.deletion_date)),
      'it is deleted as soon as its replicas are gone')
  end as reason,
  if(k.last_used_at > run.at - interval 90 day, 'critical', 'high') as severity,
  to_json({
    'deletion_date': k.deletion_date, 'last_used_at': k.last_used_at,
    'grants': (select count(*) from aws_kms_key_grants g where g.key_arn = k.arn)
  }) as evidence
from aws_kms_keys k, (select max(started_at) as at from sync_runs) run
where (k.key_state is null or k.key_state in ('PendingDeletion', 'PendingReplicaDeletion'))
  and not exists (from key_references r where r.key_arn = k.arn);

-- /// cases
-- [[case]]
-- name = "soon, later, planned, named by a bucket, and unknown"
-- parameters = { days = 20 }
-- given.aws_kms_keys = [
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/k1", key_state = "PendingDeletion", deletion_date = "2026-07-15T00:00:00Z" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/k2", key_state = "PendingDeletion", deletion_date = "2026-07-25T00:00:00Z" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/k3", key_state = "PendingDeletion", deletion_date = "2026-07-15T00:00:00Z", tags = { decommission = "2026" } },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/k4", key_state = "PendingDeletion", deletion_date = "2026-07-15T00:00:00Z" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/k5" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/k6", key_state = "PendingReplicaDeletion" },
-- ]
-- given.aws_s3_buckets = [
--   { arn = "arn:aws:s3:::b1", sse_algorithm = "aws:kms", kms_master_key_id = "k4" },
-- ]
-- [case.expect]
-- "arn:aws:kms:eu-west-1:111122223333:key/k1" = "fail"
-- "arn:aws:kms:eu-west-1:111122223333:key/k2" = "pass"
-- "arn:aws:kms:eu-west-1:111122223333:key/k3" = "pass"
-- "arn:aws:kms:eu-west-1:111122223333:key/k5" = "unknown"
-- "arn:aws:kms:eu-west-1:111122223333:key/k6" = "fail"
-- ///
