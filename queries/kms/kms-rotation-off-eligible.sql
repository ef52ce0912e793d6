-- /// check
-- title = "Keys that can rotate automatically do"
-- severity = "medium"
-- description = """
-- Only symmetric customer managed keys whose material KMS made can rotate on a schedule. Keys with imported material,
-- keys in custom key stores, asymmetric and HMAC keys are out of scope, as are replicas, whose rotation is set on the
-- primary key.
-- """
-- frameworks = [
--   "aws_fsbp/KMS.4", "cis_aws_1.4.0/3.8", "cis_aws_2.0.0/3.8", "cis_aws_3.0.0/3.6", "cis_aws_5.0.0/3.6",
--   "cis_aws_6.0.0/4.6", "cis_aws_7.0.0/4.6",
-- ]
-- remediation = "aws kms enable-key-rotation --key-id <resource_id>"
-- ///
select
  account_id, region, arn as resource_id, null as related_id,
  case
    when key_manager is null or rotation_enabled is null then 'unknown'
    when rotation_enabled then 'pass'
    else 'fail'
  end as status,
  case
    when key_manager is null then 'the key could not be described'
    when rotation_enabled is null then 'its rotation was not collected'
    when rotation_enabled then 'it rotates every ' || coalesce(rotation_period_in_days, 365) || ' days'
    else 'it does not rotate, though it can'
  end as reason,
  to_json({'rotation_enabled': rotation_enabled, 'next_rotation_date': next_rotation_date}) as evidence
from aws_kms_keys
where key_manager is null
  or (key_manager = 'CUSTOMER' and origin = 'AWS_KMS' and key_spec = 'SYMMETRIC_DEFAULT' and key_state = 'Enabled'
    and multi_region_key_type is distinct from 'REPLICA');

-- /// cases
-- [[case]]
-- name = "on, off and never collected are three different answers"
-- given.aws_kms_keys = [
--   { arn = "on", key_manager = "CUSTOMER", origin = "AWS_KMS", key_spec = "SYMMETRIC_DEFAULT", key_state = "Enabled", rotation_enabled = true },
--   { arn = "off", key_manager = "CUSTOMER", origin = "AWS_KMS", key_spec = "SYMMETRIC_DEFAULT", key_state = "Enabled", rotation_enabled = false },
--   { arn = "denied", key_manager = "CUSTOMER", origin = "AWS_KMS", key_spec = "SYMMETRIC_DEFAULT", key_state = "Enabled" },
--   { arn = "unseen" },
-- ]
-- expect = { on = "pass", off = "fail", denied = "unknown", unseen = "unknown" }
--
-- [[case]]
-- name = "keys that cannot rotate automatically are out of scope"
-- given.aws_kms_keys = [
--   { arn = "aws", key_manager = "AWS", origin = "AWS_KMS", key_spec = "SYMMETRIC_DEFAULT", key_state = "Enabled" },
--   { arn = "imported", key_manager = "CUSTOMER", origin = "EXTERNAL", key_spec = "SYMMETRIC_DEFAULT", key_state = "Enabled", rotation_enabled = false },
--   { arn = "hsm", key_manager = "CUSTOMER", origin = "AWS_CLOUDHSM", key_spec = "SYMMETRIC_DEFAULT", key_state = "Enabled" },
--   { arn = "rsa", key_manager = "CUSTOMER", origin = "AWS_KMS", key_spec = "RSA_2048", key_state = "Enabled" },
--   { arn = "hmac", key_manager = "CUSTOMER", origin = "AWS_KMS", key_spec = "HMAC_256", key_state = "Enabled" },
--   { arn = "leaving", key_manager = "CUSTOMER", origin = "AWS_KMS", key_spec = "SYMMETRIC_DEFAULT", key_state = "PendingDeletion", rotation_enabled = false },
--   { arn = "replica", key_manager = "CUSTOMER", origin = "AWS_KMS", key_spec = "SYMMETRIC_DEFAULT", key_state = "Enabled", multi_region_key_type = "REPLICA", rotation_enabled = false },
-- ]
-- expect = {}
-- ///
