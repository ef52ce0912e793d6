-- /// check
-- title = "Keys that data depends on have their imported material"
-- severity = "critical"
-- reach = "organization"
-- description = """
-- A key that waits for an import and is named by a resource has lost its material: it expired, or somebody deleted it,
-- which holds data to ransom at no notice. A key that is less than a day old is being set up.
-- """
-- remediation = "import the identical material again: aws kms import-key-material --key-id <resource_id> ..."
-- ///
with keys as (
  select
    k.*,
    (select list(distinct resource_arn order by resource_arn) from key_references r where r.key_arn = k.arn)
      as dependants,
    exists (
      from aws_kms_key_rotations m
      where m.key_arn = k.arn and m.import_state = 'PENDING_IMPORT'
    ) as material_lost,
    k.creation_date > (select max(started_at) from sync_runs) - interval 1 day as new
  from aws_kms_keys k
  where k.key_state is null or k.key_state = 'PendingImport'
)
select
  account_id, region, arn as resource_id, null as related_id,
  case
    when key_state is null then 'unknown'
    when not new and (dependants is not null or material_lost) then 'fail'
    else 'pass'
  end as status,
  case
    when key_state is null then 'the key could not be described'
    when new then 'it is being set up: less than a day old'
    when dependants is not null then 'it has no material, and is named by ' || array_to_string(dependants[1:3], ', ')
      || if(len(dependants) > 3, ' and ' || len(dependants) - 3 || ' more', '')
    when material_lost then 'material that it once had is missing'
    else 'it has no material yet, and no resource was found that names it'
  end as reason,
  to_json({'creation_date': creation_date, 'resources': dependants}) as evidence
from keys;

-- /// cases
-- [[case]]
-- name = "named by a bucket, material lost, never used, brand new, and not described"
-- given.aws_kms_keys = [
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/used", key_state = "PendingImport", creation_date = "2024-01-01T00:00:00Z" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/lost", key_state = "PendingImport", creation_date = "2024-01-01T00:00:00Z" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/idle", key_state = "PendingImport", creation_date = "2024-01-01T00:00:00Z" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/new", key_state = "PendingImport", creation_date = "2026-06-30T12:00:00Z" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/fine", key_state = "Enabled", creation_date = "2024-01-01T00:00:00Z" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/unseen" },
-- ]
-- given.aws_kms_key_rotations = [
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/lost", import_state = "PENDING_IMPORT", key_material_state = "CURRENT" },
-- ]
-- given.aws_s3_buckets = [
--   { arn = "arn:aws:s3:::b1", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:111122223333:key/used" },
--   { arn = "arn:aws:s3:::b2", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:111122223333:key/new" },
-- ]
-- [case.expect]
-- "arn:aws:kms:eu-west-1:111122223333:key/used" = "fail"
-- "arn:aws:kms:eu-west-1:111122223333:key/lost" = "fail"
-- "arn:aws:kms:eu-west-1:111122223333:key/idle" = "pass"
-- "arn:aws:kms:eu-west-1:111122223333:key/new" = "pass"
-- "arn:aws:kms:eu-west-1:111122223333:key/unseen" = "unknown"
-- ///
