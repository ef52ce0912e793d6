-- KMS keys, customer managed and AWS managed, one row per key. AWS owned keys cannot be listed.
create table aws_kms_keys (
  account_id                      varchar not null, -- Account that was collected, the key's owner.
  region                          varchar not null, -- Region the key lives in.
  arn                             varchar not null, -- Key ARN. Identifies the key: replicas of a multi-Region key share the key id.
  key_id                          varchar,          -- Key id, the same for all replicas of a multi-Region key.
  aws_account_id                  varchar,          -- Owner as DescribeKey says it.
  description                     varchar,          -- Description given by the owner.
  key_manager                     varchar,          -- CUSTOMER or AWS (an AWS managed key).
  key_state                       varchar,          -- Enabled, Disabled, PendingDeletion, PendingImport, PendingReplicaDeletion, Unavailable, Creating or Updating.
  enabled                         boolean,          -- Whether the state is Enabled.
  key_spec                        varchar,          -- Kind of key material: SYMMETRIC_DEFAULT, RSA_2048, HMAC_256 and so on.
  key_usage                       varchar,          -- ENCRYPT_DECRYPT, SIGN_VERIFY, GENERATE_VERIFY_MAC, KEY_AGREEMENT or ENCAPSULATE_DECAPSULATE.
  customer_master_key_spec        varchar,          -- Older name of key_spec, kept by the API.
  origin                          varchar,          -- Where the material comes from: AWS_KMS, EXTERNAL, AWS_CLOUDHSM or EXTERNAL_KEY_STORE.
  creation_date                   timestamptz,      -- When the key was created.
  deletion_date                   timestamptz,      -- When the key will be deleted. Null: no deletion is scheduled, or the clock of a replica has not started.
  pending_deletion_window_in_days integer,          -- Waiting period before deletion, for a multi-Region primary that waits for its replicas.
  valid_to                        timestamptz,      -- Earliest expiry of the imported material.
  expiration_model                varchar,          -- KEY_MATERIAL_EXPIRES or KEY_MATERIAL_DOES_NOT_EXPIRE, for imported material.
  current_key_material_id         varchar,          -- Material that encrypts now.
  custom_key_store_id             varchar,          -- Custom key store that holds the key.
  cloud_hsm_cluster_id            varchar,          -- CloudHSM cluster behind the custom key store.
  xks_key_id                      varchar,          -- Id of the key in the external key store.
  xks_key_configuration           json,             -- XksKeyConfiguration as received.
  multi_region                    boolean,          -- Whether the key is a multi-Region key.
  multi_region_key_type           varchar,          -- PRIMARY or REPLICA.
  primary_key_arn                 varchar,          -- ARN of the multi-Region primary key.
  multi_region_configuration      json,             -- MultiRegionConfiguration as received.
  replica_keys                    json,             -- List of the replicas, each with its Arn and Region.
  encryption_algorithms           varchar[],        -- Algorithms for encryption.
  signing_algorithms              varchar[],        -- Algorithms for signatures.
  mac_algorithms                  varchar[],        -- Algorithms for message authentication codes.
  key_agreement_algorithms        varchar[],        -- Algorithms for deriving shared secrets.
  encapsulation_algorithms        varchar[],        -- Algorithms for key encapsulation.
  rotation_enabled                boolean,          -- Automatic rotation. Null: it cannot be set for this key, or was not collected.
  rotation_period_in_days         integer,          -- Days between automatic rotations.
  next_rotation_date              timestamptz,      -- Next automatic rotation.
  on_demand_rotation_start_date   timestamptz,      -- Start of an on-demand rotation that is under way.
  last_used_at                    timestamptz,      -- Last cryptographic use that KMS knows of. Collected only with key_last_usage.
  last_used_operation             varchar,          -- Operation of that use.
  last_used_tracking_start        timestamptz,      -- Since when KMS has kept track; earlier uses are not known.
  tags                            json,             -- Tags as an object, key to value.
  raw                             json,             -- Every answer about the key as received, by operation.
  collected_at                    timestamptz,      -- When the row was collected.
  run_id                          varchar,          -- Run that collected it.
  primary key (account_id, region, arn)
);

-- Key policies, one row per key and policy. A key without a row here was not read: every key has a policy.
create table aws_kms_key_policies (
  account_id   varchar not null, -- Account that was collected.
  region       varchar not null, -- Region of the key.
  key_arn      varchar not null, -- Key the policy belongs to.
  name         varchar not null, -- Name of the policy, always default.
  policy       json,             -- The policy document. Null: the text is not valid JSON.
  policy_text  varchar,          -- The document's text as received.
  raw          json,             -- The answer as received.
  collected_at timestamptz,      -- When the row was collected.
  run_id       varchar,          -- Run that collected it.
  primary key (account_id, region, key_arn, name)
);

-- Names for keys, one row per alias. Names that begin with alias/aws/ may exist before their key does.
create table aws_kms_aliases (
  account_id        varchar not null, -- Account that was collected.
  region            varchar not null, -- Region of the alias.
  arn               varchar not null, -- Alias ARN.
  alias_arn         varchar,          -- Alias ARN, under the name the API gives it.
  alias_name        varchar,          -- Name, with the prefix alias/.
  target_key_id     varchar,          -- Key id of the key it names. Null: predefined, no key yet.
  creation_date     timestamptz,      -- When the alias was created.
  last_updated_date timestamptz,      -- When it was last pointed at a key.
  raw               json,             -- The list entry as received.
  collected_at      timestamptz,      -- When the row was collected.
  run_id            varchar,          -- Run that collected it.
  primary key (account_id, region, arn)
);

-- Grants, one row per grant: permissions on a key that stand in no policy.
create table aws_kms_key_grants (
  account_id                 varchar not null, -- Account that was collected, the key's owner.
  region                     varchar not null, -- Region of the key.
  key_arn                    varchar not null, -- Key the grant is on.
  grant_id                   varchar not null, -- Id of the grant.
  key_id                     varchar,          -- Key id or ARN as the API returns it.
  name                       varchar,          -- Name given to the grant.
  creation_date              timestamptz,      -- When the grant was created.
  grantee_principal          varchar,          -- Who may use the key. May be a service's own opaque principal, or absent.
  grantee_service_principal  varchar,          -- AWS service that may use the key.
  retiring_principal         varchar,          -- Who may retire the grant.
  retiring_service_principal varchar,          -- AWS service that may retire the grant.
  issuing_account            varchar,          -- Account under which the grant was issued.
  operations                 varchar[],        -- Operations the grant allows.
  constraints                json,             -- Constraints as received.
  encryption_context_equals  json,             -- Encryption context that a request must have, exactly.
  encryption_context_subset  json,             -- Encryption context that a request must include.
  source_arn                 varchar,          -- Resource on whose behalf a service must act.
  raw                        json,             -- The list entry as received.
  collected_at               timestamptz,      -- When the row was collected.
  run_id                     varchar,          -- Run that collected it.
  primary key (account_id, region, key_arn, grant_id)
);

-- Key material a key has or had, one row per rotation or imported material.
create table aws_kms_key_rotations (
  account_id               varchar not null, -- Account that was collected.
  region                   varchar not null, -- Region of the key.
  key_arn                  varchar not null, -- Key that was rotated.
  key_material_id          varchar,          -- Id of the material.
  key_material_description varchar,          -- Description given at import.
  import_state             varchar,          -- IMPORTED or PENDING_IMPORT, for imported material.
  key_material_state       varchar,          -- CURRENT, NON_CURRENT, PENDING_ROTATION or PENDING_MULTI_REGION_IMPORT_AND_ROTATION.
  expiration_model         varchar,          -- Whether imported material expires.
  valid_to                 timestamptz,      -- When it expires.
  rotation_date            timestamptz,      -- When it became current. Null: the first material.
  rotation_type            varchar,          -- AUTOMATIC or ON_DEMAND.
  raw                      json,             -- The list entry as received.
  collected_at             timestamptz,      -- When the row was collected.
  run_id                   varchar           -- Run that collected it.
);

-- Custom key stores: CloudHSM clusters and external key managers that hold keys.
create table aws_kms_custom_key_stores (
  account_id               varchar not null, -- Account that was collected.
  region                   varchar not null, -- Region of the store.
  custom_key_store_id      varchar not null, -- Id of the store.
  custom_key_store_name    varchar,          -- Name of the store.
  custom_key_store_type    varchar,          -- AWS_CLOUDHSM or EXTERNAL_KEY_STORE.
  cloud_hsm_cluster_id     varchar,          -- CloudHSM cluster behind it.
  trust_anchor_certificate varchar,          -- Certificate that the cluster was initialised with.
  connection_state         varchar,          -- CONNECTED, CONNECTING, FAILED, DISCONNECTED or DISCONNECTING.
  connection_error_code    varchar,          -- Why connecting failed.
  creation_date            timestamptz,      -- When the store was created.
  xks_proxy_configuration  json,             -- Proxy of an external key store: connectivity, endpoint, VPC endpoint service.
  raw                      json,             -- The list entry as received.
  collected_at             timestamptz,      -- When the row was collected.
  run_id                   varchar,          -- Run that collected it.
  primary key (account_id, region, custom_key_store_id)
);
