-- What KMS charges, one row per price. Requests are charged too, but no inventory knows their number.
create table kms_prices (
  item           varchar not null primary key, -- key: a customer managed key; rotation: each of its first two rotations.
  usd_per_month  double not null,              -- US dollars a month.
  effective_from date not null,                -- First day of the price.
  source         varchar not null              -- Where AWS says so.
);
insert into kms_prices values
  ('key', 1.00, '2014-11-12', 'https://aws.amazon.com/kms/pricing/'),
  ('rotation', 1.00, '2024-05-01', 'https://aws.amazon.com/kms/pricing/');

-- The type of every key and what follows from it, one row per key, and one for the AWS owned keys that no account sees.
create view kms_key_types (
  account_id,               -- Account that owns the key. Null: AWS owned keys.
  region,                   -- Region of the key. Null: AWS owned keys.
  key_arn,                  -- Key ARN. Null: AWS owned keys.
  key_type,                 -- Customer managed key: AWS-provided key material, external key material or custom key store; AWS managed key; AWS owned key; unclassified; unknown if the key could not be described.
  multi_account_access,     -- Whether other accounts can be let in: Yes, No or Varies.
  can_view_metadata,        -- Whether the account can look at the key: Yes or No.
  can_manage,               -- Whether the account can change its policy and settings: Yes or No.
  used_only_for_my_account, -- Whether AWS uses the key for this account only: Yes or No.
  automatic_rotation,       -- Optional, Required (AWS rotates every year), No, Not supported (by the kind of key), Follows the primary key, or Varies.
  on_demand_rotation,       -- Yes, No, Not supported (by the kind of key), Follows the primary key, or Varies.
  pricing,                  -- What is charged: Monthly and per-use fee, Per-use fee, or Varies.
  estimated_monthly_usd     -- Monthly fee without requests and without the store's own cost. Null: not known.
) as
with rotations as (
  select key_arn, count(rotation_date) as completed from aws_kms_key_rotations group by key_arn
), unread as (
  select resource_arn from sync_failures
  where table_name = 'aws_kms_key_rotations' and resource_arn not in (select key_arn from aws_kms_key_rotations)
), typed as (
  select
    account_id, region, arn as key_arn, key_state,
    key_spec = 'SYMMETRIC_DEFAULT' as is_symmetric,
    multi_region_key_type = 'REPLICA' as is_replica,
    case
      when key_manager is null then 'unknown'
      when key_manager = 'AWS' then 'AWS managed key'
      when key_manager <> 'CUSTOMER' then 'unclassified'
      when origin = 'AWS_KMS' then 'Customer managed key: AWS-provided key material'
      when origin = 'EXTERNAL' then 'Customer managed key: external key material'
      when origin in ('AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE') then 'Customer managed key: custom key store'
      else 'unclassified'
    end as key_type
  from aws_kms_keys
)
select
  account_id, region, key_arn, key_type,
  case when key_type like 'Customer%' then 'Yes' when key_type = 'AWS managed key' then 'No' end
    as multi_account_access,
  case when key_type like 'Customer%' or key_type = 'AWS managed key' then 'Yes' end as can_view_metadata,
  case when key_type like 'Customer%' then 'Yes' when key_type = 'AWS managed key' then 'No' end as can_manage,
  case when key_type like 'Customer%' or key_type = 'AWS managed key' then 'Yes' end as used_only_for_my_account,
  case
    when key_type = 'AWS managed key' then 'Required'
    when key_type not like 'Customer%' then null
    when not is_symmetric then 'Not supported'
    when key_type not like '%AWS-provided key material' then 'No'
    when coalesce(is_replica, false) then 'Follows the primary key'
    else 'Optional'
  end as automatic_rotation,
  case
    when key_type = 'AWS managed key' or key_type like '%custom key store' then 'No'
    when key_type not like 'Customer%' then null
    when not is_symmetric then 'Not supported'
    when coalesce(is_replica, false) then 'Follows the primary key'
    else 'Yes'
  end as on_demand_rotation,
  case when key_type like 'Customer%' then 'Monthly and per-use fee'
       when key_type = 'AWS managed key' then 'Per-use fee' end as pricing,
  case
    when key_type = 'AWS managed key' then 0
    when key_type not like 'Customer%' then null
    when key_state in ('PendingDeletion', 'PendingReplicaDeletion') then 0
    when exists (from unread where resource_arn = key_arn) then null
    else (select usd_per_month from kms_prices where item = 'key')
      + least(2, coalesce((select completed from rotations r where r.key_arn = typed.key_arn), 0))
      * (select usd_per_month from kms_prices where item = 'rotation')
  end as estimated_monthly_usd
from typed
union all
select
  null, null, null, 'AWS owned key', 'Varies', 'No', 'No', 'No', 'Varies', 'Varies', 'Varies', null;

-- Every place where a resource names a KMS key, one row per place, with the key that the name leads to.
create view key_references (
  account_id,     -- Account of the resource.
  region,         -- Region of the resource.
  resource_arn,   -- Resource that names a key.
  table_name,     -- Table the resource is in.
  attribute,      -- What the key is for: default_encryption, or replica_encryption and the id of the replication rule.
  reference,      -- Key as stored. Null: none is named, which means the AWS managed key of the service.
  reference_kind, -- key_arn, alias_arn, alias_name, key_id, or none.
  key_arn,        -- Key that it leads to. Null: the alias is not known.
  key_account_id, -- Account in which it is looked up.
  key_region,     -- Region in which it is looked up.
  resolution      -- exact: a key ARN. alias: an alias ARN, which its owner can point elsewhere. owner: a bare alias or key id, or none, resolved for writers of the bucket's own account; other writers resolve it in theirs. unresolved: no alias of that name was collected.
) as
with named as (
  select
    account_id, region, arn as resource_arn, 'aws_s3_buckets' as table_name,
    'default_encryption' as attribute, kms_master_key_id as reference
  from aws_s3_buckets
  where sse_algorithm in ('aws:kms', 'aws:kms:dsse')
  union all
  select
    account_id, region, bucket_arn, 'aws_s3_bucket_replications',
    'replica_encryption: ' || coalesce(rule_id, destination_bucket_arn), replica_kms_key_id
  from aws_s3_bucket_replication_rules
  where replica_kms_key_id is not null
), parts as (
  select
    *,
    case
      when reference is null then 'none'
      when reference like 'arn:%:kms:%:alias/%' then 'alias_arn'
      when reference like 'arn:%:kms:%:key/%' then 'key_arn'
      when reference like 'alias/%' then 'alias_name'
      else 'key_id'
    end as reference_kind,
    split_part(resource_arn, ':', 2) as partition,
    string_split(reference, ':') as fields
  from named
), looked_up as (
  select
    *,
    if(reference_kind in ('key_arn', 'alias_arn'), fields[5], account_id) as key_account_id,
    if(reference_kind in ('key_arn', 'alias_arn'), fields[4], region) as key_region,
    case reference_kind
      when 'alias_arn' then fields[6]
      when 'alias_name' then reference
      when 'none' then 'alias/aws/s3'
    end as alias_name
  from parts
)
select
  p.account_id, p.region, p.resource_arn, p.table_name, p.attribute, p.reference, p.reference_kind,
  case
    when p.reference_kind = 'key_arn' then p.reference
    when p.reference_kind = 'key_id'
      then 'arn:' || p.partition || ':kms:' || p.region || ':' || p.account_id || ':key/' || p.reference
    when a.target_key_id is not null
      then 'arn:' || p.partition || ':kms:' || a.region || ':' || a.account_id || ':key/' || a.target_key_id
  end as key_arn,
  p.key_account_id, p.key_region,
  case
    when p.reference_kind = 'key_arn' then 'exact'
    when p.reference_kind <> 'key_id' and a.target_key_id is null then 'unresolved'
    when p.reference_kind = 'alias_arn' then 'alias'
    else 'owner'
  end as resolution
from looked_up p
left join aws_kms_aliases a
  on a.account_id = p.key_account_id and a.region = p.key_region and a.alias_name = p.alias_name;

-- Accounts that are not outsiders, one row each: of the organization, collected, or trusted in the configuration.
create view known_accounts (
  account_id,   -- Account id.
  relation,     -- organization, collected (outside an organization) or trusted.
  label         -- Name of the account, or the label it is trusted under.
) as
select account_id, arg_min(relation, rank) as relation, arg_min(label, rank) as label
from (
  select id as account_id, 'organization' as relation, name as label, 1 as rank from aws_organizations_accounts
  union all
  select account_id, 'trusted', label, 2 from trusted_accounts
  union all
  select distinct account_id, 'collected', null, 3 from aws_regions
)
group by account_id;

-- Statements of every policy that was collected, one row per statement and principal; of identity policies and organization policies one row per statement.
create table policy_statements (
  account_id           varchar not null, -- Account that owns what the policy is attached to; of an organization's policy, the account that was asked.
  region               varchar not null, -- Region of that resource, or global.
  resource_arn         varchar not null, -- What the policy is attached to: bucket, access point, key, or role with its trust policy; of an inline policy, the role, user or group; of a managed or organization policy, the policy itself.
  policy_kind          varchar not null, -- bucket_policy, access_point_policy, key_policy, trust_policy, inline_policy, managed_policy, scp or rcp.
  policy_name          varchar,          -- Name of an inline, managed or organization policy.
  statement_index      integer not null, -- Place of the statement in the document, from 0.
  sid                  varchar,          -- Sid. Null: it has none.
  effect               varchar not null, -- Allow, Deny, or unknown: the statement could not be understood.
  principal_kind       varchar,          -- everybody, account, role, user, session, unique_id (of a principal that was deleted), service, federated, canonical_user or other. Null: the statement names nobody.
  principal            varchar,          -- Principal: *, an ARN, an account's root ARN (a bare account id is written as one too), a service, a provider, an id.
  principal_account_id varchar,          -- Account of the principal. Null: everybody, a service, or not known.
  not_principal        boolean not null, -- Whether the principal stands in NotPrincipal: everybody but it.
  actions              varchar[],        -- Action as written. Null: the statement has NotAction.
  not_actions          varchar[],        -- NotAction as written. Null: the statement has Action.
  covered_actions      varchar[],        -- Actions it speaks of, wildcards and NotAction resolved: all of KMS, and those of S3, STS and IAM that decide about data or access.
  resources            varchar[],        -- Resource as written. Null: the statement has none.
  not_resources        varchar[],        -- NotResource as written. Null: the statement has none.
  condition            json,             -- Condition as written. Null: none.
  condition_keys       varchar[],        -- Keys in the condition, in lower case.
  condition_class      varchar not null, -- What its strongest condition binds an Allow to: org_bound, account_bound, principal_bound, service_bound, network_bound, weak (none of these), none, or unknown (it cannot be understood).
  bound_to             varchar[]         -- Values of the conditions that bind it, for org_bound, account_bound and principal_bound.
);

-- Who can do what with a key, one row per key, principal, capability and route. What is certainly denied has no row.
create table key_access (
  account_id           varchar not null, -- Account that owns the key.
  region               varchar not null, -- Region of the key.
  key_arn              varchar not null, -- Key ARN.
  principal_arn        varchar not null, -- Who: an ARN, an account's root ARN for the account as a whole, the organization's ARN, * for everybody, or an AWS service.
  principal_kind       varchar not null, -- account, role, user, session, organization, everybody, service, or other.
  principal_account_id varchar,          -- Account of the principal. Null: an organization, everybody or a service.
  via_role_arn         varchar,          -- Role that the principal assumes on the way. Null: none.
  capability           varchar not null, -- decrypt (ReEncryptFrom included), encrypt, generate (data keys), create_grant, administer (policy, tags, aliases, rotation), or destroy (deletion, disabling, deleting material).
  route                varchar not null, -- key_policy (it names the principal), delegation (it leaves the decision to the principal's account, whose policies allow), or grant.
  verdict              varchar not null, -- allowed, conditional (on what only a request tells), or unknown (for want of inventory).
  actions              varchar[],        -- Actions of the capability that it covers.
  conditions           json,             -- What it depends on: leg, policy, statement, operator, key, values, reason.
  evidence             json              -- Statements and grants that decide: leg, policy, statement, effect.
);

-- Every way in which data crosses an account boundary: one row per principal, bucket or access point, key, access and hop, with all its legs. Which pairs: those that a bucket, key, access point, trust or identity policy names.
create table cross_account_paths (
  principal_arn        varchar not null, -- Who: role, user, an account's root ARN for the account as a whole, the organization's ARN, or * for everybody.
  principal_account_id varchar,          -- Account of the principal. Null: the organization or everybody.
  via_role_arn         varchar,          -- Role that is assumed on the way, whose legs these are. Null: direct.
  bucket_arn           varchar not null, -- Bucket ARN.
  bucket_account_id    varchar not null, -- Account that owns the bucket.
  region               varchar not null, -- Region of the bucket.
  access_point_arn     varchar,          -- Access point that is used. Null: the bucket itself.
  key_arn              varchar,          -- Key of the default encryption. Null: none is used (AES256), or it is not known which.
  key_account_id       varchar,          -- Account of the key.
  access               varchar not null, -- read (s3:GetObject and kms:Decrypt) or write (s3:PutObject and kms:GenerateDataKey).
  resource_pattern     varchar not null, -- Objects it concerns: what is left when the patterns of all sides intersect.
  key_basis            varchar not null, -- How the default encryption names the key: key_arn, alias_arn, alias_name, key_id, aws_managed (none is named), sse_s3 (no key), other, or unknown. Verdicts concern objects under today's default; older ones may be under another key.
  bucket_policy        varchar not null, -- Leg: what the bucket policy says. Each leg is allow, deny, none, conditional, unknown or not_applicable.
  access_point_policy  varchar not null, -- Leg: what the access point's policy says.
  s3_identity          varchar not null, -- Leg: what the principal's own policies say about S3.
  key_policy           varchar not null, -- Leg: what the key policy says. An alternative to key_grant.
  key_grant            varchar not null, -- Leg: what the key's grants say.
  kms_identity         varchar not null, -- Leg: what the principal's own policies say about KMS.
  scp                  varchar not null, -- Leg: service control policies of the principal's account, the worse of S3 and KMS.
  permissions_boundary varchar not null, -- Leg: the principal's permissions boundary, the worse of S3 and KMS.
  s3_rcp               varchar not null, -- Leg: resource control policies of the bucket's account.
  kms_rcp              varchar not null, -- Leg: resource control policies of the key's account.
  public_access_block  varchar not null, -- Leg: RestrictPublicBuckets cuts off other accounts where the policy is public.
  key_usable           varchar not null, -- Leg: whether the key can serve the bucket and this principal at all: manager, state, region, kind.
  verdict              varchar not null, -- blocked: a needed leg is deny or none; else unknown: one could not be read; else conditional; else allowed.
  blocked_by           varchar[],        -- Legs that block.
  conditions           json,             -- What it depends on: leg, policy, statement, operator, key, values, reason.
  evidence             json              -- Statements and grants that decide: leg, policy, statement, effect.
);
