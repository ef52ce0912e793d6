-- /// report
-- title = "What an account reaches in others, and what others have in it"
-- description = """
-- Two directions. Reaches: keys, buckets and roles of other accounts that somebody in the account gets at, should it
-- be compromised. What is open to the account as a whole, to the organization or to everybody counts. Holds: what
-- other accounts lose, should it disappear: resources under its keys, access points on its buckets, replication into
-- them, and principals that use its keys or buckets. A verdict of unknown means that policies which decide were not
-- read.
-- """
-- [parameters]
-- account = { required = true, help = "id of the account" }
-- ///
with organization as (
  select arn from aws_organizations where $account in (select id from aws_organizations_accounts)
), found as (
  select
    'reaches' as direction, 'key' as kind, account_id as other_account_id, key_arn as target, capability as access,
    principal_arn as principal, verdict
  from key_access
  where account_id <> $account and capability in ('decrypt', 'create_grant', 'administer', 'destroy')
    and (principal_account_id = $account or principal_arn = '*' or principal_arn in (from organization))
  union all
  select 'reaches', 'bucket', bucket_account_id, coalesce(access_point_arn, bucket_arn), access, principal_arn, verdict
  from cross_account_paths
  where bucket_account_id <> $account and verdict <> 'blocked'
    and (principal_account_id = $account or principal_arn = '*' or principal_arn in (from organization))
  union all
  select
    'reaches', 'role', account_id, role_arn, 'assume', principal,
    case when guarded is null then 'unknown' when guarded then 'conditional' else 'allowed' end
  from role_trusts
  where account_id <> $account
    and (party in ($account, '*') or (party in (select id from aws_organizations) and exists (from organization)))
  union all
  select 'holds', 'resource under its key', account_id, resource_arn, attribute, key_arn, 'allowed'
  from key_references
  where key_account_id = $account and account_id <> $account
  union all
  select
    'holds', 'access point on its bucket', account_id, arn, null,
    'arn:' || split_part(arn, ':', 2) || ':s3:::' || bucket, 'allowed'
  from aws_s3_access_points
  where bucket_account_id = $account and account_id <> $account
  union all
  select
    'holds', 'replication into its bucket', r.account_id, r.bucket_arn, r.status, r.destination_bucket_arn, 'allowed'
  from aws_s3_bucket_replication_rules r
  where r.account_id <> $account
    and (r.destination_account_id = $account
      or r.destination_bucket_arn in (select b.arn from aws_s3_buckets b where b.account_id = $account))
  union all
  select 'holds', 'user of its key', principal_account_id, key_arn, capability, principal_arn, verdict
  from key_access
  where account_id = $account and principal_account_id <> $account
    and capability in ('decrypt', 'encrypt', 'generate', 'create_grant')
  union all
  select 'holds', 'user of its bucket', principal_account_id, bucket_arn, access, principal_arn, verdict
  from cross_account_paths
  where bucket_account_id = $account and principal_account_id <> $account and verdict <> 'blocked'
)
select
  f.direction, f.kind, f.other_account_id, n.label as other_account_name, f.target, f.access,
  list(distinct f.principal order by f.principal) as through,
  arg_min(f.verdict, list_position(['allowed', 'conditional', 'unknown'], f.verdict)) as verdict
from found f
left join known_accounts n on n.account_id = f.other_account_id
group by f.direction, f.kind, f.other_account_id, n.label, f.target, f.access
order by f.direction desc, f.kind, f.other_account_id, f.target, f.access nulls first;

-- /// cases
-- [[case]]
-- name = "keys, buckets and roles elsewhere: by the account as a whole, one of its roles, the organization, everybody"
-- parameters = { account = "444455556666" }
-- given.aws_organizations = [{ arn = "arn:aws:organizations::111122223333:organization/o-abc1234567", id = "o-abc1234567" }]
-- given.aws_organizations_accounts = [{ arn = "o1", id = "111122223333", name = "data" }, { arn = "o2", id = "444455556666", name = "compute" }]
-- given.key_access = [
--   { key_arn = "k1", principal_arn = "arn:aws:iam::444455556666:root", principal_account_id = "444455556666", capability = "decrypt", verdict = "allowed" },
--   { key_arn = "k1", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", capability = "decrypt", verdict = "conditional" },
--   { key_arn = "k1", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", via_role_arn = "arn:aws:iam::111122223333:role/admin", capability = "destroy", verdict = "unknown" },
--   { key_arn = "k2", principal_arn = "arn:aws:organizations::111122223333:organization/o-abc1234567", principal_kind = "organization", capability = "decrypt", verdict = "conditional" },
--   { key_arn = "k3", principal_arn = "*", principal_kind = "everybody", capability = "create_grant", verdict = "conditional" },
--   { key_arn = "k4", principal_arn = "arn:aws:iam::999999999999:root", principal_account_id = "999999999999", capability = "decrypt", verdict = "allowed" },
--   { key_arn = "k5", account_id = "444455556666", principal_arn = "arn:aws:iam::444455556666:root", principal_account_id = "444455556666", capability = "decrypt", verdict = "allowed" },
-- ]
-- given.cross_account_paths = [
--   { principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", bucket_arn = "arn:aws:s3:::b1", bucket_account_id = "111122223333", access = "read", verdict = "allowed" },
--   { principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", bucket_arn = "arn:aws:s3:::b2", bucket_account_id = "111122223333", access = "read", verdict = "blocked" },
-- ]
-- given.policy_statements = [
--   { resource_arn = "arn:aws:iam::111122223333:role/admin", policy_kind = "trust_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::444455556666:root", principal_account_id = "444455556666", covered_actions = ["sts:AssumeRole"], condition_class = "none" },
-- ]
-- expect = [
--   { direction = "reaches", kind = "bucket", target = "arn:aws:s3:::b1", access = "read", verdict = "allowed" },
--   { kind = "key", other_account_name = "data", target = "k1", access = "decrypt", through = ["arn:aws:iam::444455556666:role/etl", "arn:aws:iam::444455556666:root"], verdict = "allowed" },
--   { kind = "key", target = "k1", access = "destroy", verdict = "unknown" },
--   { kind = "key", target = "k2", access = "decrypt", verdict = "conditional" },
--   { kind = "key", target = "k3", access = "create_grant" },
--   { kind = "role", target = "arn:aws:iam::111122223333:role/admin", access = "assume", verdict = "allowed" },
-- ]
--
-- [[case]]
-- name = "what others have in it"
-- parameters = { account = "444455556666" }
-- given.aws_s3_buckets = [
--   { arn = "arn:aws:s3:::b1", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:444455556666:key/k1" },
--   { account_id = "444455556666", arn = "arn:aws:s3:::own", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:444455556666:key/k1" },
-- ]
-- given.aws_s3_access_points = [
--   { arn = "arn:aws:s3:eu-west-1:111122223333:accesspoint/ap", bucket = "own", bucket_account_id = "444455556666" },
-- ]
-- given.aws_s3_bucket_replications = [
--   { bucket_arn = "arn:aws:s3:::b1", replication_configuration = { Rules = [{ ID = "r", Status = "Enabled", Destination = { Bucket = "arn:aws:s3:::own" } }] } },
-- ]
-- given.key_access = [
--   { account_id = "444455556666", key_arn = "arn:aws:kms:eu-west-1:444455556666:key/k1", principal_arn = "arn:aws:iam::111122223333:root", principal_account_id = "111122223333", capability = "decrypt", verdict = "allowed" },
-- ]
-- given.cross_account_paths = [
--   { principal_arn = "arn:aws:iam::111122223333:role/app", principal_account_id = "111122223333", bucket_arn = "arn:aws:s3:::own", bucket_account_id = "444455556666", access = "write", verdict = "conditional" },
-- ]
-- expect = [
--   { direction = "holds", kind = "access point on its bucket", through = ["arn:aws:s3:::own"] },
--   { kind = "replication into its bucket", target = "arn:aws:s3:::b1" },
--   { kind = "resource under its key", other_account_id = "111122223333", target = "arn:aws:s3:::b1", access = "default_encryption" },
--   { kind = "user of its bucket", target = "arn:aws:s3:::own", access = "write", verdict = "conditional" },
--   { kind = "user of its key", access = "decrypt" },
-- ]
-- ///
