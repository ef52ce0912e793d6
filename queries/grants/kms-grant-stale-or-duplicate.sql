-- /// check
-- title = "Grants are neither stale nor duplicated"
-- severity = "low"
-- description = """
-- A grant stays until somebody retires or revokes it. Grants of services are theirs to retire. Grants on AWS managed
-- keys look double, but stand for several hidden holders. A key has room for 50,000 grants; one row per key tells
-- when four fifths are taken.
-- """
-- remediation = "aws kms revoke-grant --key-id <resource_id> --grant-id <related_id>"
-- [parameters]
-- days = { default = 90, help = "age in days at which a grant is old" }
-- ///
with grants as (
  select
    g.*,
    g.grantee_service_principal is not null or g.grantee_principal is null
      or regexp_matches(g.grantee_principal, '^[a-z0-9.-]+\.amazonaws\.com')
      or g.grantee_principal like 'arn:%:role/aws-service-role/%'
      or g.grantee_principal like 'arn:%:assumed-role/aws:%' as by_service,
    count(*) over (
      partition by key_arn, name, grantee_principal, grantee_service_principal, retiring_principal,
        list_sort(operations), constraints::varchar
    ) as alike,
    g.creation_date < (select max(started_at) from sync_runs) - to_days($days) as old
  from aws_kms_key_grants g
  where not exists (from aws_kms_keys k where k.arn = g.key_arn and k.key_manager = 'AWS')
)
select
  account_id, region, key_arn as resource_id, grant_id as related_id,
  case when alike > 1 or old then 'fail' when creation_date is null then 'unknown' else 'pass' end as status,
  case
    when alike > 1 and old
      then printf('%d grants are alike, and this one is of %s', alike, strftime(creation_date, '%Y-%m-%d'))
    when alike > 1 then printf('%d grants are alike', alike)
    when old then 'it is of ' || strftime(creation_date, '%Y-%m-%d')
    when creation_date is null then 'its age was not collected'
    else 'it is of ' || strftime(creation_date, '%Y-%m-%d') || ', and the only one of its kind'
  end as reason,
  to_json({'name': name, 'grantee': grantee_principal, 'operations': operations}) as evidence
from grants
where not by_service
union all
select
  account_id, region, key_arn, null,
  if(count(*) > 40000, 'fail', 'pass'), printf('%d of 50000 grants are taken', count(*)), null
from aws_kms_key_grants
group by account_id, region, key_arn;

-- /// cases
-- [[case]]
-- name = "old, double, young, undated, of a service, and on an AWS managed key"
-- given.aws_kms_keys = [{ arn = "k", key_manager = "CUSTOMER" }, { arn = "aws", key_manager = "AWS" }]
-- given.aws_kms_key_grants = [
--   { key_arn = "k", grant_id = "old", grantee_principal = "arn:aws:iam::111122223333:role/a", operations = ["Decrypt"], creation_date = "2026-01-01T00:00:00Z" },
--   { key_arn = "k", grant_id = "young", grantee_principal = "arn:aws:iam::111122223333:role/b", operations = ["Decrypt"], creation_date = "2026-06-01T00:00:00Z" },
--   { key_arn = "k", grant_id = "one", grantee_principal = "arn:aws:iam::111122223333:role/c", operations = ["Decrypt", "Encrypt"], creation_date = "2026-06-01T00:00:00Z" },
--   { key_arn = "k", grant_id = "two", grantee_principal = "arn:aws:iam::111122223333:role/c", operations = ["Encrypt", "Decrypt"], creation_date = "2026-06-02T00:00:00Z" },
--   { key_arn = "k", grant_id = "undated", grantee_principal = "arn:aws:iam::111122223333:role/d", operations = ["Decrypt"] },
--   { key_arn = "k", grant_id = "service", grantee_service_principal = "dynamodb.amazonaws.com", operations = ["Decrypt"], creation_date = "2024-01-01T00:00:00Z" },
--   { key_arn = "k", grant_id = "named", grantee_principal = "dynamodb.eu-west-1.amazonaws.com", operations = ["Decrypt"], creation_date = "2024-01-01T00:00:00Z" },
--   { key_arn = "k", grant_id = "linked", grantee_principal = "arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling", operations = ["Decrypt"], creation_date = "2024-01-01T00:00:00Z" },
--   { key_arn = "aws", grant_id = "hidden", grantee_principal = "arn:aws:iam::111122223333:role/a", operations = ["Decrypt"], creation_date = "2024-01-01T00:00:00Z" },
-- ]
-- expect = { "k old" = "fail", "k young" = "pass", "k one" = "fail", "k two" = "fail", "k undated" = "unknown", k = "pass", aws = "pass" }
-- ///
