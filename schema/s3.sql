-- General purpose buckets, one row per bucket, with the settings that decide encryption and access.
create table aws_s3_buckets (
  account_id                varchar not null, -- Account that was collected, the bucket's owner.
  region                    varchar not null, -- Region the bucket lives in.
  arn                       varchar not null, -- Bucket ARN.
  name                      varchar,          -- Bucket name.
  creation_date             timestamptz,      -- When the bucket was created, or its settings last changed.
  sse_algorithm             varchar,          -- Default encryption: AES256, aws:kms, aws:kms:dsse, aws:fsx or aws:backup.
  kms_master_key_id         varchar,          -- Key of the default encryption as stored: an ARN, key id, alias or alias ARN, never checked by S3. Null: none is named; under aws:kms that means the AWS managed key aws/s3.
  bucket_key_enabled        boolean,          -- Whether S3 Bucket Keys are on.
  blocked_encryption_types  varchar[],        -- Encryption types that uploads may not use: SSE-C, or NONE.
  versioning_status         varchar,          -- Enabled, Suspended, or Disabled if it was never enabled.
  mfa_delete                varchar,          -- Enabled or Disabled.
  object_ownership          varchar,          -- BucketOwnerEnforced (ACLs are off), BucketOwnerPreferred or ObjectWriter, which is what an unset one means.
  block_public_acls         boolean,          -- Public access block of the bucket: new public ACLs are refused. False where none is configured.
  ignore_public_acls        boolean,          -- Public access block of the bucket: public ACLs have no effect. False where none is configured.
  block_public_policy       boolean,          -- Public access block of the bucket: new public policies are refused. False where none is configured.
  restrict_public_buckets   boolean,          -- Public access block of the bucket: a public policy reaches only its account and AWS services. False where none is configured.
  has_policy                boolean,          -- Whether the bucket has a policy. Null: it could not be read.
  policy_status             json,             -- PolicyStatus as received. Null: no policy, or not collected.
  policy_is_public          boolean,          -- Whether S3 takes the policy for public. Null: no policy, or not collected.
  object_lock_enabled       boolean,          -- Whether Object Lock is on.
  object_lock_configuration json,             -- ObjectLockConfiguration as received. Null: none, or not collected.
  logging_enabled           json,             -- LoggingEnabled as received. Null: server access logging is off, or not collected.
  logging_target_bucket     varchar,          -- Bucket that takes the access logs.
  owner_id                  varchar,          -- Canonical user id of the bucket's owner.
  tags                      json,             -- Tags as an object, key to value.
  raw                       json,             -- Every answer about the bucket as received, by operation.
  collected_at              timestamptz,      -- When the row was collected.
  run_id                    varchar,          -- Run that collected it.
  primary key (account_id, region, arn)
);

-- Default encryption of buckets, one row per bucket: S3 takes a single rule.
create table aws_s3_bucket_encryption_rules (
  account_id                              varchar not null, -- Account that was collected.
  region                                  varchar not null, -- Region of the bucket.
  bucket_arn                              varchar not null, -- Bucket the rule belongs to.
  apply_server_side_encryption_by_default json,             -- ApplyServerSideEncryptionByDefault as received.
  sse_algorithm                           varchar,          -- Algorithm: AES256, aws:kms, aws:kms:dsse, aws:fsx or aws:backup.
  kms_master_key_id                       varchar,          -- Key as stored. Null: none is named.
  bucket_key_enabled                      boolean,          -- Whether S3 Bucket Keys are on.
  blocked_encryption_types                varchar[],        -- Encryption types that uploads may not use: SSE-C, or NONE.
  raw                                     json,             -- The answer as received.
  collected_at                            timestamptz,      -- When the row was collected.
  run_id                                  varchar,          -- Run that collected it.
  primary key (account_id, region, bucket_arn)
);

-- Bucket policies, one row per bucket that has one. Whether a bucket without a row has none: aws_s3_buckets.has_policy.
create table aws_s3_bucket_policies (
  account_id   varchar not null, -- Account that was collected.
  region       varchar not null, -- Region of the bucket.
  bucket_arn   varchar not null, -- Bucket the policy belongs to.
  policy_json  json,             -- The policy document. Null: the text is not valid JSON.
  policy       varchar,          -- The document's text as received.
  raw          json,             -- The answer as received.
  collected_at timestamptz,      -- When the row was collected.
  run_id       varchar,          -- Run that collected it.
  primary key (account_id, region, bucket_arn)
);

-- Access points, one row per access point of the account, whoever owns the bucket.
create table aws_s3_access_points (
  account_id              varchar not null, -- Account that was collected, the access point's owner.
  region                  varchar not null, -- Region of the access point.
  arn                     varchar not null, -- Access point ARN.
  access_point_arn        varchar,          -- Access point ARN, under the name the API gives it.
  name                    varchar,          -- Name of the access point.
  bucket                  varchar,          -- Name of the bucket behind it.
  bucket_account_id       varchar,          -- Account that owns the bucket.
  alias                   varchar,          -- Alias that stands in place of a bucket name.
  network_origin          varchar,          -- Internet, or VPC if only requests from one VPC are taken.
  vpc_configuration       json,             -- VpcConfiguration as received. Null: not bound to a VPC.
  vpc_id                  varchar,          -- VPC it is bound to.
  creation_date           timestamptz,      -- When the access point was created.
  block_public_acls       boolean,          -- Public access block of the access point: new public ACLs are refused.
  ignore_public_acls      boolean,          -- Public access block of the access point: public ACLs have no effect.
  block_public_policy     boolean,          -- Public access block of the access point: new public policies are refused.
  restrict_public_buckets boolean,          -- Public access block of the access point: a public policy reaches only its account and AWS services.
  has_policy              boolean,          -- Whether the access point has a policy. Null: it could not be read.
  policy                  json,             -- The policy document. Null: no policy, not valid JSON, or not collected.
  policy_text             varchar,          -- The document's text as received.
  policy_is_public        boolean,          -- Whether S3 takes the policy for public. Null: no policy, or not collected.
  raw                     json,             -- Every answer about the access point as received, by operation.
  collected_at            timestamptz,      -- When the row was collected.
  run_id                  varchar,          -- Run that collected it.
  primary key (account_id, region, arn)
);

-- S3 settings of accounts, one row per account: the public access block over all its buckets.
create table aws_s3_accounts (
  account_id              varchar not null, -- Account that was collected.
  region                  varchar not null, -- Always global.
  canonical_user_id       varchar,          -- Id by which access control lists know the account.
  config_exists           boolean,          -- Whether a public access block is configured for the account, or imposed by the organization.
  block_public_acls       boolean,          -- Public access block in effect: new public ACLs are refused. False where none is configured.
  ignore_public_acls      boolean,          -- Public access block in effect: public ACLs have no effect. False where none is configured.
  block_public_policy     boolean,          -- Public access block in effect: new public policies are refused. False where none is configured.
  restrict_public_buckets boolean,          -- Public access block in effect: a public policy reaches only its account and AWS services. False where none is configured.
  raw                     json,             -- Every answer about the account as received, by operation.
  collected_at            timestamptz,      -- When the row was collected.
  run_id                  varchar,          -- Run that collected it.
  primary key (account_id, region)
);

-- Replication of buckets, one row per bucket that has a configuration.
create table aws_s3_bucket_replications (
  account_id                varchar not null, -- Account that was collected.
  region                    varchar not null, -- Region of the bucket.
  bucket_arn                varchar not null, -- Bucket that is replicated.
  role                      varchar,          -- Role that S3 takes on to replicate.
  replication_configuration json,             -- ReplicationConfiguration as received.
  raw                       json,             -- The answer as received.
  collected_at              timestamptz,      -- When the row was collected.
  run_id                    varchar,          -- Run that collected it.
  primary key (account_id, region, bucket_arn)
);

-- Access control lists of buckets, one row per grant.
create table aws_s3_bucket_grants (
  account_id   varchar not null, -- Account that was collected.
  region       varchar not null, -- Region of the bucket.
  bucket_arn   varchar not null, -- Bucket the grant is on.
  grantee_type varchar not null, -- CanonicalUser, Group or AmazonCustomerByEmail.
  grantee_id   varchar not null, -- Canonical user id, URI of the group, or e-mail address.
  permission   varchar not null, -- FULL_CONTROL, READ, WRITE, READ_ACP or WRITE_ACP.
  grantee      json,             -- Grantee as received.
  raw          json,             -- The answer as received.
  collected_at timestamptz,      -- When the row was collected.
  run_id       varchar,          -- Run that collected it.
  primary key (account_id, region, bucket_arn, grantee_type, grantee_id, permission)
);

-- Replication rules, one row per rule: where a bucket's objects are copied, and under which key.
create view aws_s3_bucket_replication_rules (
  account_id,              -- Account that was collected.
  region,                  -- Region of the bucket.
  bucket_arn,              -- Bucket that is replicated.
  rule_id,                 -- Id of the rule.
  role,                    -- Role that S3 takes on to replicate.
  status,                  -- Enabled or Disabled.
  destination_bucket_arn,  -- Bucket that takes the copies.
  destination_account_id,  -- Account that shall own the copies. Null: ownership stays with the source.
  sse_kms_enabled,         -- Whether objects under a KMS key are copied; without it they are left out.
  replica_kms_key_id       -- Key that encrypts the copies. Null: none is named.
) as
select
  account_id, region, bucket_arn, rule ->> '$.ID' as rule_id, role, rule ->> '$.Status' as status,
  rule ->> '$.Destination.Bucket' as destination_bucket_arn,
  rule ->> '$.Destination.Account' as destination_account_id,
  coalesce(rule ->> '$.SourceSelectionCriteria.SseKmsEncryptedObjects.Status' = 'Enabled', false)
    as sse_kms_enabled,
  rule ->> '$.Destination.EncryptionConfiguration.ReplicaKmsKeyID' as replica_kms_key_id
from (
  select *, unnest(from_json(replication_configuration -> '$.Rules', '["JSON"]')) as rule
  from aws_s3_bucket_replications
);

-- Versioning of buckets, one row per bucket, under CloudQuery's names.
create view aws_s3_bucket_versionings (
  account_id,  -- Account that was collected.
  region,      -- Region of the bucket.
  bucket_arn,  -- Bucket ARN.
  mfa_delete,  -- Enabled or Disabled.
  status       -- Enabled, Suspended, or Disabled if it was never enabled.
) as
select account_id, region, arn as bucket_arn, mfa_delete, versioning_status as status
from aws_s3_buckets
where versioning_status is not null;

-- Public access block of buckets, one row per bucket, under CloudQuery's names.
create view aws_s3_bucket_public_access_blocks (
  account_id,                        -- Account that was collected.
  region,                            -- Region of the bucket.
  bucket_arn,                        -- Bucket ARN.
  public_access_block_configuration  -- The four settings under the API's names; all false where none is configured.
) as
select
  account_id, region, arn as bucket_arn,
  json_object(
    'BlockPublicAcls', block_public_acls,
    'IgnorePublicAcls', ignore_public_acls,
    'BlockPublicPolicy', block_public_policy,
    'RestrictPublicBuckets', restrict_public_buckets
  ) as public_access_block_configuration
from aws_s3_buckets
where block_public_acls is not null;

-- Object ownership of buckets, one row per bucket, under CloudQuery's names.
create view aws_s3_bucket_ownership_controls (
  account_id,       -- Account that was collected.
  region,           -- Region of the bucket.
  bucket_arn,       -- Bucket ARN.
  object_ownership  -- BucketOwnerEnforced, BucketOwnerPreferred or ObjectWriter.
) as
select account_id, region, arn as bucket_arn, object_ownership
from aws_s3_buckets
where object_ownership is not null;

-- Server access logging of buckets, one row per bucket that logs, under CloudQuery's names.
create view aws_s3_bucket_loggings (
  account_id,      -- Account that was collected.
  region,          -- Region of the bucket.
  bucket_arn,      -- Bucket ARN.
  logging_enabled  -- LoggingEnabled as received.
) as
select account_id, region, arn as bucket_arn, logging_enabled
from aws_s3_buckets
where logging_enabled is not null;
