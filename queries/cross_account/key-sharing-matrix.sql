-- /// report
-- title = "Which account uses whose keys"
-- description = """
-- One row per account that owns keys and account that uses them: how many keys, how many that may be among them
-- because policies were not read, how many resources of whom are involved, and whose data it is. Accounts count once,
-- however many of their principals are named. ANY stands for everybody, an organization's id for all of its accounts.
-- Services are no accounts.
-- """
-- ///
with sharing as (
  select
    account_id as owner, key_arn, capability as use, verdict, null as resource, null as data_account,
    coalesce(principal_account_id, case principal_kind
      when 'organization' then split_part(principal_arn, '/', 2)
      when 'everybody' then 'ANY'
    end) as consumer
  from key_access
  where capability in ('decrypt', 'encrypt', 'generate', 'create_grant')
  union all
  select key_account_id, key_arn, 'store', 'allowed', resource_arn, account_id, account_id
  from key_references
  where key_arn is not null
  union all
  select key_account_id, key_arn, access, verdict, bucket_arn, bucket_account_id, principal_account_id
  from cross_account_paths
  where key_arn is not null and verdict <> 'blocked'
)
select
  s.owner as key_account_id, mine.label as key_account_name, s.consumer as account_id, theirs.label as account_name,
  case when s.consumer = 'ANY' then 'everybody'
       when s.consumer in (select id from aws_organizations) then 'organization'
       else coalesce(theirs.relation, 'external') end as relation,
  count(distinct s.key_arn) filter (where s.verdict <> 'unknown') as keys,
  count(distinct s.key_arn) - count(distinct s.key_arn) filter (where s.verdict <> 'unknown') as perhaps,
  list(distinct s.use order by s.use) as uses, count(distinct s.resource) as resources,
  list(distinct s.data_account order by s.data_account) filter (where s.data_account is not null) as data_of
from sharing s
left join known_accounts mine on mine.account_id = s.owner
left join known_accounts theirs on theirs.account_id = s.consumer
where s.consumer <> s.owner
group by s.owner, mine.label, s.consumer, theirs.label, theirs.relation
order by key_account_id, s.consumer;

-- /// cases
-- [[case]]
-- name = "root and role of an account are one; own use, services and blocked paths do not count; data of either side"
-- given.aws_organizations = [{ arn = "o", id = "o-abc1234567" }]
-- given.aws_organizations_accounts = [
--   { arn = "o1", id = "111122223333", name = "keys" }, { arn = "o2", id = "444455556666", name = "compute" },
-- ]
-- given.key_access = [
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k1", principal_arn = "arn:aws:iam::444455556666:root", principal_account_id = "444455556666", capability = "decrypt", verdict = "allowed" },
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k1", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", capability = "generate", verdict = "conditional" },
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k2", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", capability = "decrypt", verdict = "unknown" },
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k1", principal_arn = "arn:aws:iam::111122223333:root", principal_account_id = "111122223333", capability = "decrypt", verdict = "allowed" },
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k1", principal_arn = "sns.amazonaws.com", principal_kind = "service", capability = "decrypt", verdict = "conditional" },
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k1", principal_arn = "arn:aws:organizations::111122223333:organization/o-abc1234567", principal_kind = "organization", capability = "decrypt", verdict = "conditional" },
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k1", principal_arn = "*", principal_kind = "everybody", capability = "decrypt", verdict = "conditional" },
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k1", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", capability = "administer", verdict = "allowed" },
-- ]
-- given.aws_s3_buckets = [
--   { account_id = "444455556666", arn = "arn:aws:s3:::theirs", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:111122223333:key/k3" },
--   { arn = "arn:aws:s3:::own", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:111122223333:key/k3" },
-- ]
-- given.cross_account_paths = [
--   { principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", bucket_arn = "arn:aws:s3:::own", bucket_account_id = "111122223333", key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k3", key_account_id = "111122223333", access = "read", verdict = "allowed" },
--   { principal_arn = "arn:aws:iam::999999999999:root", principal_account_id = "999999999999", bucket_arn = "arn:aws:s3:::own", bucket_account_id = "111122223333", key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k3", key_account_id = "111122223333", access = "read", verdict = "blocked" },
-- ]
-- expect = [
--   { key_account_name = "keys", account_name = "compute", relation = "organization", keys = 2, perhaps = 1, uses = ["decrypt", "generate", "read", "store"], resources = 2, data_of = ["111122223333", "444455556666"] },
--   { account_id = "ANY", relation = "everybody", keys = 1 },
--   { account_id = "o-abc1234567", relation = "organization", keys = 1 },
-- ]
-- ///
