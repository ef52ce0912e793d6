-- /// check
-- title = "Key material comes from KMS, except where another origin is allowed"
-- severity = "medium"
-- description = """
-- Whoever holds imported material, a CloudHSM cluster or an external key store holds a switch that turns all data
-- under the key off, outside of AWS's waiting periods. Regulated teams do so on purpose: name their accounts. Worse
-- if the key is new, or encrypts what belongs to another account.
-- """
-- remediation = "deny kms:CreateKey by a service control policy unless kms:KeyOrigin is AWS_KMS, but for approved accounts"
-- [parameters]
-- approved_accounts = { default = "", help = "account ids that may hold such keys, separated by commas" }
-- ///
with keys as (
  select
    k.*,
    exists (from key_references r where r.key_arn = k.arn and r.account_id <> k.account_id) as used_elsewhere,
    k.creation_date > (select max(started_at) from sync_runs) - interval 14 day as new
  from aws_kms_keys k
  where k.key_manager is null or k.key_manager = 'CUSTOMER'
)
select
  account_id, region, arn as resource_id, null as related_id,
  case
    when origin is null then 'unknown'
    when origin = 'AWS_KMS' then 'pass'
    when list_contains(string_split(replace($approved_accounts, ' ', ''), ','), account_id) then 'pass'
    else 'fail'
  end as status,
  case origin
    when 'AWS_KMS' then 'KMS made its material'
    when 'EXTERNAL' then 'its material was imported'
    when 'AWS_CLOUDHSM' then 'its material is in a CloudHSM cluster'
    when 'EXTERNAL_KEY_STORE' then 'its material is in an external key store'
    else coalesce('its origin is ' || origin, 'the key could not be described')
  end || if(used_elsewhere, ', and resources of other accounts depend on it', '') as reason,
  if(new or used_elsewhere, 'high', 'medium') as severity,
  to_json({'origin': origin, 'creation_date': creation_date}) as evidence
from keys;

-- /// cases
-- [[case]]
-- name = "each origin, an approved account, and a key that was not described"
-- parameters = { approved_accounts = "999988887777, 444455556666" }
-- given.aws_kms_keys = [
--   { arn = "own", key_manager = "CUSTOMER", origin = "AWS_KMS" },
--   { arn = "imported", key_manager = "CUSTOMER", origin = "EXTERNAL" },
--   { arn = "hsm", key_manager = "CUSTOMER", origin = "AWS_CLOUDHSM" },
--   { arn = "xks", key_manager = "CUSTOMER", origin = "EXTERNAL_KEY_STORE" },
--   { arn = "approved", account_id = "444455556666", key_manager = "CUSTOMER", origin = "EXTERNAL" },
--   { arn = "aws", key_manager = "AWS", origin = "AWS_KMS" },
--   { arn = "unseen" },
-- ]
-- expect = { own = "pass", imported = "fail", hsm = "fail", xks = "fail", approved = "pass", unseen = "unknown" }
-- ///
