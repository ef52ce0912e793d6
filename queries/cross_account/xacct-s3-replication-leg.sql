-- /// check
-- title = "Replication of encrypted objects has every leg, and stays with known accounts"
-- severity = "high"
-- description = """
-- A rule that copies objects under SSE-KMS needs: a role that may decrypt with the source's key and encrypt with the
-- replicas', a key for the replicas in the destination's Region (across accounts no AWS managed one), and, across
-- accounts, a destination bucket whose policy takes the copies. Rules that send to an outsider are a finding whatever
-- they copy: that is a way to carry data off. Objects under SSE-KMS are left out where a rule does not select them,
-- which is no finding.
-- """
-- remediation = "give the rule's role kms:Decrypt, kms:Encrypt and s3:ReplicateObject, let it in by the policies of the replicas' key and of the destination bucket, or remove the rule"
-- ///
with read_keys as (
  select key_arn from customer_keys
  where unread is null
    and key_arn not in (select resource_arn from sync_failures where table_name = 'aws_kms_key_grants')
), uses as (
  select key_arn, principal_arn as role, action, min(verdict) as verdict
  from (select *, unnest(actions) as action from key_access where capability in ('decrypt', 'encrypt'))
  where via_role_arn is null
  group by key_arn, principal_arn, action
), shares as (
  select
    bucket_arn, unnest(covered_actions) as action, principal,
    if(principal like 'arn:%:root', principal_account_id, null) as whole_account
  from bucket_shares
), senders as (
  select
    holder_arn as role, effect,
    split_part(unnest(if(effect is null or not_resources is not null, ['*'], resources)), '/', 1) as pattern
  from identity_statements
  where effect is null or (effect = 'Allow' and list_contains(covered_actions, 's3:ReplicateObject'))
), rules as (
  select
    r.account_id, r.region, r.bucket_arn, r.rule_id, r.role, r.destination_bucket_arn, r.sse_kms_enabled,
    coalesce(b.account_id, r.destination_account_id) as destination, b.region as destination_region, b.has_policy,
    s.key_arn as source_key, d.key_arn as replica_key, d.reference, d.key_region, d.resolution,
    coalesce(sk.key_manager = 'AWS', s.key_arn is null) as source_is_free,
    coalesce(dk.key_manager = 'AWS', false) or coalesce(d.reference like '%alias/aws/s3', false) as replica_is_managed,
    decrypts.verdict as decrypts, encrypts.verdict as encrypts,
    r.role not in (select arn from aws_iam_roles) or exists (
      from sync_failures f where f.resource_arn = r.role and f.table_name like 'aws_iam_role_%'
    ) as role_unread,
    coalesce(coalesce(b.account_id, r.destination_account_id) not in (select account_id from known_accounts), false)
      as outside,
    exists (from sync_coverage where table_name = 'aws_organizations_accounts' and columns is null) as unlisted,
    r.destination_account_id is not null as hands_over,
    list_sort(list(distinct h.action)) as shared,
    bool_or(m.role is not null) as sends
  from aws_s3_bucket_replication_rules r
  left join aws_s3_buckets b on b.arn = r.destination_bucket_arn
  left join key_references s on s.resource_arn = r.bucket_arn and s.attribute = 'default_encryption'
  left join key_references d
    on d.resource_arn = r.bucket_arn
    and d.attribute = 'replica_encryption: ' || coalesce(r.rule_id, r.destination_bucket_arn)
  left join aws_kms_keys sk on sk.arn = s.key_arn
  left join aws_kms_keys dk on dk.arn = d.key_arn
  left join uses decrypts
    on decrypts.key_arn = s.key_arn and decrypts.role = r.role and decrypts.action = 'kms:Decrypt'
  left join uses encrypts
    on encrypts.key_arn = d.key_arn and encrypts.role = r.role and encrypts.action = 'kms:Encrypt'
  left join shares h
    on h.bucket_arn = r.destination_bucket_arn
    and (h.principal in ('*', r.role) or h.whole_account = split_part(r.role, ':', 5))
  left join senders m on m.role = r.role and r.destination_bucket_arn glob m.pattern
  where r.status = 'Enabled'
  group by all
), checked as (
  select
    r.*,
    list_filter([
      {'applies': outside, 'certain': not unlisted, 'reason': 'account ' || destination || ' is not a known one'},
      {
        'applies': sse_kms_enabled and destination_region is null, 'certain': false,
        'reason': 'the destination bucket was not collected'
      },
      {'applies': sse_kms_enabled and reference is null, 'certain': true, 'reason': 'no key for the replicas is named'},
      {
        'applies': sse_kms_enabled and resolution = 'unresolved' and not replica_is_managed, 'certain': false,
        'reason': 'the key for the replicas was not found'
      },
      {
        'applies': sse_kms_enabled and key_region <> destination_region, 'certain': true,
        'reason': 'the key for the replicas is in ' || key_region || ', the destination in ' || destination_region
      },
      {
        'applies': sse_kms_enabled and replica_is_managed and destination <> account_id, 'certain': true,
        'reason': 'the key for the replicas is an AWS managed one, which no other account can use'
      },
      {
        'applies': sse_kms_enabled and not source_is_free and coalesce(decrypts, 'unknown') = 'unknown',
        'certain': decrypts is null and not role_unread and source_key in (from read_keys),
        'reason': 'the role may not decrypt with ' || source_key
      },
      {
        'applies': sse_kms_enabled and replica_key is not null and not replica_is_managed
          and coalesce(encrypts, 'unknown') = 'unknown',
        'certain': encrypts is null and not role_unread and replica_key in (from read_keys),
        'reason': 'the role may not encrypt with ' || replica_key
      },
      {
        'applies': sse_kms_enabled and destination_region is not null and destination <> account_id and not list_has_all(
          shared, if(hands_over, ['s3:ReplicateObject', 's3:ObjectOwnerOverrideToBucketOwner'], ['s3:ReplicateObject'])
        ),
        'certain': has_policy is not null, 'reason': 'the policy of the destination bucket does not let the role in'
      },
      {
        'applies': sse_kms_enabled and not sends, 'certain': not role_unread,
        'reason': 'policies of the role do not allow s3:ReplicateObject'
      }
    ], c -> c.applies) as missing
  from rules r
)
select
  account_id, region, bucket_arn as resource_id, concat_ws(' ', destination_bucket_arn, rule_id) as related_id,
  case
    when len(missing) = 0 then 'pass'
    when len(list_filter(missing, c -> c.certain)) = 0 then 'unknown'
    else 'fail'
  end as status,
  case
    when len(missing) = 0 then 'its rule has every leg, and the destination is known'
    when len(list_filter(missing, c -> c.certain)) = 0
      then 'as far as was collected: ' || array_to_string(list_transform(missing, c -> c.reason), '; ')
    else array_to_string(list_transform(list_filter(missing, c -> c.certain), c -> c.reason), '; ')
  end as reason,
  to_json({
    'role': role, 'destination_account_id': destination, 'source_key': source_key, 'replica_key': reference
  }) as evidence
from checked
where sse_kms_enabled or outside;

-- /// cases
-- [[case]]
-- name = "a rule that has every leg, across accounts and within one; a source under the AWS managed key"
-- given.aws_organizations_accounts = [{ arn = "o1", id = "111122223333" }, { arn = "o2", id = "444455556666" }]
-- given.aws_iam_roles = [{ arn = "arn:aws:iam::111122223333:role/copy" }]
-- given.aws_iam_role_policies = [{ role_arn = "arn:aws:iam::111122223333:role/copy", policy_name = "p", policy_document = {} }]
-- given.aws_kms_keys = [
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/s", key_id = "s", key_manager = "CUSTOMER" },
--   { arn = "arn:aws:kms:us-east-1:444455556666:key/r", key_id = "r", key_manager = "CUSTOMER", account_id = "444455556666", region = "us-east-1" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/aws", key_id = "aws", key_manager = "AWS" },
-- ]
-- given.aws_kms_key_policies = [
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/s", name = "default", policy = {} },
--   { key_arn = "arn:aws:kms:us-east-1:444455556666:key/r", name = "default", policy = {}, account_id = "444455556666", region = "us-east-1" },
-- ]
-- given.aws_kms_aliases = [{ arn = "a", alias_name = "alias/aws/s3", target_key_id = "aws" }]
-- given.aws_s3_buckets = [
--   { arn = "arn:aws:s3:::source", sse_algorithm = "aws:kms", kms_master_key_id = "s" },
--   { arn = "arn:aws:s3:::plain", sse_algorithm = "aws:kms" },
--   { arn = "arn:aws:s3:::own", has_policy = false, sse_algorithm = "AES256" },
--   { arn = "arn:aws:s3:::theirs", account_id = "444455556666", region = "us-east-1", has_policy = true, sse_algorithm = "AES256" },
-- ]
-- given.key_access = [
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/s", principal_arn = "arn:aws:iam::111122223333:role/copy", capability = "decrypt", actions = ["kms:Decrypt", "kms:ReEncryptFrom"], verdict = "conditional" },
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/s", principal_arn = "arn:aws:iam::111122223333:role/copy", capability = "encrypt", actions = ["kms:Encrypt"], verdict = "allowed" },
--   { key_arn = "arn:aws:kms:us-east-1:444455556666:key/r", principal_arn = "arn:aws:iam::111122223333:role/copy", capability = "encrypt", actions = ["kms:Encrypt"], verdict = "allowed" },
-- ]
-- given.policy_statements = [
--   { resource_arn = "arn:aws:iam::111122223333:role/copy", policy_kind = "inline_policy", policy_name = "p", effect = "Allow", covered_actions = ["s3:ReplicateObject"], resources = ["arn:aws:s3:::own/*", "arn:aws:s3:::theirs/*"], condition_class = "none" },
--   { account_id = "444455556666", resource_arn = "arn:aws:s3:::theirs", policy_kind = "bucket_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::111122223333:root", principal_account_id = "111122223333", covered_actions = ["s3:ReplicateObject", "s3:ObjectOwnerOverrideToBucketOwner"], condition_class = "none" },
-- ]
-- given.aws_s3_bucket_replications = [
--   { bucket_arn = "arn:aws:s3:::source", role = "arn:aws:iam::111122223333:role/copy", replication_configuration = { Rules = [
--     { ID = "across", Status = "Enabled", SourceSelectionCriteria = { SseKmsEncryptedObjects = { Status = "Enabled" } }, Destination = { Bucket = "arn:aws:s3:::theirs", Account = "444455556666", EncryptionConfiguration = { ReplicaKmsKeyID = "arn:aws:kms:us-east-1:444455556666:key/r" } } },
--     { ID = "within", Status = "Enabled", SourceSelectionCriteria = { SseKmsEncryptedObjects = { Status = "Enabled" } }, Destination = { Bucket = "arn:aws:s3:::own", EncryptionConfiguration = { ReplicaKmsKeyID = "arn:aws:kms:eu-west-1:111122223333:key/s" } } },
--   ] } },
--   { bucket_arn = "arn:aws:s3:::plain", role = "arn:aws:iam::111122223333:role/copy", replication_configuration = { Rules = [
--     { ID = "managed", Status = "Enabled", SourceSelectionCriteria = { SseKmsEncryptedObjects = { Status = "Enabled" } }, Destination = { Bucket = "arn:aws:s3:::own", EncryptionConfiguration = { ReplicaKmsKeyID = "arn:aws:kms:eu-west-1:111122223333:key/s" } } },
--   ] } },
-- ]
-- [case.expect]
-- "arn:aws:s3:::source arn:aws:s3:::theirs across" = "pass"
-- "arn:aws:s3:::source arn:aws:s3:::own within" = "pass"
-- "arn:aws:s3:::plain arn:aws:s3:::own managed" = "pass"
--
-- [[case]]
-- name = "decrypt or encrypt is missing, the key's Region is wrong, the AWS managed key across accounts, a closed bucket"
-- given.aws_organizations_accounts = [{ arn = "o1", id = "111122223333" }, { arn = "o2", id = "444455556666" }]
-- given.aws_iam_roles = [{ arn = "arn:aws:iam::111122223333:role/copy" }, { arn = "arn:aws:iam::111122223333:role/none" }]
-- given.aws_iam_role_policies = [{ role_arn = "arn:aws:iam::111122223333:role/copy", policy_name = "p", policy_document = {} }]
-- given.aws_kms_keys = [
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/s", key_id = "s", key_manager = "CUSTOMER" },
--   { arn = "arn:aws:kms:us-east-1:444455556666:key/r", key_id = "r", key_manager = "CUSTOMER", account_id = "444455556666", region = "us-east-1" },
--   { arn = "arn:aws:kms:us-east-1:444455556666:key/aws", key_id = "aws", key_manager = "AWS", account_id = "444455556666", region = "us-east-1" },
-- ]
-- given.aws_kms_key_policies = [
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/s", name = "default", policy = {} },
--   { key_arn = "arn:aws:kms:us-east-1:444455556666:key/r", name = "default", policy = {}, account_id = "444455556666", region = "us-east-1" },
-- ]
-- given.aws_s3_buckets = [
--   { arn = "arn:aws:s3:::b1", sse_algorithm = "aws:kms", kms_master_key_id = "s" },
--   { arn = "arn:aws:s3:::b2", sse_algorithm = "AES256" },
--   { arn = "arn:aws:s3:::theirs", account_id = "444455556666", region = "us-east-1", has_policy = true, sse_algorithm = "AES256" },
--   { arn = "arn:aws:s3:::closed", account_id = "444455556666", region = "us-east-1", has_policy = false, sse_algorithm = "AES256" },
-- ]
-- given.key_access = [
--   { key_arn = "arn:aws:kms:us-east-1:444455556666:key/r", principal_arn = "arn:aws:iam::111122223333:role/copy", capability = "encrypt", actions = ["kms:Encrypt"], verdict = "allowed" },
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/s", principal_arn = "arn:aws:iam::111122223333:role/copy", capability = "encrypt", actions = ["kms:Encrypt"], verdict = "allowed" },
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/s", principal_arn = "arn:aws:iam::111122223333:role/copy", capability = "decrypt", actions = ["kms:ReEncryptFrom"], verdict = "allowed" },
-- ]
-- given.policy_statements = [
--   { resource_arn = "arn:aws:iam::111122223333:role/copy", policy_kind = "inline_policy", policy_name = "p", effect = "Allow", covered_actions = ["s3:ReplicateObject"], resources = ["*"], condition_class = "none" },
--   { account_id = "444455556666", resource_arn = "arn:aws:s3:::theirs", policy_kind = "bucket_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::111122223333:role/copy", principal_account_id = "111122223333", covered_actions = ["s3:ReplicateObject"], condition_class = "none" },
-- ]
-- given.aws_s3_bucket_replications = [
--   { bucket_arn = "arn:aws:s3:::b1", role = "arn:aws:iam::111122223333:role/copy", replication_configuration = { Rules = [
--     { ID = "decrypt", Status = "Enabled", SourceSelectionCriteria = { SseKmsEncryptedObjects = { Status = "Enabled" } }, Destination = { Bucket = "arn:aws:s3:::theirs", EncryptionConfiguration = { ReplicaKmsKeyID = "arn:aws:kms:us-east-1:444455556666:key/r" } } },
--   ] } },
--   { bucket_arn = "arn:aws:s3:::b2", role = "arn:aws:iam::111122223333:role/copy", replication_configuration = { Rules = [
--     { ID = "region", Status = "Enabled", SourceSelectionCriteria = { SseKmsEncryptedObjects = { Status = "Enabled" } }, Destination = { Bucket = "arn:aws:s3:::theirs", EncryptionConfiguration = { ReplicaKmsKeyID = "arn:aws:kms:eu-west-1:111122223333:key/s" } } },
--     { ID = "managed", Status = "Enabled", SourceSelectionCriteria = { SseKmsEncryptedObjects = { Status = "Enabled" } }, Destination = { Bucket = "arn:aws:s3:::theirs", EncryptionConfiguration = { ReplicaKmsKeyID = "arn:aws:kms:us-east-1:444455556666:key/aws" } } },
--     { ID = "alias", Status = "Enabled", SourceSelectionCriteria = { SseKmsEncryptedObjects = { Status = "Enabled" } }, Destination = { Bucket = "arn:aws:s3:::theirs", EncryptionConfiguration = { ReplicaKmsKeyID = "arn:aws:kms:us-east-1:444455556666:alias/aws/s3" } } },
--     { ID = "closed", Status = "Enabled", SourceSelectionCriteria = { SseKmsEncryptedObjects = { Status = "Enabled" } }, Destination = { Bucket = "arn:aws:s3:::closed", EncryptionConfiguration = { ReplicaKmsKeyID = "arn:aws:kms:us-east-1:444455556666:key/r" } } },
--     { ID = "owner", Status = "Enabled", SourceSelectionCriteria = { SseKmsEncryptedObjects = { Status = "Enabled" } }, Destination = { Bucket = "arn:aws:s3:::theirs", Account = "444455556666", EncryptionConfiguration = { ReplicaKmsKeyID = "arn:aws:kms:us-east-1:444455556666:key/r" } } },
--     { ID = "good", Status = "Enabled", SourceSelectionCriteria = { SseKmsEncryptedObjects = { Status = "Enabled" } }, Destination = { Bucket = "arn:aws:s3:::theirs", EncryptionConfiguration = { ReplicaKmsKeyID = "arn:aws:kms:us-east-1:444455556666:key/r" } } },
--     { ID = "off", Status = "Disabled", SourceSelectionCriteria = { SseKmsEncryptedObjects = { Status = "Enabled" } }, Destination = { Bucket = "arn:aws:s3:::closed" } },
--   ] } },
--   { bucket_arn = "arn:aws:s3:::theirs", account_id = "444455556666", region = "us-east-1", role = "arn:aws:iam::111122223333:role/none", replication_configuration = { Rules = [
--     { ID = "encrypt", Status = "Enabled", SourceSelectionCriteria = { SseKmsEncryptedObjects = { Status = "Enabled" } }, Destination = { Bucket = "arn:aws:s3:::closed", EncryptionConfiguration = { ReplicaKmsKeyID = "arn:aws:kms:us-east-1:444455556666:key/r" } } },
--   ] } },
-- ]
-- [case.expect]
-- "arn:aws:s3:::b1 arn:aws:s3:::theirs decrypt" = "fail"
-- "arn:aws:s3:::b2 arn:aws:s3:::theirs region" = "fail"
-- "arn:aws:s3:::b2 arn:aws:s3:::theirs managed" = "fail"
-- "arn:aws:s3:::b2 arn:aws:s3:::theirs alias" = "fail"
-- "arn:aws:s3:::b2 arn:aws:s3:::closed closed" = "fail"
-- "arn:aws:s3:::b2 arn:aws:s3:::theirs owner" = "fail"
-- "arn:aws:s3:::b2 arn:aws:s3:::theirs good" = "pass"
-- "arn:aws:s3:::theirs arn:aws:s3:::closed encrypt" = "fail"
--
-- [[case]]
-- name = "an outsider, whatever is copied; objects under SSE-KMS that are not selected; what was not collected"
-- given.aws_organizations_accounts = [{ arn = "o1", id = "111122223333" }]
-- given.trusted_accounts = [{ account_id = "777788889999", label = "vendor" }]
-- given.aws_s3_buckets = [{ arn = "arn:aws:s3:::own", sse_algorithm = "aws:kms", has_policy = false }]
-- given.aws_s3_bucket_replications = [
--   { bucket_arn = "arn:aws:s3:::b1", role = "arn:aws:iam::111122223333:role/copy", replication_configuration = { Rules = [
--     { ID = "outside", Status = "Enabled", Destination = { Bucket = "arn:aws:s3:::away", Account = "999999999999" } },
--     { ID = "partner", Status = "Enabled", Destination = { Bucket = "arn:aws:s3:::away", Account = "777788889999" } },
--     { ID = "skipped", Status = "Enabled", Destination = { Bucket = "arn:aws:s3:::own" } },
--     { ID = "unseen", Status = "Enabled", SourceSelectionCriteria = { SseKmsEncryptedObjects = { Status = "Enabled" } }, Destination = { Bucket = "arn:aws:s3:::elsewhere", EncryptionConfiguration = { ReplicaKmsKeyID = "arn:aws:kms:us-east-1:777788889999:key/r" } } },
--   ] } },
-- ]
-- expect = { "arn:aws:s3:::b1 arn:aws:s3:::away outside" = "fail", "arn:aws:s3:::b1 arn:aws:s3:::elsewhere unseen" = "unknown" }
--
-- [[case]]
-- name = "while the organization cannot be listed nobody can be called an outsider"
-- given.sync_scopes = [
--   { run_id = "r1", region = "global", table_name = "aws_organizations_accounts", operation = "ListAccounts", outcome = "denied" },
-- ]
-- given.aws_s3_bucket_replications = [
--   { bucket_arn = "arn:aws:s3:::b1", role = "arn:aws:iam::111122223333:role/copy", replication_configuration = { Rules = [
--     { ID = "r", Status = "Enabled", Destination = { Bucket = "arn:aws:s3:::away", Account = "444455556666" } },
--   ] } },
-- ]
-- expect = { "arn:aws:s3:::b1 arn:aws:s3:::away r" = "unknown" }
-- ///
