-- /// report
-- title = "What breaks if a key is deleted"
-- description = """
-- Resources that name the key, replication under it, holders of its grants, its aliases and other Regions' copies,
-- the accounts that use it, and its last use. The rows of the kind unknown say what may depend on it besides: objects
-- that were written under it before a bucket got another default key are visible in S3 Inventory only, resources of
-- services that are not collected not at all.
-- """
-- [parameters]
-- key = { required = true, help = "ARN of the key, or its id" }
-- ///
with wanted as (
  select arn from aws_kms_keys where $key in (arn, key_id)
  union
  select $key where $key like 'arn:%:kms:%:key/%'
), keys as (
  select
    w.arn, k.account_id, k.region, k.key_id, k.last_used_at, k.last_used_operation, k.last_used_tracking_start,
    k.primary_key_arn, from_json(k.replica_keys, '[{"Arn": "VARCHAR"}]') as replicas
  from wanted w
  left join aws_kms_keys k on k.arn = w.arn
), dependants as (
  select
    if(r.table_name = 'aws_s3_bucket_replications', 'replication', 'resource') as kind, r.account_id, r.region,
    split_part(r.resource_arn, ':', 3) as service, r.resource_arn as dependant, r.attribute as detail
  from key_references r
  join wanted w on w.arn = r.key_arn
  union all
  select
    'grant', coalesce(nullif(split_part(grantee, ':', 5), ''), account_id), region,
    nullif(regexp_extract(regexp_replace(grantee, '^arn:.*:assumed-role/aws:', ''), '^([a-z0-9]+)[-.]', 1), ''),
    grantee, printf('%d for %s', count(*), context)
  from (
    select
      g.account_id, g.region, coalesce(g.grantee_service_principal, g.grantee_principal, 'unnamed') as grantee,
      coalesce(g.source_arn, g.encryption_context_equals::varchar, g.encryption_context_subset::varchar, 'anything')
        as context
    from aws_kms_key_grants g
    join wanted w on w.arn = g.key_arn
  )
  group by account_id, region, grantee, context
  union all
  select 'alias', a.account_id, a.region, 'kms', a.alias_name, null
  from aws_kms_aliases a
  join keys k on k.account_id = a.account_id and k.region = a.region and k.key_id = a.target_key_id
  union all
  select 'copy', split_part(c.arn, ':', 5), split_part(c.arn, ':', 4), 'kms', c.arn, c.role
  from (
    select
      arn as key_arn, unnest(list_append(list_transform(replicas, r -> r.Arn), primary_key_arn)) as arn,
      if(arn = primary_key_arn, 'waits for its replicas to go first', 'data stays readable with this one') as role
    from keys
  ) c
  where c.arn <> c.key_arn
  union all
  select
    'account', a.principal_account_id, a.region, null, a.principal_account_id,
    count(distinct a.principal_arn) || ' principals: ' || string_agg(distinct a.capability, ', ' order by a.capability)
  from key_access a
  join wanted w on w.arn = a.key_arn
  where a.principal_account_id <> a.account_id and a.capability in ('decrypt', 'encrypt', 'generate', 'create_grant')
  group by a.principal_account_id, a.region
  union all
  select
    'last use', account_id, region, 'kms', arn,
    coalesce(strftime(last_used_at, '%Y-%m-%d') || coalesce(' ' || last_used_operation, ''),
      'none since ' || strftime(last_used_tracking_start, '%Y-%m-%d'),
      if(key_id is null, 'the key was not collected', 'not asked'))
  from keys
  union all
  select 'unknown', null, null, null, missing, null
  from (values
    ('objects under it in buckets with another default key, or none'), ('data that applications encrypt themselves'),
    ('volumes, snapshots, databases, queues and other resources of services that are not collected')
  ) as blind (missing)
  where exists (from wanted)
  union all
  select 'unknown', account_id, region, split_part(table_name, '_', 2), table_name, operation || ' ' || outcome
  from sync_coverage
  where exists (from wanted) and (columns is null or list_contains(columns, 'kms_master_key_id'))
    and table_name in (
      'aws_s3_buckets', 'aws_s3_bucket_replications', 'aws_kms_key_grants', 'aws_kms_aliases', 'aws_kms_key_policies'
    )
)
select d.kind, d.account_id, n.label as account_name, d.region, d.service, d.dependant, d.detail
from dependants d
left join known_accounts n on n.account_id = d.account_id
order by
  list_position(['resource', 'replication', 'grant', 'account', 'alias', 'copy', 'last use', 'unknown'], d.kind),
  d.account_id nulls first, d.region, d.service, d.dependant, d.detail;

-- /// cases
-- [[case]]
-- name = "buckets, replication, grants by context, accounts, aliases, copies, last use, and what cannot be seen"
-- parameters = { key = "arn:aws:kms:eu-west-1:111122223333:key/mrk-1" }
-- given.aws_kms_keys = [
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/mrk-1", key_id = "mrk-1", primary_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/mrk-1", replica_keys = [{ Arn = "arn:aws:kms:us-east-1:111122223333:key/mrk-1", Region = "us-east-1" }], last_used_at = "2026-06-01T00:00:00Z", last_used_operation = "Decrypt" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/k2", key_id = "k2" },
-- ]
-- given.aws_kms_aliases = [
--   { arn = "a1", alias_name = "alias/one", target_key_id = "mrk-1" }, { arn = "a2", region = "us-east-1", alias_name = "alias/one", target_key_id = "mrk-1" },
-- ]
-- given.aws_s3_buckets = [
--   { arn = "arn:aws:s3:::b1", sse_algorithm = "aws:kms", kms_master_key_id = "alias/one" },
--   { arn = "arn:aws:s3:::b2", sse_algorithm = "aws:kms", kms_master_key_id = "k2" },
-- ]
-- given.aws_s3_bucket_replications = [
--   { account_id = "444455556666", bucket_arn = "arn:aws:s3:::b3", replication_configuration = { Rules = [{ ID = "r", Status = "Enabled", Destination = { Bucket = "arn:aws:s3:::b1", EncryptionConfiguration = { ReplicaKmsKeyID = "arn:aws:kms:eu-west-1:111122223333:key/mrk-1" } } }] } },
-- ]
-- given.aws_kms_key_grants = [
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/mrk-1", grant_id = "g1", grantee_service_principal = "dynamodb.amazonaws.com", encryption_context_subset = { "aws:dynamodb:tableName" = "t" } },
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/mrk-1", grant_id = "g2", grantee_principal = "arn:aws:sts::111122223333:assumed-role/aws:ec2-infrastructure/i-0123" },
-- ]
-- given.key_access = [
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/mrk-1", principal_arn = "arn:aws:iam::444455556666:root", principal_account_id = "444455556666", capability = "decrypt", verdict = "allowed" },
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/mrk-1", principal_arn = "arn:aws:iam::111122223333:root", principal_account_id = "111122223333", capability = "decrypt", verdict = "allowed" },
-- ]
-- given.sync_scopes = [
--   { run_id = "r1", account_id = "777788889999", region = "global", table_name = "aws_s3_buckets", operation = "ListBuckets", outcome = "denied" },
-- ]
-- expect = [
--   { kind = "resource", service = "s3", dependant = "arn:aws:s3:::b1", detail = "default_encryption" },
--   { kind = "replication", account_id = "444455556666", dependant = "arn:aws:s3:::b3" },
--   { kind = "grant", service = "dynamodb", dependant = "dynamodb.amazonaws.com", detail = '1 for {"aws:dynamodb:tableName":"t"}' },
--   { kind = "grant", service = "ec2", dependant = "arn:aws:sts::111122223333:assumed-role/aws:ec2-infrastructure/i-0123" },
--   { kind = "account", account_id = "444455556666", detail = "1 principals: decrypt" },
--   { kind = "alias", region = "eu-west-1", dependant = "alias/one" },
--   { kind = "copy", region = "us-east-1", detail = "waits for its replicas to go first" },
--   { kind = "last use", detail = "2026-06-01 Decrypt" },
--   { kind = "unknown", dependant = "data that applications encrypt themselves" },
--   { kind = "unknown", dependant = "objects under it in buckets with another default key, or none" },
--   { kind = "unknown" },
--   { kind = "unknown", account_id = "777788889999", detail = "ListBuckets denied" },
-- ]
--
-- [[case]]
-- name = "a replica's data stays readable with its primary, and a key of an account that is not collected has resources"
-- parameters = { key = "mrk-1" }
-- given.aws_kms_keys = [
--   { region = "us-east-1", arn = "arn:aws:kms:us-east-1:111122223333:key/mrk-1", key_id = "mrk-1", primary_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/mrk-1" },
-- ]
-- expect = [
--   { kind = "copy", region = "eu-west-1", detail = "data stays readable with this one" },
--   { kind = "last use", detail = "not asked" },
--   { kind = "unknown" }, { kind = "unknown" }, { kind = "unknown" },
-- ]
--
-- [[case]]
-- name = "a key that was not collected"
-- parameters = { key = "arn:aws:kms:eu-west-1:999999999999:key/theirs" }
-- given.aws_s3_buckets = [{ arn = "arn:aws:s3:::b1", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:999999999999:key/theirs" }]
-- expect = [
--   { kind = "resource", dependant = "arn:aws:s3:::b1" },
--   { kind = "last use", detail = "the key was not collected" }, { kind = "unknown" }, { kind = "unknown" }, { kind = "unknown" },
-- ]
-- ///
