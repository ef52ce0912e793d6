-- /// check
-- title = "Aliases lead to usable keys, and keys have aliases"
-- severity = "low"
-- description = """
-- An alias that leads to a key that is disabled, being deleted, without its material or out of reach of its key store
-- breaks whoever uses it; one that was pointed at another key in the last days has swapped the key under everybody's
-- feet; a key without alias is hard to tell from others. Names that AWS reserves and that lead nowhere yet (alias/aws/...) are not aliases to look at.
-- """
-- remediation = "aws kms update-alias, aws kms delete-alias or aws kms create-alias"
-- [parameters]
-- days = { default = 7, help = "days after which a new target of an alias is no news" }
-- ///
with targets as (
  select
    a.account_id, a.region, a.arn, a.alias_name, k.arn as key_arn, k.key_state,
    a.last_updated_date > a.creation_date + interval 1 minute
      and a.last_updated_date > (select max(started_at) from sync_runs) - to_days($days) as swapped,
    a.last_updated_date
  from aws_kms_aliases a
  left join aws_kms_keys k
    on k.account_id = a.account_id and k.region = a.region and k.key_id = a.target_key_id
  where a.target_key_id is not null and a.alias_name not like 'alias/aws/%'
)
select
  account_id, region, arn as resource_id, key_arn as related_id,
  case
    when key_state is null then 'unknown'
    when key_state not in ('Enabled', 'Updating', 'Creating') or swapped then 'fail'
    else 'pass'
  end as status,
  case
    when key_state is null then 'the key it leads to was not collected'
    when key_state not in ('Enabled', 'Updating', 'Creating')
      then alias_name || ' leads to a key that is ' || key_state
    when swapped then alias_name || ' leads to another key since ' || strftime(last_updated_date, '%Y-%m-%d')
    else alias_name || ' leads to a usable key'
  end as reason,
  to_json({'key_state': key_state, 'last_updated_date': last_updated_date}) as evidence
from targets
union all
select
  k.account_id, k.region, k.arn, null,
  case
    when k.key_manager is null then 'unknown'
    when exists (from targets t where t.key_arn = k.arn) then 'pass'
    when exists (
      from sync_coverage c
      where c.table_name = 'aws_kms_aliases' and c.account_id = k.account_id and c.region in (k.region, '*')
    ) then 'unknown'
    else 'fail'
  end,
  case
    when k.key_manager is null then 'the key could not be described'
    when exists (from targets t where t.key_arn = k.arn) then 'it has an alias'
    else 'no alias was found for it'
  end,
  to_json({'description': k.description})
from aws_kms_keys k
where k.key_manager is null or (k.key_manager = 'CUSTOMER' and k.key_state <> 'PendingDeletion');

-- /// cases
-- [[case]]
-- name = "good, to a disabled key, swapped, reserved, to a key unseen; a key without alias"
-- given.aws_kms_keys = [
--   { arn = "k1", key_id = "k1", key_manager = "CUSTOMER", key_state = "Enabled" },
--   { arn = "k2", key_id = "k2", key_manager = "CUSTOMER", key_state = "Disabled" },
--   { arn = "k3", key_id = "k3", key_manager = "CUSTOMER", key_state = "Enabled" },
--   { arn = "k4", key_id = "k4" },
--   { arn = "k5", key_id = "k5", key_manager = "CUSTOMER", key_state = "PendingImport" },
-- ]
-- given.aws_kms_aliases = [
--   { arn = "good", alias_name = "alias/good", target_key_id = "k1", creation_date = "2024-01-01T00:00:00Z", last_updated_date = "2024-01-01T00:00:00Z" },
--   { arn = "swapped", alias_name = "alias/swapped", target_key_id = "k1", creation_date = "2024-01-01T00:00:00Z", last_updated_date = "2026-06-29T00:00:00Z" },
--   { arn = "early", alias_name = "alias/early", target_key_id = "k5" },
--   { arn = "bad", alias_name = "alias/bad", target_key_id = "k2" },
--   { arn = "reserved", alias_name = "alias/aws/ebs" },
--   { arn = "lost", alias_name = "alias/lost", target_key_id = "k9" },
-- ]
-- expect = { "good k1" = "pass", "swapped k1" = "fail", "bad k2" = "fail", "early k5" = "fail", lost = "unknown", k1 = "pass", k2 = "pass", k3 = "fail", k4 = "unknown", k5 = "pass" }
--
-- [[case]]
-- name = "aliases that were not listed"
-- given.aws_kms_keys = [{ arn = "k3", key_id = "k3", key_manager = "CUSTOMER", key_state = "Enabled" }]
-- given.sync_scopes = [
--   { run_id = "r1", table_name = "aws_kms_aliases", operation = "ListAliases", outcome = "throttled" },
-- ]
-- expect = { k3 = "unknown" }
-- ///
