-- /// check
-- title = "Keys that cannot rotate automatically are renewed by hand"
-- severity = "low"
-- description = """
-- Imported symmetric material is rotated on demand, after new material was imported; a key has 25 such rotations.
-- Asymmetric and HMAC keys, and keys in custom key stores, are renewed by making a new key and moving the alias.
-- """
-- remediation = "imported material: import new material, then aws kms rotate-key-on-demand --key-id <resource_id>; otherwise make a new key and aws kms update-alias"
-- [parameters]
-- days = { default = 365, help = "age of the material, in days, at which it is overdue" }
-- ///
with renewed as (
  select key_arn, max(rotation_date) as at, bool_or(key_material_state = 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION') as half_done
  from aws_kms_key_rotations
  group by key_arn
), keys as (
  select
    k.*, coalesce(r.at, k.creation_date) as material_from, r.half_done,
    k.origin = 'EXTERNAL' and k.key_spec = 'SYMMETRIC_DEFAULT' as on_demand,
    exists (
      from sync_failures f
      where f.table_name = 'aws_kms_key_rotations' and f.resource_arn = k.arn
    ) as rotations_unread
  from aws_kms_keys k
  left join renewed r on r.key_arn = k.arn
  where k.key_manager is null
    or (k.key_manager = 'CUSTOMER' and k.key_state = 'Enabled'
      and not (k.origin = 'AWS_KMS' and k.key_spec = 'SYMMETRIC_DEFAULT'))
)
select
  account_id, region, arn as resource_id, null as related_id,
  case
    when key_manager is null or material_from is null then 'unknown'
    when material_from >= run.at - to_days($days) then 'pass'
    when on_demand and rotations_unread then 'unknown'
    else 'fail'
  end as status,
  case
    when key_manager is null or material_from is null then 'the key could not be described'
    when material_from >= run.at - to_days($days) then 'its material is of ' || strftime(material_from, '%Y-%m-%d')
    when on_demand and rotations_unread then 'its rotations were not collected'
    when on_demand then 'imported material of ' || strftime(material_from, '%Y-%m-%d') || ' is due for rotation on demand'
      || if(half_done, ', which is half done: not every replica has the new material', '')
    else 'a key of ' || strftime(material_from, '%Y-%m-%d') || ' that cannot be rotated is due to be replaced'
  end as reason,
  to_json({'origin': origin, 'key_spec': key_spec, 'material_from': material_from}) as evidence
from keys, (select max(started_at) as at from sync_runs) run;

-- /// cases
-- [[case]]
-- name = "age counts from the last rotation, and unread rotations leave it open"
-- given.aws_kms_keys = [
--   { arn = "fresh", key_manager = "CUSTOMER", origin = "EXTERNAL", key_spec = "SYMMETRIC_DEFAULT", key_state = "Enabled", creation_date = "2024-01-01T00:00:00Z" },
--   { arn = "stale", key_manager = "CUSTOMER", origin = "EXTERNAL", key_spec = "SYMMETRIC_DEFAULT", key_state = "Enabled", creation_date = "2024-01-01T00:00:00Z" },
--   { arn = "unread", key_manager = "CUSTOMER", origin = "EXTERNAL", key_spec = "SYMMETRIC_DEFAULT", key_state = "Enabled", creation_date = "2024-01-01T00:00:00Z" },
--   { arn = "rsa", key_manager = "CUSTOMER", origin = "AWS_KMS", key_spec = "RSA_2048", key_state = "Enabled", creation_date = "2024-01-01T00:00:00Z" },
--   { arn = "xks", key_manager = "CUSTOMER", origin = "EXTERNAL_KEY_STORE", key_spec = "SYMMETRIC_DEFAULT", key_state = "Enabled", creation_date = "2026-06-01T00:00:00Z" },
--   { arn = "automatic", key_manager = "CUSTOMER", origin = "AWS_KMS", key_spec = "SYMMETRIC_DEFAULT", key_state = "Enabled", creation_date = "2024-01-01T00:00:00Z" },
--   { arn = "unseen" },
-- ]
-- given.aws_kms_key_rotations = [
--   { key_arn = "fresh", rotation_date = "2026-05-01T00:00:00Z", rotation_type = "ON_DEMAND" },
--   { key_arn = "stale", rotation_date = "2025-01-01T00:00:00Z", rotation_type = "ON_DEMAND" },
-- ]
-- given.sync_failures = [
--   { table_name = "aws_kms_key_rotations", operation = "ListKeyRotations", resource_arn = "unread", outcome = "denied" },
-- ]
-- expect = { fresh = "pass", stale = "fail", unread = "unknown", rsa = "fail", xks = "pass", unseen = "unknown" }
-- ///
