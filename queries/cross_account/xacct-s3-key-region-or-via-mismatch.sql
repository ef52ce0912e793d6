-- /// check
-- title = "Keys serve the region and the service that their buckets need"
-- severity = "high"
-- description = """
-- A bucket takes keys of its own region only; of a multi-Region key it must name the replica there. And whoever asks S3
-- asks KMS through S3 of the bucket's region: a statement of the key's policy that is limited by kms:ViaService to
-- another service or to S3 of another region does not count. That fails a bucket if no statement of the policy is left
-- for it, and whom the bucket's policy lets in if it is his statement and he has no other. A value that ends as in China
-- means the same service.
-- """
-- remediation = "name a key of the bucket's region as default key, or add s3.<region>.amazonaws.com to kms:ViaService in the key's policy"
-- ///
with defaults as (
  select
    r.account_id, r.region, r.resource_arn as bucket_arn, coalesce(r.key_arn, r.reference) as reference, r.key_arn,
    r.key_region, p.policy is not null as was_read, v.arn as replica
  from key_references r
  left join aws_kms_key_policies p on p.key_arn = r.key_arn and p.name = 'default'
  left join aws_kms_keys k on k.arn = r.key_arn
  left join aws_kms_keys v
    on v.account_id = r.key_account_id and v.region = r.region and v.arn <> r.key_arn
    and v.key_id = split_part(r.key_arn, ':key/', 2) and v.key_id like 'mrk-%'
  where r.table_name = 'aws_s3_buckets' and r.attribute = 'default_encryption' and r.reference_kind <> 'none'
    and r.reference not like '%alias/aws/s3' and k.key_manager is distinct from 'AWS'
), services as (
  select resource_arn as key_arn, statement_index, operator ilike '%StringNot%' as negated, unnest(values) as service
  from statement_conditions
  where policy_kind = 'key_policy' and key = 'kms:viaservice'
), limits as (
  select
    d.bucket_arn, s.key_arn, s.statement_index, s.negated, list(distinct s.service order by s.service) as services,
    bool_or('s3.' || d.region || '.amazonaws.com' glob replace(s.service, '.com.cn', '.com')) as fits
  from defaults d
  join services s on s.key_arn = d.key_arn
  group by d.bucket_arn, s.key_arn, s.statement_index, s.negated
), statements as (
  select
    d.bucket_arn, s.effect, s.covered_actions, s.principal_account_id,
    coalesce(s.sid, 'statement ' || s.statement_index) as statement, if(s.not_principal, '*', s.principal) as principal,
    l.services, coalesce(not l.fits, false) as shut
  from defaults d
  join policy_statements s on s.policy_kind = 'key_policy' and s.resource_arn = d.key_arn
  left join limits l
    on l.bucket_arn = d.bucket_arn and l.key_arn = d.key_arn and l.statement_index = s.statement_index
    and l.negated = (s.effect = 'Deny')
  where s.principal_kind <> 'service' and list_has_any(s.covered_actions, ['kms:Decrypt', 'kms:GenerateDataKey'])
), buckets as (
  select
    bucket_arn, bool_and(shut) filter (effect = 'Allow') or bool_or(shut and principal = '*' and effect = 'Deny') as shut,
    list_sort(list_distinct(flatten(list(services) filter (shut)))) as services
  from statements
  group by bucket_arn
), callers as (
  select
    p.account_id, p.region, p.resource_arn, p.principal_arn, p.detour, p.otherwise, p.evidence, s.statement, s.services,
    s.shut, list_contains(p.blocked_by, 'key_policy') as blocked
  from direct_paths p
  join defaults d on d.bucket_arn = p.bucket_arn and d.key_arn = p.key_arn
  join statements s on s.bucket_arn = p.bucket_arn and s.services is not null
    and list_contains(s.covered_actions, if(p.access = 'read', 'kms:Decrypt', 'kms:GenerateDataKey'))
    and (
      s.principal in ('*', p.principal_arn)
      or (s.principal like 'arn:%:root' and s.principal_account_id = p.principal_account_id)
    )
  where p.opened
)
select
  d.account_id, d.region, d.bucket_arn as resource_id, d.reference as related_id,
  case
    when d.key_region <> d.region or b.shut then 'fail'
    when d.was_read then 'pass'
    else 'unknown'
  end as status,
  case
    when d.key_region <> d.region then 'its default key is in ' || d.key_region
      || if(d.replica is null, '', ', where the replica in the bucket''s region would serve')
    when b.shut then 'the policy of its default key is for ' || array_to_string(b.services, ', ') || ' only'
    when d.was_read then 'its default key serves S3 of the bucket''s region'
    else 'the policy of its default key was not collected'
  end as reason,
  null as severity, to_json({'key_region': d.key_region, 'services': b.services, 'replica': d.replica}) as evidence
from defaults d
left join buckets b on b.bucket_arn = d.bucket_arn
union all
select
  account_id, region, resource_arn, principal_arn, if(bool_or(blocked and shut), 'fail', 'pass'),
  case
    when bool_or(blocked and shut)
      then string_agg(distinct statement, ', ' order by statement) filter (blocked and shut) || ' of its key is for '
        || array_to_string(list_sort(list_distinct(flatten(list(services) filter (blocked and shut)))), ', ') || ' only'
        || min(otherwise) filter (blocked and shut)
    else 'its key serves S3 of the bucket''s region'
  end,
  if(bool_and(detour is not null) filter (blocked and shut), 'low', null),
  to_json(list(distinct evidence order by evidence))
from callers
group by account_id, region, resource_arn, principal_arn;

-- /// cases
-- [[case]]
-- name = "a key of another region, one with a replica here, the replica itself, an alias of another region, not read, and AWS managed keys"
-- given.aws_kms_keys = [
--   { region = "us-east-1", arn = "arn:aws:kms:us-east-1:111122223333:key/mrk-1", key_id = "mrk-1", key_manager = "CUSTOMER" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/mrk-1", key_id = "mrk-1", key_manager = "CUSTOMER" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/aws", key_id = "aws", key_manager = "AWS" },
-- ]
-- given.aws_kms_key_policies = [{ key_arn = "arn:aws:kms:eu-west-1:111122223333:key/mrk-1", name = "default", policy = {} }]
-- given.aws_s3_buckets = [
--   { arn = "b1", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:us-east-1:111122223333:key/far" },
--   { arn = "b2", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:us-east-1:111122223333:key/mrk-1" },
--   { arn = "b3", sse_algorithm = "aws:kms:dsse", kms_master_key_id = "arn:aws:kms:eu-west-1:111122223333:key/mrk-1" },
--   { arn = "b4", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:us-east-1:999988887777:alias/theirs" },
--   { arn = "b5", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:999988887777:key/theirs" },
--   { arn = "b6", sse_algorithm = "aws:kms" },
--   { arn = "b7", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:111122223333:key/aws" },
--   { arn = "b8", sse_algorithm = "AES256" },
-- ]
-- [case.expect]
-- "b1 arn:aws:kms:us-east-1:111122223333:key/far" = "fail"
-- "b2 arn:aws:kms:us-east-1:111122223333:key/mrk-1" = "fail"
-- "b3 arn:aws:kms:eu-west-1:111122223333:key/mrk-1" = "pass"
-- "b4 arn:aws:kms:us-east-1:999988887777:alias/theirs" = "fail"
-- "b5 arn:aws:kms:eu-west-1:999988887777:key/theirs" = "unknown"
--
-- [[case]]
-- name = "policies for another service, for S3 elsewhere, for S3 here as written in China, by a wildcard, and with a statement left; a Deny of all others"
-- given.aws_kms_key_policies = [
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/ec2", name = "default", policy = {} }, { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/far", name = "default", policy = {} },
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/wild", name = "default", policy = {} }, { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/left", name = "default", policy = {} },
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/denied", name = "default", policy = {} }, { key_arn = "arn:aws-cn:kms:cn-north-1:111122223333:key/china", name = "default", policy = {} },
-- ]
-- given.aws_s3_buckets = [
--   { arn = "b1", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:111122223333:key/ec2" },
--   { arn = "b2", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:111122223333:key/far" },
--   { arn = "b3", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:111122223333:key/wild" },
--   { arn = "b4", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:111122223333:key/left" },
--   { arn = "b5", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:111122223333:key/denied" },
--   { region = "cn-north-1", arn = "b6", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws-cn:kms:cn-north-1:111122223333:key/china" },
-- ]
-- given.policy_statements = [
--   { resource_arn = "arn:aws:kms:eu-west-1:111122223333:key/ec2", policy_kind = "key_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:Decrypt"], condition = { StringEquals = { "kms:ViaService" = "ec2.eu-west-1.amazonaws.com" } } },
--   { resource_arn = "arn:aws:kms:eu-west-1:111122223333:key/far", policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::111122223333:root", covered_actions = ["kms:Decrypt"], condition = { StringLike = { "kms:ViaService" = ["s3.us-*.amazonaws.com", "ec2.*.amazonaws.com"] } } },
--   { resource_arn = "arn:aws:kms:eu-west-1:111122223333:key/wild", policy_kind = "key_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:Decrypt"], condition = { StringLike = { "KMS:ViaService" = ["ec2.*.amazonaws.com", "s3.*.amazonaws.com"] } } },
--   { resource_arn = "arn:aws:kms:eu-west-1:111122223333:key/left", policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::111122223333:root", covered_actions = ["kms:Decrypt"] },
--   { resource_arn = "arn:aws:kms:eu-west-1:111122223333:key/left", policy_kind = "key_policy", statement_index = 1, effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:Decrypt"], condition = { StringEquals = { "kms:ViaService" = "rds.eu-west-1.amazonaws.com" } } },
--   { resource_arn = "arn:aws:kms:eu-west-1:111122223333:key/denied", policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::111122223333:root", covered_actions = ["kms:Decrypt"] },
--   { resource_arn = "arn:aws:kms:eu-west-1:111122223333:key/denied", policy_kind = "key_policy", statement_index = 1, effect = "Deny", principal_kind = "everybody", principal = "*", covered_actions = ["kms:Decrypt"], condition = { StringNotEquals = { "kms:ViaService" = "sqs.eu-west-1.amazonaws.com" } } },
--   { resource_arn = "arn:aws-cn:kms:cn-north-1:111122223333:key/china", policy_kind = "key_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:Decrypt"], condition = { StringEquals = { "kms:ViaService" = "s3.cn-north-1.amazonaws.com.cn" } } },
-- ]
-- [case.expect]
-- "b1 arn:aws:kms:eu-west-1:111122223333:key/ec2" = "fail"
-- "b2 arn:aws:kms:eu-west-1:111122223333:key/far" = "fail"
-- "b3 arn:aws:kms:eu-west-1:111122223333:key/wild" = "pass"
-- "b4 arn:aws:kms:eu-west-1:111122223333:key/left" = "pass"
-- "b5 arn:aws:kms:eu-west-1:111122223333:key/denied" = "fail"
-- "b6 arn:aws-cn:kms:cn-north-1:111122223333:key/china" = "pass"
--
-- [[case]]
-- name = "whom the bucket lets in: only through S3 elsewhere, through another service beside a statement that fits, and who is not named"
-- given.aws_kms_key_policies = [{ key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k", name = "default", policy = {} }]
-- given.aws_s3_buckets = [{ arn = "b", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:111122223333:key/k" }]
-- given.policy_statements = [
--   { resource_arn = "arn:aws:kms:eu-west-1:111122223333:key/k", policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::111122223333:root", principal_account_id = "111122223333", covered_actions = ["kms:Decrypt"] },
--   { resource_arn = "arn:aws:kms:eu-west-1:111122223333:key/k", policy_kind = "key_policy", statement_index = 1, effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::444455556666:root", principal_account_id = "444455556666", covered_actions = ["kms:Decrypt"], condition = { StringEquals = { "kms:ViaService" = "s3.us-east-1.amazonaws.com" } } },
--   { resource_arn = "arn:aws:kms:eu-west-1:111122223333:key/k", policy_kind = "key_policy", statement_index = 2, effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::777788889999:role/app", principal_account_id = "777788889999", covered_actions = ["kms:Decrypt"], condition = { StringEquals = { "kms:ViaService" = "s3.eu-west-1.amazonaws.com" } } },
--   { resource_arn = "arn:aws:kms:eu-west-1:111122223333:key/k", policy_kind = "key_policy", statement_index = 3, effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::777788889999:role/app", principal_account_id = "777788889999", covered_actions = ["kms:Decrypt"], condition = { StringEquals = { "kms:ViaService" = "ec2.eu-west-1.amazonaws.com" } } },
-- ]
-- given.cross_account_paths = [
--   { bucket_arn = "b", bucket_account_id = "111122223333", key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", access = "read", bucket_policy = "allow", key_policy = "none", verdict = "blocked", blocked_by = ["key_policy"] },
--   { bucket_arn = "b", bucket_account_id = "111122223333", key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k", principal_arn = "arn:aws:iam::777788889999:role/app", principal_account_id = "777788889999", access = "read", bucket_policy = "allow", key_policy = "allow", verdict = "allowed" },
--   { bucket_arn = "b", bucket_account_id = "111122223333", key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k", principal_arn = "arn:aws:iam::888877776666:role/x", principal_account_id = "888877776666", access = "read", bucket_policy = "allow", key_policy = "none", verdict = "blocked", blocked_by = ["key_policy"] },
-- ]
-- [case.expect]
-- "b arn:aws:kms:eu-west-1:111122223333:key/k" = "pass"
-- "b arn:aws:iam::444455556666:role/etl" = "fail"
-- "b arn:aws:iam::777788889999:role/app" = "pass"
-- ///
