-- /// check
-- title = "Key policies can be read"
-- severity = "medium"
-- description = """
-- KMS is the service where IAM permissions are not enough: a key policy that does not leave decisions to its account
-- hides the key from auditors too. What such a key allows is not known, which is not the same as nothing.
-- """
-- remediation = "add the statement that `keyreach role` prints for such keys to the key policy"
-- ///
with failures as (
  select resource_arn, list(distinct operation order by operation) as operations,
    bool_or(outcome = 'denied') as denied, min(error_code) as error_code, min(message) as message
  from sync_failures
  where (table_name = 'aws_kms_key_policies' and operation = 'GetKeyPolicy')
    or (table_name = 'aws_kms_keys' and operation = 'DescribeKey')
  group by resource_arn
)
select
  k.account_id, k.region, k.arn as resource_id, null as related_id,
  case
    when f.denied then 'fail'
    when f.resource_arn is not null or p.key_arn is null or p.policy is null then 'unknown'
    else 'pass'
  end as status,
  case
    when f.resource_arn is not null
      then printf('%s failed: %s', array_to_string(f.operations, ' and '), coalesce(f.message, f.error_code, 'no reason given'))
    when p.key_arn is null then 'its policy was not collected'
    when p.policy is null then 'its policy is not valid JSON'
    else 'its policy was read'
  end as reason,
  to_json({'error_code': f.error_code, 'policy_known_from_earlier': f.resource_arn is not null and p.key_arn is not null})
    as evidence
from aws_kms_keys k
left join failures f on f.resource_arn = k.arn
left join aws_kms_key_policies p on p.key_arn = k.arn and p.name = 'default';

-- /// cases
-- [[case]]
-- name = "read, denied, throttled, never asked, and not JSON"
-- given.aws_kms_keys = [{ arn = "read" }, { arn = "denied" }, { arn = "throttled" }, { arn = "unasked" }, { arn = "broken" }]
-- given.aws_kms_key_policies = [
--   { key_arn = "read", name = "default", policy = { Version = "2012-10-17" } },
--   { key_arn = "denied", name = "default", policy = { Version = "2012-10-17" } },
--   { key_arn = "broken", name = "default", policy_text = "{" },
-- ]
-- given.sync_failures = [
--   { table_name = "aws_kms_key_policies", operation = "GetKeyPolicy", resource_arn = "denied", outcome = "denied", error_code = "AccessDeniedException" },
--   { table_name = "aws_kms_key_policies", operation = "GetKeyPolicy", resource_arn = "throttled", outcome = "throttled", error_code = "ThrottlingException" },
-- ]
-- expect = { read = "pass", denied = "fail", throttled = "unknown", unasked = "unknown", broken = "unknown" }
-- ///
