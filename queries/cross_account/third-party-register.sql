-- /// report
-- title = "Every account outside that is named anywhere"
-- description = """
-- One row per account that is neither of the organization nor collected: what names it, and what it may do by that,
-- whether or not the rest of what it takes is in place. Looked at are key, bucket, access point and trust policies,
-- grants, keys of other accounts that encrypt here, and replication into their accounts. Accounts from which AWS
-- delivers load balancer logs are labelled as such. Since when an account has been named is known of grants only.
-- """
-- ///
with rights (action, meaning) as (
  values
    ('kms:Decrypt', 'decrypt'), ('kms:ReEncryptFrom', 'decrypt'), ('kms:Encrypt', 'encrypt'),
    ('kms:ReEncryptTo', 'encrypt'), ('kms:GenerateDataKey', 'encrypt'), ('kms:CreateGrant', 'create grants'),
    ('kms:Sign', 'sign'), ('s3:GetObject', 'read'), ('s3:ListBucket', 'list'), ('s3:PutObject', 'write'),
    ('s3:ReplicateObject', 'write'), ('s3:DeleteObject', 'delete'), ('s3:PutBucketPolicy', 'configure'),
    ('s3:PutEncryptionConfiguration', 'configure'), ('s3:PutBucketAcl', 'configure'), ('sts:AssumeRole', 'assume roles')
), mentions as (
  select
    account_id, policy_kind as kind, resource_arn, covered_actions as actions, null as since,
    unnest(case
      when principal_kind = 'everybody' and condition_class in ('account_bound', 'principal_bound') then bound_to
      else [principal]
    end) as named
  from policy_statements
  where policy_kind in ('key_policy', 'bucket_policy', 'access_point_policy', 'trust_policy') and effect = 'Allow'
    and not not_principal
  union all
  select
    account_id, 'grant', key_arn, list_transform(operations, o -> 'kms:' || o), creation_date,
    unnest([grantee_principal, retiring_principal, issuing_account])
  from aws_kms_key_grants
  where grantee_principal is null or grantee_principal not like 'arn:%:assumed-role/aws:%'
  union all
  select account_id, 'key of theirs', resource_arn, [], null, key_account_id
  from key_references
  union all
  select account_id, 'replication', bucket_arn, [], null, destination_account_id
  from aws_s3_bucket_replication_rules
), outside as (
  select
    m.*, if(named like 'arn:%', split_part(named, ':', 5), named) as party
  from mentions m
)
select
  o.party as account_id, coalesce(n.label, 'load balancer logs, ' || e.region) as label,
  case when e.account_id is not null then 'elb' else coalesce(n.relation, 'external') end as relation,
  count(distinct o.resource_arn) filter (where o.kind = 'key_policy') as key_policies,
  count(distinct o.resource_arn) filter (where o.kind = 'grant') as keys_with_grants,
  count(distinct o.resource_arn) filter (where o.kind = 'bucket_policy') as bucket_policies,
  count(distinct o.resource_arn) filter (where o.kind = 'access_point_policy') as access_point_policies,
  count(distinct o.resource_arn) filter (where o.kind = 'trust_policy') as trust_policies,
  count(distinct o.resource_arn) filter (where o.kind = 'key of theirs') as resources_under_their_keys,
  count(distinct o.resource_arn) filter (where o.kind = 'replication') as buckets_replicated_to_them,
  coalesce(list_sort(list_distinct(flatten(list(
    (select list(distinct r.meaning) from rights r where list_contains(o.actions, r.action))
  )))), []) as rights,
  list(distinct o.account_id order by o.account_id) as named_by, min(o.since) as oldest_grant
from outside o
left join known_accounts n on n.account_id = o.party
left join elb_log_accounts e on e.account_id = o.party
where regexp_matches(o.party, '^[0-9]{12}$') and o.party <> o.account_id
  and coalesce(n.relation, '') not in ('organization', 'collected')
group by o.party, n.label, n.relation, e.account_id, e.region
order by o.party;

-- /// cases
-- [[case]]
-- name = "a partner, an outsider in many places, and a log account; not the organization, services, or sessions that AWS runs"
-- given.aws_organizations_accounts = [{ arn = "o1", id = "444455556666" }]
-- given.trusted_accounts = [{ account_id = "777788889999", label = "vendor" }]
-- given.policy_statements = [
--   { resource_arn = "k1", policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::777788889999:root", principal_account_id = "777788889999", covered_actions = ["kms:Decrypt", "kms:DescribeKey"], condition_class = "none" },
--   { resource_arn = "k1", policy_kind = "key_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::999999999999:role/x", principal_account_id = "999999999999", covered_actions = ["kms:CreateGrant"], condition_class = "none" },
--   { resource_arn = "k1", policy_kind = "key_policy", effect = "Deny", principal_kind = "account", principal = "arn:aws:iam::888888888888:root", principal_account_id = "888888888888", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "k1", policy_kind = "key_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "k1", policy_kind = "key_policy", effect = "Allow", principal_kind = "service", principal = "sns.amazonaws.com", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "b1", policy_kind = "bucket_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["s3:GetObject"], condition_class = "account_bound", bound_to = ["999999999999", "111122223333"] },
--   { resource_arn = "b1", policy_kind = "bucket_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::127311923021:root", principal_account_id = "127311923021", covered_actions = ["s3:PutObject"], condition_class = "none" },
--   { resource_arn = "r1", account_id = "444455556666", policy_kind = "trust_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::999999999999:root", principal_account_id = "999999999999", covered_actions = ["sts:AssumeRole"], condition_class = "weak" },
-- ]
-- given.aws_kms_key_grants = [
--   { key_arn = "k2", grant_id = "g1", grantee_principal = "arn:aws:iam::999999999999:role/x", operations = ["Decrypt"], creation_date = "2026-01-01T00:00:00Z" },
--   { key_arn = "k2", grant_id = "g2", grantee_principal = "arn:aws:sts::888888888888:assumed-role/aws:ec2-infrastructure/i-0123", operations = ["Decrypt"] },
-- ]
-- given.aws_s3_buckets = [{ arn = "arn:aws:s3:::b2", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:999999999999:key/theirs" }]
-- given.aws_s3_bucket_replications = [
--   { bucket_arn = "arn:aws:s3:::b3", replication_configuration = { Rules = [{ ID = "r", Status = "Enabled", Destination = { Bucket = "arn:aws:s3:::far", Account = "666666666666" } }] } },
-- ]
-- expect = [
--   { account_id = "127311923021", label = "load balancer logs, us-east-1", relation = "elb", bucket_policies = 1, rights = ["write"] },
--   { account_id = "666666666666", relation = "external", buckets_replicated_to_them = 1, rights = [] },
--   { account_id = "777788889999", label = "vendor", relation = "trusted", key_policies = 1, rights = ["decrypt"] },
--   { account_id = "999999999999", relation = "external", key_policies = 1, keys_with_grants = 1, bucket_policies = 1, trust_policies = 1, resources_under_their_keys = 1, rights = ["assume roles", "create grants", "decrypt", "read"], named_by = ["111122223333", "444455556666"] },
-- ]
-- ///
