-- /// check
-- title = "Policies name the encryption context that buckets use"
-- severity = "high"
-- description = """
-- Under a bucket key the encryption context aws:s3:arn is the ARN of the bucket, without one that of the object. A key
-- policy, a grant or a policy of a role that names only the other form denies without a word, typically after bucket keys
-- were switched on. A policy is judged by all its statements for the same principal and action; Deny statements that
-- except a context count as well. What was written before a switch still has the old form: best to allow both.
-- """
-- remediation = "allow both arn:aws:s3:::bucket and arn:aws:s3:::bucket/* with StringLike"
-- ///
with defaults as (
  select b.account_id, b.region, b.arn, b.bucket_key_enabled, r.key_arn
  from aws_s3_buckets b
  join key_references r
    on r.resource_arn = b.arn and r.table_name = 'aws_s3_buckets' and r.attribute = 'default_encryption'
), contexts as (
  select account_id, resource_arn, policy_kind, policy_name, statement_index, operator, values
  from statement_conditions
  where key = 'kms:encryptioncontext:aws:s3:arn' and regexp_matches(operator, 'String|Arn', 'i')
), rules as (
  select
    s.resource_arn, s.policy_kind in ('inline_policy', 'managed_policy') as by_identity, s.policy_name, s.principal,
    if(s.effect = 'Deny', s.statement_index, null) as deny, s.covered_actions as actions,
    regexp_matches(c.operator, 'Like|Arn', 'i') as wild, c.values
  from policy_statements s
  left join contexts c
    on c.account_id = s.account_id and c.resource_arn = s.resource_arn and c.policy_kind = s.policy_kind
    and c.policy_name is not distinct from s.policy_name and c.statement_index = s.statement_index
  where s.policy_kind in ('key_policy', 'inline_policy', 'managed_policy')
    and s.resource_arn in (select resource_arn from contexts)
    and if(s.effect = 'Deny', c.operator ilike '%not%', coalesce(c.operator not ilike '%not%', true))
  union all
  select
    key_arn, false, null, grantee_principal, null, list_transform(operations, o -> 'kms:' || o), false,
    if(context is null, null, [context])
  from (
    select *, coalesce(encryption_context_equals, encryption_context_subset) ->> '$."aws:s3:arn"' as context
    from aws_kms_key_grants
  )
), applied as (
  select
    d.account_id, d.region, d.arn, d.bucket_key_enabled, r.resource_arn, r.by_identity, r.policy_name, r.principal, r.deny,
    r.values, unnest(list_intersect(r.actions, ['kms:Decrypt', 'kms:GenerateDataKey'])) as action,
    r.values is null
      or len(list_filter(r.values, v -> if(r.wild, d.arn glob v, d.arn = v))) > 0 as fits_bucket,
    r.values is null or len(list_filter(r.values, v -> case
      when not r.wild then starts_with(v, d.arn || '/') and not contains(v, '*')
      when contains(v, '/') then d.arn glob split_part(v, '/', 1)
      else d.arn || '/x' glob v
    end)) > 0 as fits_objects,
    len(list_filter(r.values, v -> split_part(v, '/', 1) = d.arn)) > 0 as names_bucket,
    len(list_filter(r.values, v -> starts_with(v, d.arn))) > 0 as may_name_bucket
  from defaults d
  join rules r on r.resource_arn = d.key_arn or r.by_identity
), judged as (
  select
    account_id, region, arn, bucket_key_enabled, resource_arn, policy_name, principal, action,
    bool_or(fits_bucket) as fits_bucket, bool_or(fits_objects) as fits_objects,
    list_sort(list_distinct(flatten(list(coalesce(values, []))))) as named
  from applied
  group by account_id, region, arn, bucket_key_enabled, resource_arn, policy_name, principal, action, deny
  having bool_or(
    names_bucket or (values is not null and (fits_bucket or fits_objects) and (may_name_bucket or not by_identity))
  )
)
select
  account_id, region, arn as resource_id,
  concat_ws(' ', resource_arn, policy_name, principal) as related_id,
  case
    when bucket_key_enabled is null then if(bool_and(fits_bucket and fits_objects), 'pass', 'unknown')
    when bool_and(if(bucket_key_enabled, fits_bucket, fits_objects)) then 'pass'
    else 'fail'
  end as status,
  case
    when bool_and(fits_bucket and fits_objects) then 'its ARN and those of its objects are allowed as encryption context'
    when bucket_key_enabled is null then 'whether it uses a bucket key was not collected'
    when bool_and(if(bucket_key_enabled, fits_bucket, fits_objects)) then 'what it writes today is allowed as encryption '
      || 'context; objects from before bucket keys were switched are not'
    when bucket_key_enabled then 'it uses a bucket key, but only ARNs of objects are allowed as encryption context'
    else 'it uses no bucket key, but only its own ARN is allowed as encryption context'
  end as reason,
  to_json({
    'actions': list(distinct action order by action),
    'contexts': list_sort(list_distinct(flatten(list(named))))
  }) as evidence
from judged
group by account_id, region, arn, bucket_key_enabled, resource_arn, policy_name, principal;

-- /// cases
-- [[case]]
-- name = "objects or bucket, with and without a bucket key; both by a list, a wildcard, two statements; not collected"
-- given.aws_s3_buckets = [
--   { arn = "arn:aws:s3:::b1", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:111122223333:key/k1", bucket_key_enabled = true },
--   { arn = "arn:aws:s3:::b2", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:111122223333:key/k1", bucket_key_enabled = false },
--   { arn = "arn:aws:s3:::b3", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:111122223333:key/k1" },
--   { arn = "arn:aws:s3:::b4", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:111122223333:key/k1", bucket_key_enabled = true },
--   { arn = "arn:aws:s3:::b5", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:111122223333:key/k2", bucket_key_enabled = true },
-- ]
-- given.policy_statements = [
--   { resource_arn = "arn:aws:kms:eu-west-1:111122223333:key/k1", policy_kind = "key_policy", effect = "Allow", principal = "objects", covered_actions = ["kms:Decrypt"], condition = { StringLike = { "kms:EncryptionContext:aws:s3:arn" = ["arn:aws:s3:::b1/*", "arn:aws:s3:::b2/*", "arn:aws:s3:::b3/*"] } }, condition_class = "weak" },
--   { resource_arn = "arn:aws:kms:eu-west-1:111122223333:key/k1", policy_kind = "key_policy", effect = "Allow", principal = "bucket", covered_actions = ["kms:Decrypt"], condition = { StringEquals = { "kms:encryptioncontext:aws:s3:arn" = ["arn:aws:s3:::b1", "arn:aws:s3:::b2"] } }, condition_class = "weak", statement_index = 1 },
--   { resource_arn = "arn:aws:kms:eu-west-1:111122223333:key/k1", policy_kind = "key_policy", effect = "Allow", principal = "both", covered_actions = ["kms:Decrypt"], condition = { ArnLike = { "kms:EncryptionContext:aws:s3:arn" = ["arn:aws:s3:::b3", "arn:aws:s3:::b3/*"] } }, condition_class = "weak", statement_index = 2 },
--   { resource_arn = "arn:aws:kms:eu-west-1:111122223333:key/k1", policy_kind = "key_policy", effect = "Allow", principal = "wildcard", covered_actions = ["kms:Decrypt"], condition = { StringLike = { "kms:EncryptionContext:aws:s3:arn" = "arn:aws:s3:::b4*" } }, condition_class = "weak", statement_index = 3 },
--   { resource_arn = "arn:aws:kms:eu-west-1:111122223333:key/k2", policy_kind = "key_policy", effect = "Allow", principal = "two", covered_actions = ["kms:Decrypt"], condition = { StringLike = { "kms:EncryptionContext:aws:s3:arn" = "arn:aws:s3:::b5/*" } }, condition_class = "weak" },
--   { resource_arn = "arn:aws:kms:eu-west-1:111122223333:key/k2", policy_kind = "key_policy", effect = "Allow", principal = "two", covered_actions = ["kms:Decrypt"], condition = { StringEquals = { "kms:EncryptionContext:aws:s3:arn" = "arn:aws:s3:::b5" } }, condition_class = "weak", statement_index = 1 },
--   { resource_arn = "arn:aws:kms:eu-west-1:111122223333:key/k2", policy_kind = "key_policy", effect = "Allow", principal = "free", covered_actions = ["kms:Decrypt"], condition = { StringLike = { "kms:EncryptionContext:aws:s3:arn" = "arn:aws:s3:::b5/*" } }, condition_class = "weak", statement_index = 2 },
--   { resource_arn = "arn:aws:kms:eu-west-1:111122223333:key/k2", policy_kind = "key_policy", effect = "Allow", principal = "free", covered_actions = ["kms:*", "kms:Decrypt"], condition_class = "none", statement_index = 3 },
--   { resource_arn = "arn:aws:kms:eu-west-1:111122223333:key/k2", policy_kind = "key_policy", effect = "Allow", principal = "half", covered_actions = ["kms:Decrypt", "kms:GenerateDataKey"], condition = { StringLike = { "kms:EncryptionContext:aws:s3:arn" = "arn:aws:s3:::b5/*" } }, condition_class = "weak", statement_index = 4 },
--   { resource_arn = "arn:aws:kms:eu-west-1:111122223333:key/k2", policy_kind = "key_policy", effect = "Allow", principal = "half", covered_actions = ["kms:GenerateDataKey"], condition_class = "none", statement_index = 5 },
--   { resource_arn = "arn:aws:kms:eu-west-1:111122223333:key/k2", policy_kind = "key_policy", effect = "Deny", principal = "*", covered_actions = ["kms:Decrypt"], condition = { StringNotLike = { "kms:EncryptionContext:aws:s3:arn" = "arn:aws:s3:::b5/*" } }, condition_class = "weak", statement_index = 6 },
-- ]
-- [case.expect]
-- "arn:aws:s3:::b1 arn:aws:kms:eu-west-1:111122223333:key/k1 objects" = "fail"
-- "arn:aws:s3:::b1 arn:aws:kms:eu-west-1:111122223333:key/k1 bucket" = "pass"
-- "arn:aws:s3:::b2 arn:aws:kms:eu-west-1:111122223333:key/k1 objects" = "pass"
-- "arn:aws:s3:::b2 arn:aws:kms:eu-west-1:111122223333:key/k1 bucket" = "fail"
-- "arn:aws:s3:::b3 arn:aws:kms:eu-west-1:111122223333:key/k1 objects" = "unknown"
-- "arn:aws:s3:::b3 arn:aws:kms:eu-west-1:111122223333:key/k1 both" = "pass"
-- "arn:aws:s3:::b4 arn:aws:kms:eu-west-1:111122223333:key/k1 wildcard" = "pass"
-- "arn:aws:s3:::b5 arn:aws:kms:eu-west-1:111122223333:key/k2 two" = "pass"
-- "arn:aws:s3:::b5 arn:aws:kms:eu-west-1:111122223333:key/k2 free" = "pass"
-- "arn:aws:s3:::b5 arn:aws:kms:eu-west-1:111122223333:key/k2 half" = "fail"
-- "arn:aws:s3:::b5 arn:aws:kms:eu-west-1:111122223333:key/k2 *" = "fail"
--
-- [[case]]
-- name = "policies of roles and grants; other buckets, other keys, everything, whether it is there at all"
-- given.aws_s3_buckets = [
--   { arn = "arn:aws:s3:::b", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:111122223333:key/k", bucket_key_enabled = true },
-- ]
-- given.aws_kms_key_grants = [
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k", grant_id = "g1", grantee_principal = "object", operations = ["Decrypt"], encryption_context_subset = { "aws:s3:arn" = "arn:aws:s3:::b/file" } },
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k", grant_id = "g2", grantee_principal = "bucket", operations = ["Decrypt"], encryption_context_equals = { "aws:s3:arn" = "arn:aws:s3:::b" } },
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k", grant_id = "g3", grantee_principal = "free", operations = ["Decrypt"] },
-- ]
-- given.policy_statements = [
--   { resource_arn = "arn:aws:iam::444455556666:role/etl", policy_kind = "inline_policy", policy_name = "p", effect = "Allow", covered_actions = ["kms:Decrypt"], condition = { StringLike = { "kms:EncryptionContext:aws:s3:arn" = "arn:aws:s3:::b/*" } }, condition_class = "weak" },
--   { resource_arn = "arn:aws:iam::444455556666:role/all", policy_kind = "inline_policy", policy_name = "p", effect = "Allow", covered_actions = ["kms:Decrypt"], condition = { StringLike = { "kms:EncryptionContext:aws:s3:arn" = "*" } }, condition_class = "weak" },
--   { resource_arn = "arn:aws:iam::444455556666:role/other", policy_kind = "inline_policy", policy_name = "p", effect = "Allow", covered_actions = ["kms:Decrypt"], condition = { StringLike = { "kms:EncryptionContext:aws:s3:arn" = "arn:aws:s3:::bucket/*" } }, condition_class = "weak" },
--   { resource_arn = "arn:aws:iam::444455556666:role/some", policy_kind = "inline_policy", policy_name = "p", effect = "Allow", covered_actions = ["kms:Decrypt"], condition = { Null = { "kms:EncryptionContext:aws:s3:arn" = "false" } }, condition_class = "weak" },
--   { resource_arn = "arn:aws:iam::444455556666:policy/m", policy_kind = "managed_policy", policy_name = "m", effect = "Allow", covered_actions = ["kms:Decrypt"], condition = { StringLike = { "kms:EncryptionContext:aws:s3:arn" = "arn:aws:s3:::b*" } }, condition_class = "weak" },
--   { resource_arn = "arn:aws:kms:eu-west-1:111122223333:key/k2", policy_kind = "key_policy", effect = "Allow", principal = "x", covered_actions = ["kms:Decrypt"], condition = { StringLike = { "kms:EncryptionContext:aws:s3:arn" = "arn:aws:s3:::b/*" } }, condition_class = "weak" },
-- ]
-- [case.expect]
-- "arn:aws:s3:::b arn:aws:iam::444455556666:role/etl p" = "fail"
-- "arn:aws:s3:::b arn:aws:iam::444455556666:policy/m m" = "pass"
-- "arn:aws:s3:::b arn:aws:kms:eu-west-1:111122223333:key/k object" = "fail"
-- "arn:aws:s3:::b arn:aws:kms:eu-west-1:111122223333:key/k bucket" = "pass"
-- ///
