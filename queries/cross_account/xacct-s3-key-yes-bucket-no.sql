-- /// check
-- title = "Whom a key lets decrypt, its buckets let read"
-- severity = "medium"
-- description = """
-- A right to decrypt that no bucket follows up is a stray: useless to its holder, until somebody brings him the
-- ciphertext. Looked at are other accounts that the policy or the grants of a bucket's key let decrypt, over all buckets
-- that have it as their default. Keys that other resources name as well, or that are opened for other services
-- only, are left out. Whoever reads by a role that he may assume, or is an account of which some may read, is fine.
-- """
-- remediation = "take <related_id> out of the policy of <resource_id>, or let it read in the bucket's policy"
-- ///
with holders as (
  select
    p.*, not p.opened as closed,
    list_has_any(p.unread, ['bucket_policy', 'access_point_policy']) as bucket_unread,
    list_has_any(p.unread, ['key_policy', 'key_grant']) as key_unread,
    exists (
      from path_members m
      where m.resource_arn = p.resource_arn and m.access = p.access and m.principal_arn = p.principal_arn
        and m.opened
    ) as shared_with_some
  from direct_paths p
  where p.access = 'read' and p.needs_key and p.key_arn is not null
    and p.principal_account_id is distinct from p.key_account_id and not list_contains(p.blocked_by, 'key_policy')
    and p.key_arn not in (
      select r.key_arn from key_references r where r.key_arn is not null and r.attribute <> 'default_encryption'
    )
), judged as (
  select
    key_account_id, split_part(key_arn, ':', 4) as region, key_arn, principal_arn,
    list(distinct bucket_arn order by bucket_arn) as buckets, bool_and(closed) as closed,
    bool_or(shared_with_some) as shared_with_some, bool_or(not closed and not bucket_unread) as open,
    bool_and(key_unread) as key_unread, min(detour) as detour, bool_or(list_contains(unread, 'assume_role')) as unsure
  from holders
  where not exists (
    from key_access a
    where a.key_arn = holders.key_arn and a.principal_arn = holders.principal_arn and a.capability = 'decrypt'
      and a.conditions::varchar ilike '%"kms:ViaService"%' and a.conditions::varchar not ilike '%"s3.%'
  )
  group by key_account_id, key_arn, principal_arn
)
select
  key_account_id as account_id, region, key_arn as resource_id, principal_arn as related_id,
  case
    when open or shared_with_some then 'pass'
    when closed and detour is not null and not unsure then 'pass'
    when not closed or key_unread or unsure then 'unknown'
    else 'fail'
  end as status,
  case
    when open then 'a bucket under it lets read, too'
    when shared_with_some then 'a bucket under it lets some of that account read'
    when closed and detour is not null and not unsure then 'the way to a bucket under it is ' || detour
    when not closed then 'the policy of a bucket under it was not collected'
    when key_unread then 'whom it lets decrypt was not collected'
    when unsure then 'whether ' || detour || ' can be assumed is not known'
    else 'it lets decrypt, but no bucket under it lets read: ' || array_to_string(buckets[1:3], ', ')
      || if(len(buckets) > 3, printf(' and %d more', len(buckets) - 3), '')
  end as reason,
  to_json({'buckets': buckets}) as evidence
from judged;

-- /// cases
-- [[case]]
-- name = "no bucket follows, one of two does, an access point does, policies that were not read"
-- given.cross_account_paths = [
--   { bucket_arn = "arn:aws:s3:::b1", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k1", key_account_id = "111122223333", access = "read", bucket_policy = "none", key_policy = "allow", verdict = "blocked", blocked_by = ["bucket_policy"] },
--   { bucket_arn = "arn:aws:s3:::b2", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k2", key_account_id = "111122223333", access = "read", bucket_policy = "none", key_policy = "allow", verdict = "blocked", blocked_by = ["bucket_policy"] },
--   { bucket_arn = "arn:aws:s3:::b3", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k2", key_account_id = "111122223333", access = "read", bucket_policy = "allow", key_policy = "allow", verdict = "allowed" },
--   { bucket_arn = "arn:aws:s3:::b4", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k4", key_account_id = "111122223333", access = "read", bucket_policy = "none", key_policy = "allow", verdict = "blocked", blocked_by = ["bucket_policy"] },
--   { bucket_arn = "arn:aws:s3:::b4", bucket_account_id = "111122223333", access_point_arn = "arn:aws:s3:eu-west-1:111122223333:accesspoint/p", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k4", key_account_id = "111122223333", access = "read", bucket_policy = "allow", access_point_policy = "allow", key_policy = "allow", verdict = "allowed" },
--   { bucket_arn = "arn:aws:s3:::b5", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k5", key_account_id = "111122223333", access = "read", bucket_policy = "unknown", key_policy = "allow", verdict = "unknown" },
--   { bucket_arn = "arn:aws:s3:::b6", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k6", key_account_id = "111122223333", access = "read", bucket_policy = "none", key_policy = "unknown", key_grant = "unknown", verdict = "blocked", blocked_by = ["bucket_policy"] },
-- ]
-- [case.expect]
-- "arn:aws:kms:eu-west-1:111122223333:key/k1 arn:aws:iam::444455556666:role/etl" = "fail"
-- "arn:aws:kms:eu-west-1:111122223333:key/k2 arn:aws:iam::444455556666:role/etl" = "pass"
-- "arn:aws:kms:eu-west-1:111122223333:key/k4 arn:aws:iam::444455556666:role/etl" = "pass"
-- "arn:aws:kms:eu-west-1:111122223333:key/k5 arn:aws:iam::444455556666:role/etl" = "unknown"
-- "arn:aws:kms:eu-west-1:111122223333:key/k6 arn:aws:iam::444455556666:role/etl" = "unknown"
--
-- [[case]]
-- name = "keys that other resources name, or that are open for other services, may be open for those"
-- given.aws_s3_bucket_replications = [
--   { bucket_arn = "arn:aws:s3:::source", replication_configuration = { Rules = [{ ID = "r", Status = "Enabled", Destination = { Bucket = "arn:aws:s3:::b1", EncryptionConfiguration = { ReplicaKmsKeyID = "arn:aws:kms:eu-west-1:111122223333:key/k1" } } }] } },
-- ]
-- given.key_access = [
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k2", principal_arn = "arn:aws:iam::444455556666:root", capability = "decrypt", verdict = "conditional", conditions = [{ leg = "key_policy", key = "kms:ViaService", values = ["ec2.eu-west-1.amazonaws.com"] }] },
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k3", principal_arn = "arn:aws:iam::444455556666:root", capability = "decrypt", verdict = "conditional", conditions = [{ leg = "key_policy", key = "kms:ViaService", values = ["s3.eu-west-1.amazonaws.com"] }] },
-- ]
-- given.cross_account_paths = [
--   { bucket_arn = "arn:aws:s3:::b1", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:root", principal_account_id = "444455556666", key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k1", key_account_id = "111122223333", access = "read", bucket_policy = "none", key_policy = "allow", verdict = "blocked", blocked_by = ["bucket_policy"] },
--   { bucket_arn = "arn:aws:s3:::b2", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:root", principal_account_id = "444455556666", key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k2", key_account_id = "111122223333", access = "read", bucket_policy = "none", key_policy = "conditional", verdict = "blocked", blocked_by = ["bucket_policy"] },
--   { bucket_arn = "arn:aws:s3:::b3", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:root", principal_account_id = "444455556666", key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k3", key_account_id = "111122223333", access = "read", bucket_policy = "none", key_policy = "allow", verdict = "blocked", blocked_by = ["bucket_policy"] },
-- ]
-- expect = { "arn:aws:kms:eu-west-1:111122223333:key/k3 arn:aws:iam::444455556666:root" = "fail" }
--
-- [[case]]
-- name = "by a role in the bucket's account, an account of which a role reads, the owners of key and bucket"
-- given.cross_account_paths = [
--   { bucket_arn = "arn:aws:s3:::b1", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", key_arn = "arn:aws:kms:eu-west-1:777788889999:key/k", key_account_id = "777788889999", access = "read", bucket_policy = "none", key_policy = "allow", verdict = "blocked", blocked_by = ["bucket_policy"] },
--   { bucket_arn = "arn:aws:s3:::b1", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", via_role_arn = "arn:aws:iam::111122223333:role/reader", key_arn = "arn:aws:kms:eu-west-1:777788889999:key/k", key_account_id = "777788889999", access = "read", verdict = "allowed" },
--   { bucket_arn = "arn:aws:s3:::b1", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::999999999999:root", principal_account_id = "999999999999", key_arn = "arn:aws:kms:eu-west-1:777788889999:key/k", key_account_id = "777788889999", access = "read", bucket_policy = "none", key_policy = "allow", verdict = "blocked", blocked_by = ["bucket_policy"] },
--   { bucket_arn = "arn:aws:s3:::b1", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::999999999999:role/r", principal_account_id = "999999999999", key_arn = "arn:aws:kms:eu-west-1:777788889999:key/k", key_account_id = "777788889999", access = "read", bucket_policy = "allow", key_policy = "allow", verdict = "allowed" },
--   { bucket_arn = "arn:aws:s3:::b1", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::111122223333:role/app", principal_account_id = "111122223333", key_arn = "arn:aws:kms:eu-west-1:777788889999:key/k", key_account_id = "777788889999", access = "read", bucket_policy = "none", key_policy = "allow", verdict = "allowed" },
--   { bucket_arn = "arn:aws:s3:::b1", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::777788889999:role/keys", principal_account_id = "777788889999", key_arn = "arn:aws:kms:eu-west-1:777788889999:key/k", key_account_id = "777788889999", access = "read", bucket_policy = "none", key_policy = "allow", verdict = "blocked", blocked_by = ["bucket_policy"] },
--   { bucket_arn = "arn:aws:s3:::b1", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::555566667777:role/r", principal_account_id = "555566667777", key_arn = "arn:aws:kms:eu-west-1:777788889999:key/k", key_account_id = "777788889999", access = "read", bucket_policy = "none", key_policy = "none", verdict = "blocked", blocked_by = ["bucket_policy", "key_policy"] },
-- ]
-- [case.expect]
-- "arn:aws:kms:eu-west-1:777788889999:key/k arn:aws:iam::444455556666:role/etl" = "pass"
-- "arn:aws:kms:eu-west-1:777788889999:key/k arn:aws:iam::999999999999:root" = "pass"
-- "arn:aws:kms:eu-west-1:777788889999:key/k arn:aws:iam::999999999999:role/r" = "pass"
-- "arn:aws:kms:eu-west-1:777788889999:key/k arn:aws:iam::111122223333:role/app" = "pass"
-- ///
