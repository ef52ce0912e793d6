-- /// check
-- title = "Whom a bucket's policy lets write, the key lets encrypt"
-- severity = "medium"
-- description = """
-- Writing needs kms:GenerateDataKey from the key of the default encryption; GenerateDataKeyWithoutPlaintext alone is
-- no use to S3. An upload in parts needs kms:Decrypt as well, and SDKs and the console upload in parts above some
-- megabytes: where only that is missing, the finding is low. An account or organization of which only some may use the
-- key is fine. Where somebody gets there by a role that he may assume, the finding is low.
-- """
-- remediation = "let <related_id> use kms:GenerateDataKey and kms:Decrypt in the key's policy and in its own"
-- ///
with decrypters as (
  select key_arn, principal_arn, principal_account_id, principal_kind in ('account', 'organization', 'everybody') as wide
  from key_access
  where capability = 'decrypt' and via_role_arn is null and list_contains(actions, 'kms:Decrypt')
), writers as (
  select
    p.*, list_contains(p.blocked_by, 'key_policy') as missing,
    exists (
      from path_members m
      where m.resource_arn = p.resource_arn and m.access = p.access and m.principal_arn = p.principal_arn
        and not list_contains(m.blocked_by, 'key_policy')
    ) as some_may,
    exists (
      from decrypters d
      where d.key_arn = p.key_arn and (d.principal_arn = p.principal_arn
        or (p.principal_arn like 'arn:%:root' and d.principal_account_id = p.principal_account_id))
    ) as decrypts,
    p.key_arn in (
      select resource_arn from sync_failures where table_name = 'aws_kms_key_grants'
      union all
      select key_arn from customer_keys where unread is not null
    ) or (list_contains(p.unread, 'kms_identity') and exists (
      from decrypters d
      where d.key_arn = p.key_arn and d.wide
        and (d.principal_account_id is null or d.principal_account_id = p.principal_account_id)
    )) as decrypt_unsure
  from direct_paths p
  where p.access = 'write' and p.needs_key and p.opened
), judged as (
  select
    *,
    case
      when missing and some_may then 'some may'
      when missing and list_has_any(unread, ['bucket_policy', 'access_point_policy']) then 'unread'
      when missing then 'cannot write'
      when list_has_any(unread, ['key_policy', 'key_grant']) then 'unread'
      when decrypts or blocked_by <> [] then 'may'
      when decrypt_unsure then 'unread'
      else 'not in parts'
    end as finding
  from writers
)
select
  account_id, region, resource_arn as resource_id, principal_arn as related_id,
  case when finding in ('cannot write', 'not in parts') then 'fail' when finding = 'unread' then 'unknown' else 'pass' end
    as status,
  case finding
    when 'cannot write' then 'its policy lets write, but its key does not let it use kms:GenerateDataKey' || otherwise
    when 'not in parts' then 'its key lets write, but not in parts, which takes kms:Decrypt'
    when 'unread' then 'not all policies and grants on the way were collected'
    when 'some may' then 'its key lets some of them write'
    else 'its key lets write whom its policy lets write'
  end as reason,
  if(finding = 'not in parts' or detour is not null, 'low', 'medium') as severity, evidence
from judged;

-- /// cases
-- [[case]]
-- name = "no data key, one without plaintext only, a grant instead, in parts or not, a key that was not read"
-- given.policy_statements = [
--   { resource_arn = "arn:aws:kms:eu-west-1:111122223333:key/k2", policy_kind = "key_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", covered_actions = ["kms:GenerateDataKeyWithoutPlaintext"], condition_class = "none" },
-- ]
-- given.key_access = [
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k3", principal_arn = "arn:aws:iam::444455556666:role/etl", capability = "decrypt", actions = ["kms:Decrypt"], verdict = "allowed" },
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k4", principal_arn = "arn:aws:iam::444455556666:role/etl", capability = "decrypt", actions = ["kms:ReEncryptFrom"], verdict = "allowed" },
-- ]
-- given.cross_account_paths = [
--   { bucket_arn = "arn:aws:s3:::b1", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k1", access = "write", bucket_policy = "allow", key_policy = "none", key_grant = "none", verdict = "blocked", blocked_by = ["key_policy"] },
--   { bucket_arn = "arn:aws:s3:::b2", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k2", access = "write", bucket_policy = "allow", key_policy = "none", key_grant = "none", verdict = "blocked", blocked_by = ["key_policy"] },
--   { bucket_arn = "arn:aws:s3:::b3", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k3", access = "write", bucket_policy = "allow", key_policy = "none", key_grant = "allow", verdict = "allowed" },
--   { bucket_arn = "arn:aws:s3:::b4", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k4", access = "write", bucket_policy = "allow", key_policy = "allow", key_grant = "none", verdict = "allowed" },
--   { bucket_arn = "arn:aws:s3:::b5", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k5", access = "write", bucket_policy = "allow", key_policy = "unknown", key_grant = "unknown", verdict = "unknown" },
--   { bucket_arn = "arn:aws:s3:::b6", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k6", access = "write", bucket_policy = "unknown", key_policy = "none", key_grant = "none", verdict = "blocked", blocked_by = ["key_policy"] },
-- ]
-- [case.expect]
-- "arn:aws:s3:::b1 arn:aws:iam::444455556666:role/etl" = "fail"
-- "arn:aws:s3:::b2 arn:aws:iam::444455556666:role/etl" = "fail"
-- "arn:aws:s3:::b3 arn:aws:iam::444455556666:role/etl" = "pass"
-- "arn:aws:s3:::b4 arn:aws:iam::444455556666:role/etl" = "fail"
-- "arn:aws:s3:::b5 arn:aws:iam::444455556666:role/etl" = "unknown"
-- "arn:aws:s3:::b6 arn:aws:iam::444455556666:role/etl" = "unknown"
--
-- [[case]]
-- name = "uploads in parts: an account as a whole, a role of an account unseen, grants or a policy that were not read"
-- given.key_access = [
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k1", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_kind = "role", principal_account_id = "444455556666", capability = "decrypt", actions = ["kms:Decrypt"], verdict = "allowed" },
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k2", principal_arn = "arn:aws:iam::999999999999:root", principal_kind = "account", principal_account_id = "999999999999", capability = "decrypt", actions = ["kms:Decrypt"], verdict = "unknown" },
-- ]
-- given.sync_failures = [{ table_name = "aws_kms_key_grants", operation = "ListGrants", resource_arn = "arn:aws:kms:eu-west-1:111122223333:key/k3", outcome = "denied" }]
-- given.aws_kms_keys = [{ arn = "arn:aws:kms:eu-west-1:111122223333:key/k5", key_manager = "CUSTOMER" }]
-- given.cross_account_paths = [
--   { bucket_arn = "arn:aws:s3:::b5", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k5", access = "write", bucket_policy = "allow", key_policy = "unknown", key_grant = "allow", verdict = "allowed" },
--   { bucket_arn = "arn:aws:s3:::b1", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:root", principal_account_id = "444455556666", key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k1", access = "write", bucket_policy = "allow", key_policy = "allow", verdict = "allowed" },
--   { bucket_arn = "arn:aws:s3:::b2", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::999999999999:role/x", principal_account_id = "999999999999", key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k2", access = "write", bucket_policy = "allow", key_policy = "allow", kms_identity = "unknown", verdict = "unknown" },
--   { bucket_arn = "arn:aws:s3:::b3", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k3", access = "write", bucket_policy = "allow", key_policy = "allow", key_grant = "unknown", verdict = "allowed" },
--   { bucket_arn = "arn:aws:s3:::b4", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::999999999999:role/x", principal_account_id = "999999999999", key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k4", access = "write", bucket_policy = "allow", key_policy = "allow", kms_identity = "unknown", verdict = "unknown" },
-- ]
-- [case.expect]
-- "arn:aws:s3:::b1 arn:aws:iam::444455556666:root" = "pass"
-- "arn:aws:s3:::b2 arn:aws:iam::999999999999:role/x" = "unknown"
-- "arn:aws:s3:::b3 arn:aws:iam::444455556666:role/etl" = "unknown"
-- "arn:aws:s3:::b4 arn:aws:iam::999999999999:role/x" = "fail"
-- "arn:aws:s3:::b5 arn:aws:iam::444455556666:role/etl" = "unknown"
--
-- [[case]]
-- name = "an account of which one role may use the key, a role on the way; readers, closed buckets, S3's own keys"
-- given.key_access = [
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k1", principal_arn = "arn:aws:iam::444455556666:role/etl", capability = "decrypt", actions = ["kms:Decrypt", "kms:ReEncryptFrom"], verdict = "allowed" },
-- ]
-- given.cross_account_paths = [
--   { bucket_arn = "arn:aws:s3:::b1", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:root", principal_account_id = "444455556666", key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k1", access = "write", bucket_policy = "allow", key_policy = "none", verdict = "blocked", blocked_by = ["key_policy"] },
--   { bucket_arn = "arn:aws:s3:::b1", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k1", access = "write", bucket_policy = "allow", key_policy = "allow", verdict = "allowed" },
--   { bucket_arn = "arn:aws:s3:::b2", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k2", access = "write", bucket_policy = "allow", key_policy = "none", verdict = "blocked", blocked_by = ["key_policy"] },
--   { bucket_arn = "arn:aws:s3:::b2", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", via_role_arn = "arn:aws:iam::111122223333:role/writer", access = "write", verdict = "allowed" },
--   { bucket_arn = "arn:aws:s3:::b3", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", access = "read", bucket_policy = "allow", key_policy = "none", verdict = "blocked", blocked_by = ["key_policy"] },
--   { bucket_arn = "arn:aws:s3:::b4", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", access = "write", bucket_policy = "none", key_policy = "none", verdict = "blocked", blocked_by = ["bucket_policy", "key_policy"] },
--   { bucket_arn = "arn:aws:s3:::b5", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", access = "write", bucket_policy = "allow", key_policy = "not_applicable", verdict = "allowed" },
-- ]
-- [case.expect]
-- "arn:aws:s3:::b1 arn:aws:iam::444455556666:root" = "pass"
-- "arn:aws:s3:::b1 arn:aws:iam::444455556666:role/etl" = "pass"
-- "arn:aws:s3:::b2 arn:aws:iam::444455556666:role/etl" = "fail"
-- ///
