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
