-- /// check
-- title = "Buckets encrypt under keys of their own account"
-- severity = "high"
-- description = """
-- Whoever owns the key decides whether the data can be read: he may disable it, delete it, or ask for a ransom. Critical
-- if he is an outsider. Within the organization an account that keeps the keys for all is a good pattern, so that is
-- for information only, and no finding for the accounts named in `key_accounts`. Keys of partners remain high.
-- """
-- remediation = "aws s3api put-bucket-encryption with a key of the bucket's account; deny s3:PutEncryptionConfiguration, or keys outside the organization, by a service control policy"
-- [parameters]
-- key_accounts = { default = "", help = "account ids that keep keys for others, separated by commas" }
-- ///
with defaults as (
  select
    b.account_id, b.region, b.arn, b.sse_algorithm, r.reference, r.reference_kind, r.key_arn, r.key_account_id,
    a.label,
    case
      when b.sse_algorithm is null then 'unread'
      when r.key_account_id = b.account_id then 'own'
      when list_contains(string_split(replace($key_accounts, ' ', ''), ','), r.key_account_id) then 'approved'
      when a.relation is not null then a.relation
      when exists (
        from sync_coverage where table_name = 'aws_organizations_accounts' and columns is null
      ) then 'unlisted'
      else 'external'
    end as owner
  from aws_s3_buckets b
  left join key_references r
    on r.resource_arn = b.arn and r.table_name = 'aws_s3_buckets' and r.attribute = 'default_encryption'
  left join known_accounts a on a.account_id = r.key_account_id
  where b.sse_algorithm is null or b.sse_algorithm in ('aws:kms', 'aws:kms:dsse')
)
select
  account_id, region, arn as resource_id, coalesce(key_arn, reference) as related_id,
  case when owner in ('own', 'approved') then 'pass' when owner in ('unread', 'unlisted') then 'unknown' else 'fail' end
    as status,
  case owner
    when 'unread' then 'its default encryption was not collected'
    when 'own' then 'its default key is of its own account'
    when 'approved' then key_account_id || ' keeps the keys for others'
    when 'unlisted' then key_account_id || ' may be of the organization, whose accounts could not be listed'
    else 'its default key is of account ' || key_account_id || coalesce(' (' || label || ')', '') || case owner
      when 'external' then ', an outsider' when 'trusted' then ', a partner' else '' end
  end as reason,
  case when owner = 'external' then 'critical' when owner in ('organization', 'collected') then 'info' else 'high' end
    as severity,
  to_json({'reference': reference, 'key_account_id': key_account_id, 'owner': owner}) as evidence
from defaults;

-- /// cases
-- [[case]]
-- name = "own, of the organization, of an account that keeps keys, of a partner, of an outsider, by alias; S3's own"
-- parameters = { key_accounts = "555566667777, 666677778888" }
-- given.aws_organizations_accounts = [{ arn = "o1", id = "444455556666", name = "data" }, { arn = "o2", id = "555566667777", name = "keys" }]
-- given.trusted_accounts = [{ account_id = "777788889999", label = "vendor" }]
-- given.aws_s3_buckets = [
--   { arn = "arn:aws:s3:::b1", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:111122223333:key/k" },
--   { arn = "arn:aws:s3:::b2", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:444455556666:key/k" },
--   { arn = "arn:aws:s3:::b3", sse_algorithm = "aws:kms:dsse", kms_master_key_id = "arn:aws:kms:eu-west-1:555566667777:key/k" },
--   { arn = "arn:aws:s3:::b4", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:777788889999:key/k" },
--   { arn = "arn:aws:s3:::b5", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:999999999999:key/k" },
--   { arn = "arn:aws:s3:::b6", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:999999999999:alias/lake" },
--   { arn = "arn:aws:s3:::b7", sse_algorithm = "aws:kms", kms_master_key_id = "alias/lake" },
--   { arn = "arn:aws:s3:::b8", sse_algorithm = "aws:kms" },
--   { arn = "arn:aws:s3:::b9", sse_algorithm = "AES256" },
--   { arn = "arn:aws:s3:::b10" },
-- ]
-- [case.expect]
-- "arn:aws:s3:::b1 arn:aws:kms:eu-west-1:111122223333:key/k" = "pass"
-- "arn:aws:s3:::b2 arn:aws:kms:eu-west-1:444455556666:key/k" = "fail"
-- "arn:aws:s3:::b3 arn:aws:kms:eu-west-1:555566667777:key/k" = "pass"
-- "arn:aws:s3:::b4 arn:aws:kms:eu-west-1:777788889999:key/k" = "fail"
-- "arn:aws:s3:::b5 arn:aws:kms:eu-west-1:999999999999:key/k" = "fail"
-- "arn:aws:s3:::b6 arn:aws:kms:eu-west-1:999999999999:alias/lake" = "fail"
-- "arn:aws:s3:::b7 alias/lake" = "pass"
-- "arn:aws:s3:::b8" = "pass"
-- "arn:aws:s3:::b10" = "unknown"
--
-- [[case]]
-- name = "while the organization cannot be listed nobody can be called an outsider"
-- given.aws_s3_buckets = [{ arn = "arn:aws:s3:::b", sse_algorithm = "aws:kms", kms_master_key_id = "arn:aws:kms:eu-west-1:999999999999:key/k" }]
-- given.sync_scopes = [
--   { run_id = "r1", region = "global", table_name = "aws_organizations_accounts", operation = "ListAccounts", outcome = "denied" },
-- ]
-- expect = { "arn:aws:s3:::b arn:aws:kms:eu-west-1:999999999999:key/k" = "unknown" }
-- ///
