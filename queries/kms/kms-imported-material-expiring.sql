-- /// check
-- title = "Imported key material is renewed before it expires"
-- severity = "high"
-- description = """
-- When imported material expires, KMS deletes it and the key cannot be used until the same material is imported
-- again. Of a key with several materials the earliest expiry counts: an older material that expires takes the data
-- that it encrypted. Worst where a resource names the key and less than a week is left.
-- """
-- remediation = "import the same material again with a later date, or without one: aws kms import-key-material --key-id <resource_id> ..."
-- [parameters]
-- days = { default = 30, help = "days before the expiry at which it is reported" }
-- ///
with keys as (
  select
    k.*, exists (from key_references r where r.key_arn = k.arn) as in_use,
    date_diff('day', (select max(started_at) from sync_runs), k.valid_to) as days_left
  from aws_kms_keys k
  where k.origin is null or k.origin = 'EXTERNAL'
)
select
  account_id, region, arn as resource_id, null as related_id,
  case
    when origin is null then 'unknown'
    when expiration_model is distinct from 'KEY_MATERIAL_EXPIRES' then 'pass'
    when valid_to is null then 'unknown'
    when days_left < $days then 'fail'
    else 'pass'
  end as status,
  case
    when origin is null then 'the key could not be described'
    when key_state = 'PendingImport' then 'it has no material'
    when expiration_model is distinct from 'KEY_MATERIAL_EXPIRES' then 'its material does not expire'
    when valid_to is null then 'its expiry was not collected'
    else printf('its material expires on %s, in %d days', strftime(valid_to, '%Y-%m-%d'), days_left)
  end as reason,
  if(in_use and days_left < 7, 'critical', 'high') as severity,
  to_json({'valid_to': valid_to, 'in_use': in_use}) as evidence
from keys;

-- /// cases
-- [[case]]
-- name = "soon, late, never, gone, made by KMS, and not described"
-- given.aws_kms_keys = [
--   { arn = "soon", origin = "EXTERNAL", key_state = "Enabled", expiration_model = "KEY_MATERIAL_EXPIRES", valid_to = "2026-07-05T00:00:00Z" },
--   { arn = "late", origin = "EXTERNAL", key_state = "Enabled", expiration_model = "KEY_MATERIAL_EXPIRES", valid_to = "2026-12-01T00:00:00Z" },
--   { arn = "never", origin = "EXTERNAL", key_state = "Enabled", expiration_model = "KEY_MATERIAL_DOES_NOT_EXPIRE" },
--   { arn = "gone", origin = "EXTERNAL", key_state = "PendingImport" },
--   { arn = "undated", origin = "EXTERNAL", key_state = "Enabled", expiration_model = "KEY_MATERIAL_EXPIRES" },
--   { arn = "own", origin = "AWS_KMS", key_state = "Enabled" },
--   { arn = "unseen" },
-- ]
-- expect = { soon = "fail", late = "pass", never = "pass", gone = "pass", undated = "unknown", unseen = "unknown" }
-- ///
