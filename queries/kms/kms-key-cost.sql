-- /// report
-- title = "What keys cost a month, by account"
-- description = """
-- The monthly fee of customer managed keys, each replica of a multi-Region key for itself, with the fee of its first
-- two rotations. Requests are not in it, nor what a CloudHSM cluster or an external key store costs. Prices are in
-- kms_prices.
-- """
-- ///
select
  t.account_id, any_value(a.label) as account_name, count(*) as keys,
  count(*) filter (where k.key_state in ('PendingDeletion', 'PendingReplicaDeletion')) as keys_being_deleted,
  count(*) filter (where t.estimated_monthly_usd is null) as keys_of_unknown_cost,
  sum(t.estimated_monthly_usd) as estimated_monthly_usd
from kms_key_types t
join aws_kms_keys k on k.arn = t.key_arn
left join known_accounts a on a.account_id = t.account_id
where t.key_type <> 'AWS managed key'
group by t.account_id
order by estimated_monthly_usd desc nulls last, t.account_id;

-- /// cases
-- [[case]]
-- name = "one and two for rotations at most, nothing while being deleted, unknown where rotations were not read"
-- given.aws_kms_keys = [
--   { arn = "plain", key_manager = "CUSTOMER", origin = "AWS_KMS", key_spec = "SYMMETRIC_DEFAULT", key_state = "Enabled" },
--   { arn = "rotated", key_manager = "CUSTOMER", origin = "AWS_KMS", key_spec = "SYMMETRIC_DEFAULT", key_state = "Enabled" },
--   { arn = "leaving", key_manager = "CUSTOMER", origin = "AWS_KMS", key_spec = "SYMMETRIC_DEFAULT", key_state = "PendingDeletion" },
--   { arn = "unread", key_manager = "CUSTOMER", origin = "AWS_KMS", key_spec = "SYMMETRIC_DEFAULT", key_state = "Enabled" },
--   { arn = "aws", key_manager = "AWS", origin = "AWS_KMS", key_spec = "SYMMETRIC_DEFAULT", key_state = "Enabled" },
--   { arn = "other", account_id = "444455556666", key_manager = "CUSTOMER", origin = "EXTERNAL", key_spec = "SYMMETRIC_DEFAULT", key_state = "Enabled" },
-- ]
-- given.aws_kms_key_rotations = [
--   { key_arn = "rotated", rotation_date = "2023-01-01T00:00:00Z" }, { key_arn = "rotated", rotation_date = "2024-01-01T00:00:00Z" },
--   { key_arn = "rotated", rotation_date = "2025-01-01T00:00:00Z" },
-- ]
-- given.sync_failures = [
--   { table_name = "aws_kms_key_rotations", operation = "ListKeyRotations", resource_arn = "unread", outcome = "denied" },
-- ]
-- expect = [
--   { account_id = "111122223333", keys = 4, keys_being_deleted = 1, keys_of_unknown_cost = 1, estimated_monthly_usd = 4.0 },
--   { account_id = "444455556666", keys = 1, estimated_monthly_usd = 1.0 },
-- ]
-- ///
