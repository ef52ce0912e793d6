-- /// check
-- title = "Grants are held by somebody who is there"
-- severity = "medium"
-- description = """
-- A grant to a role or user that was deleted is of no use to anybody, until somebody of the same name comes along. A
-- unique id such as AROA... is all that is left of such a grantee. Looked up are roles, by their full path, users,
-- and the roles behind sessions, in collected accounts only. Services, service-linked roles and sessions that AWS
-- runs for an account come and go, and are no finding.
-- """
-- remediation = "aws kms revoke-grant --key-id <resource_id> --grant-id <related_id>"
-- ///
with grantees as (
  select
    *, grantee_principal as grantee,
    regexp_replace(grantee_principal, '(:assumed-role/[^/]+)/.*', '\1') as identity,
    regexp_extract(grantee_principal, '^arn:[^:]*:(?:iam|sts)::([0-9]{12}):(?:role|user|assumed-role)/', 1) as owner
  from aws_kms_key_grants
), judged as (
  select
    *,
    case
      when regexp_matches(grantee, ':(role/aws-service-role/|assumed-role/(aws:|AWSServiceRoleFor))') then 'pass'
      when identity in (select name from identity_names where name is not null) then 'pass'
      when regexp_matches(grantee, '^A[A-Z]{3}[A-Z0-9]{12,}$') then 'fail'
      when owner in (
        select account_id from sync_coverage where table_name in ('aws_iam_roles', 'aws_iam_users') and columns is null
      ) then 'unknown'
      when owner in (select account_id from identity_names) then 'fail'
      else 'pass'
    end as status
  from grantees
)
select
  account_id, region, key_arn as resource_id, grant_id as related_id, status,
  case
    when status = 'unknown' then grantee || ' was not found, but its account could not be listed'
    when status = 'fail' and grantee like 'arn:%' then grantee || ' is not there'
    when status = 'fail' then grantee || ' is what is left of a principal that was deleted'
    when identity in (select name from identity_names where name is not null) then grantee || ' is there'
    else coalesce(grantee, grantee_service_principal, 'a service') || ' is nobody to look up'
  end as reason,
  to_json({'name': name, 'operations': operations}) as evidence
from judged;

-- /// cases
-- [[case]]
-- name = "deleted, by path, by session, by id; service-linked, run by AWS, services, accounts, and accounts not collected"
-- given.aws_iam_roles = [{ arn = "arn:aws:iam::111122223333:role/team/app", role_name = "app", role_id = "AROAAAAAAAAAAAAAAAAAA" }]
-- given.aws_iam_users = [{ arn = "arn:aws:iam::111122223333:user/ann", user_id = "AIDAAAAAAAAAAAAAAAAAA" }]
-- given.aws_kms_key_grants = [
--   { key_arn = "k", grant_id = "id", grantee_principal = "AROAZZZZZZZZZZZZZZZZZ" },
--   { key_arn = "k", grant_id = "no-path", grantee_principal = "arn:aws:iam::111122223333:role/app" },
--   { key_arn = "k", grant_id = "user-gone", grantee_principal = "arn:aws:iam::111122223333:user/bob" },
--   { key_arn = "k", grant_id = "session-gone", grantee_principal = "arn:aws:sts::111122223333:assumed-role/old/i-0123" },
--   { key_arn = "k", grant_id = "role", grantee_principal = "arn:aws:iam::111122223333:role/team/app" },
--   { key_arn = "k", grant_id = "user", grantee_principal = "arn:aws:iam::111122223333:user/ann" },
--   { key_arn = "k", grant_id = "session", grantee_principal = "arn:aws:sts::111122223333:assumed-role/app/i-0123" },
--   { key_arn = "k", grant_id = "infrastructure", grantee_principal = "arn:aws:sts::111122223333:assumed-role/aws:ec2-infrastructure/i-0123" },
--   { key_arn = "k", grant_id = "linked", grantee_principal = "arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling" },
--   { key_arn = "k", grant_id = "linked-session", grantee_principal = "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForAutoScaling/AutoScaling" },
--   { key_arn = "k", grant_id = "opaque", grantee_principal = "0123456789abcdef" },
--   { key_arn = "k", grant_id = "service", grantee_service_principal = "dynamodb.amazonaws.com" },
--   { key_arn = "k", grant_id = "account", grantee_principal = "arn:aws:iam::111122223333:root" },
--   { key_arn = "k", grant_id = "theirs", grantee_principal = "arn:aws:iam::999999999999:role/x" },
-- ]
-- expect = { "k id" = "fail", "k no-path" = "fail", "k user-gone" = "fail", "k session-gone" = "fail", "k role" = "pass", "k user" = "pass", "k session" = "pass", "k infrastructure" = "pass", "k linked" = "pass", "k linked-session" = "pass", "k opaque" = "pass", "k service" = "pass", "k account" = "pass", "k theirs" = "pass" }
--
-- [[case]]
-- name = "an account whose roles could not be listed may have the grantee"
-- given.aws_kms_key_grants = [{ key_arn = "k", grant_id = "g", grantee_principal = "arn:aws:iam::111122223333:role/app" }]
-- given.sync_scopes = [
--   { run_id = "r1", region = "global", table_name = "aws_iam_roles", operation = "GetAccountAuthorizationDetails", outcome = "denied" },
-- ]
-- expect = { "k g" = "unknown" }
-- ///
