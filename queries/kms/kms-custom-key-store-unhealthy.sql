-- /// check
-- title = "Custom key stores are connected"
-- severity = "high"
-- description = """
-- While its store is not connected, no key in it can be used. One row per store, and one per key that cannot be used
-- now. Connecting and disconnecting are passing states.
-- """
-- remediation = "aws kms describe-custom-key-stores says why (connection_error_code); aws kms connect-custom-key-store --custom-key-store-id <resource_id>"
-- ///
with keys as (
  select account_id, region, custom_key_store_id, count(*) as keys, list(arn order by arn) as arns
  from aws_kms_keys
  where custom_key_store_id is not null
  group by all
)
select
  s.account_id, s.region, s.custom_key_store_id as resource_id, null as related_id,
  case
    when s.connection_state is null then 'unknown'
    when s.connection_state in ('CONNECTED', 'CONNECTING', 'DISCONNECTING') then 'pass'
    else 'fail'
  end as status,
  case
    when s.connection_state is null then 'its connection was not collected'
    else printf('the store %s is %s%s; keys in it: %d', coalesce(s.custom_key_store_name, ''),
      lower(s.connection_state), coalesce(' (' || s.connection_error_code || ')', ''), coalesce(k.keys, 0))
  end as reason,
  to_json({'type': s.custom_key_store_type, 'keys': k.arns}) as evidence
from aws_kms_custom_key_stores s
left join keys k using (account_id, region, custom_key_store_id)
union all
select
  account_id, region, arn, custom_key_store_id,
  case when key_state is null then 'unknown' when key_state = 'Unavailable' then 'fail' else 'pass' end,
  case
    when key_state is null then 'the key could not be described'
    when key_state = 'Unavailable' then 'the key cannot be used: its store is not connected'
    else 'the key is ' || lower(key_state)
  end,
  to_json({'key_state': key_state})
from aws_kms_keys
where origin is null or origin in ('AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE');

-- /// cases
-- [[case]]
-- name = "stores connected, on the way, failed and unread; keys usable, not usable and not described"
-- given.aws_kms_custom_key_stores = [
--   { custom_key_store_id = "s1", custom_key_store_name = "one", connection_state = "CONNECTED" },
--   { custom_key_store_id = "s2", custom_key_store_name = "two", connection_state = "CONNECTING" },
--   { custom_key_store_id = "s3", custom_key_store_name = "three", connection_state = "FAILED", connection_error_code = "CLUSTER_NOT_FOUND" },
--   { custom_key_store_id = "s4", custom_key_store_name = "four", connection_state = "DISCONNECTED" },
--   { custom_key_store_id = "s5" },
-- ]
-- given.aws_kms_keys = [
--   { arn = "k1", origin = "AWS_CLOUDHSM", custom_key_store_id = "s1", key_state = "Enabled" },
--   { arn = "k2", origin = "EXTERNAL_KEY_STORE", custom_key_store_id = "s4", key_state = "Unavailable" },
--   { arn = "k3", origin = "AWS_KMS", key_state = "Enabled" },
--   { arn = "k4" },
-- ]
-- [case.expect]
-- s1 = "pass"
-- s2 = "pass"
-- s3 = "fail"
-- s4 = "fail"
-- s5 = "unknown"
-- "k1 s1" = "pass"
-- "k2 s4" = "fail"
-- k4 = "unknown"
-- ///
