-- /// check
-- title = "Keys rotate as often as the policy asks"
-- severity = "low"
-- description = "Keys that rotate automatically, but seldom, or whose next rotation is overdue. A disabled key does not rotate."
-- frameworks = ["aws_fsbp/KMS.4"]
-- remediation = "aws kms enable-key-rotation --key-id <resource_id> --rotation-period-in-days 365"
-- [parameters]
-- days = { default = 365, help = "longest period between rotations, in days" }
-- ///
select
  account_id, region, arn as resource_id, null as related_id,
  case
    when key_manager is null or rotation_enabled is null or rotation_period_in_days is null then 'unknown'
    when rotation_period_in_days > $days or next_rotation_date < run.at - interval 2 day then 'fail'
    else 'pass'
  end as status,
  case
    when key_manager is null then 'the key could not be described'
    when rotation_enabled is null then 'its rotation was not collected'
    when rotation_period_in_days is null then 'its rotation period was not collected'
    when rotation_period_in_days > $days
      then printf('it rotates every %d days, the policy asks for %d', rotation_period_in_days, $days::integer)
    when next_rotation_date < run.at - interval 2 day
      then 'its rotation of ' || strftime(next_rotation_date, '%Y-%m-%d') || ' is overdue'
    else 'it rotates every ' || rotation_period_in_days || ' days'
  end as reason,
  to_json({'rotation_period_in_days': rotation_period_in_days, 'next_rotation_date': next_rotation_date}) as evidence
from aws_kms_keys, (select max(started_at) as at from sync_runs) run
where key_manager is null
  or (key_manager = 'CUSTOMER' and origin = 'AWS_KMS' and key_spec = 'SYMMETRIC_DEFAULT' and key_state = 'Enabled'
    and multi_region_key_type is distinct from 'REPLICA' and coalesce(rotation_enabled, true));

-- /// cases
-- [[case]]
-- name = "within and over the period, overdue, off (another check's), and not collected"
-- given.aws_kms_keys = [
--   { arn = "yearly", key_manager = "CUSTOMER", origin = "AWS_KMS", key_spec = "SYMMETRIC_DEFAULT", key_state = "Enabled", rotation_enabled = true, rotation_period_in_days = 365, next_rotation_date = "2027-01-01T00:00:00Z" },
--   { arn = "seldom", key_manager = "CUSTOMER", origin = "AWS_KMS", key_spec = "SYMMETRIC_DEFAULT", key_state = "Enabled", rotation_enabled = true, rotation_period_in_days = 730, next_rotation_date = "2027-01-01T00:00:00Z" },
--   { arn = "overdue", key_manager = "CUSTOMER", origin = "AWS_KMS", key_spec = "SYMMETRIC_DEFAULT", key_state = "Enabled", rotation_enabled = true, rotation_period_in_days = 90, next_rotation_date = "2026-06-01T00:00:00Z" },
--   { arn = "off", key_manager = "CUSTOMER", origin = "AWS_KMS", key_spec = "SYMMETRIC_DEFAULT", key_state = "Enabled", rotation_enabled = false },
--   { arn = "disabled", key_manager = "CUSTOMER", origin = "AWS_KMS", key_spec = "SYMMETRIC_DEFAULT", key_state = "Disabled", rotation_enabled = true, rotation_period_in_days = 730 },
--   { arn = "denied", key_manager = "CUSTOMER", origin = "AWS_KMS", key_spec = "SYMMETRIC_DEFAULT", key_state = "Enabled" },
--   { arn = "unseen" },
-- ]
-- expect = { yearly = "pass", seldom = "fail", overdue = "fail", denied = "unknown", unseen = "unknown" }
-- ///
