-- /// check
-- title = "Keys that data depends on are not disabled"
-- severity = "high"
-- reach = "organization"
-- description = """
-- Under a disabled key nothing can be written or read. It is undone by enabling the key. A bucket whose default key
-- is disabled refuses new objects; older objects are unreadable as far as they are under this key.
-- """
-- remediation = "aws kms enable-key --key-id <resource_id>, or give the resources another key"
-- ///
with dependants as (
  select key_arn, list(distinct resource_arn order by resource_arn) as resources
  from key_references
  where key_arn is not null
  group by key_arn
)
select
  k.account_id, k.region, k.arn as resource_id, null as related_id,
  case when k.key_state is null then 'unknown' when d.key_arn is null then 'pass' else 'fail' end as status,
  case
    when k.key_state is null then 'the key could not be described'
    when d.key_arn is null then 'it is disabled, and no resource was found that names it'
    else 'it is disabled, and is named by ' || array_to_string(d.resources[1:3], ', ')
      || if(len(d.resources) > 3, ' and ' || len(d.resources) - 3 || ' more', '')
  end as reason,
  to_json({'resources': d.resources}) as evidence
from aws_kms_keys k
left join dependants d on d.key_arn = k.arn
where k.key_state is null or k.key_state = 'Disabled';

-- /// cases
-- [[case]]
-- name = "disabled with and without dependants, enabled, and unknown"
-- given.aws_kms_keys = [
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/k1", key_state = "Disabled" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/k2", key_state = "Disabled" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/k3", key_state = "Enabled" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/k4" },
-- ]
-- given.aws_kms_aliases = [
--   { arn = "a1", alias_name = "alias/one", target_key_id = "k1" },
-- ]
-- given.aws_s3_buckets = [
--   { arn = "arn:aws:s3:::b1", sse_algorithm = "aws:kms", kms_master_key_id = "alias/one" },
-- ]
-- [case.expect]
-- "arn:aws:kms:eu-west-1:111122223333:key/k1" = "fail"
-- "arn:aws:kms:eu-west-1:111122223333:key/k2" = "pass"
-- "arn:aws:kms:eu-west-1:111122223333:key/k4" = "unknown"
-- ///
