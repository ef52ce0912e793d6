-- /// report
-- title = "Keys by type, and what each type allows"
-- description = """
-- Whether a key can be shared with other accounts, managed and rotated follows from who manages it and where its
-- material comes from. The last row stands for AWS owned keys, which no account can list.
-- """
-- ///
select
  t.account_id, a.label as account_name, t.region, t.key_arn, k.description, k.key_state, t.key_type,
  t.multi_account_access, t.can_view_metadata, t.can_manage, t.used_only_for_my_account, t.automatic_rotation,
  t.on_demand_rotation, k.rotation_enabled, t.pricing, t.estimated_monthly_usd
from kms_key_types t
left join aws_kms_keys k on k.arn = t.key_arn
left join known_accounts a on a.account_id = t.account_id
order by t.account_id nulls last, t.region, t.key_arn;

-- /// cases
-- [[case]]
-- name = "one row a type, and one for the keys nobody sees"
-- given.aws_kms_keys = [
--   { arn = "k1", key_manager = "CUSTOMER", origin = "AWS_KMS", key_spec = "SYMMETRIC_DEFAULT", key_state = "Enabled" },
--   { arn = "k2", key_manager = "CUSTOMER", origin = "EXTERNAL", key_spec = "SYMMETRIC_DEFAULT", key_state = "Enabled" },
--   { arn = "k3", key_manager = "CUSTOMER", origin = "AWS_CLOUDHSM", key_spec = "SYMMETRIC_DEFAULT" },
--   { arn = "k4", key_manager = "AWS", origin = "AWS_KMS", key_spec = "SYMMETRIC_DEFAULT" },
--   { arn = "k5", key_manager = "CUSTOMER", origin = "AWS_KMS", key_spec = "RSA_2048", key_state = "PendingDeletion" },
--   { arn = "k6" },
-- ]
-- expect = [
--   { key_arn = "k1", multi_account_access = "Yes", automatic_rotation = "Optional", on_demand_rotation = "Yes", estimated_monthly_usd = 1.0 },
--   { key_arn = "k2", multi_account_access = "Yes", automatic_rotation = "No", on_demand_rotation = "Yes" },
--   { key_arn = "k3", multi_account_access = "Yes", automatic_rotation = "No", on_demand_rotation = "No" },
--   { key_arn = "k4", multi_account_access = "No", can_manage = "No", automatic_rotation = "Required", estimated_monthly_usd = 0.0 },
--   { key_arn = "k5", automatic_rotation = "Not supported", on_demand_rotation = "Not supported", estimated_monthly_usd = 0.0 },
--   { key_arn = "k6", key_type = "unknown" },
--   { key_type = "AWS owned key", can_view_metadata = "No" },
-- ]
-- ///
