-- /// check
-- title = "No grant lets its holder make further grants"
-- severity = "high"
-- description = """
-- Who may create grants by grant can hand on its rights, and keep them beyond a change of the key policy. Services,
-- which may stand under a name that is no ARN, and service-linked roles (EC2, Auto Scaling) hold such grants by design.
-- """
-- remediation = "aws kms revoke-grant --key-id <resource_id> --grant-id <related_id>, and grant again without CreateGrant"
-- ///
select
  account_id, region, key_arn as resource_id, grant_id as related_id,
  case
    when operations is null then 'unknown'
    when not list_contains(operations, 'CreateGrant') then 'pass'
    when grantee_service_principal is not null or grantee_principal not like 'arn:%'
      or grantee_principal like 'arn:%:role/aws-service-role/%'
      or grantee_principal like 'arn:%:assumed-role/aws:%' then 'pass'
    when grantee_principal is null then 'unknown'
    else 'fail'
  end as status,
  case
    when operations is null then 'its operations were not collected'
    when not list_contains(operations, 'CreateGrant') then 'it cannot be handed on'
    when grantee_service_principal is null and grantee_principal is null then 'its grantee was not collected'
    else coalesce(grantee_service_principal, grantee_principal) || ' may create further grants'
  end as reason,
  to_json({'name': name, 'operations': operations, 'constraints': constraints}) as evidence
from aws_kms_key_grants;

-- /// cases
-- [[case]]
-- name = "a role, services, a grant without CreateGrant, and one of which little is known"
-- given.aws_kms_key_grants = [
--   { key_arn = "k", grant_id = "role", grantee_principal = "arn:aws:iam::111122223333:role/app", operations = ["Decrypt", "CreateGrant"] },
--   { key_arn = "k", grant_id = "scaling", grantee_principal = "arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling", operations = ["CreateGrant"] },
--   { key_arn = "k", grant_id = "instance", grantee_principal = "arn:aws:sts::111122223333:assumed-role/aws:ec2-infrastructure/i-0123", operations = ["CreateGrant"] },
--   { key_arn = "k", grant_id = "named", grantee_principal = "dynamodb.eu-west-1.amazonaws.com", operations = ["CreateGrant"] },
--   { key_arn = "k", grant_id = "opaque", grantee_principal = "0123456789abcdef", operations = ["CreateGrant"] },
--   { key_arn = "k", grant_id = "disguised", grantee_principal = "arn:aws:iam::111122223333:role/x.amazonaws.com", operations = ["CreateGrant"] },
--   { key_arn = "k", grant_id = "service", grantee_service_principal = "dynamodb.amazonaws.com", operations = ["CreateGrant"] },
--   { key_arn = "k", grant_id = "plain", grantee_principal = "arn:aws:iam::111122223333:role/app", operations = ["Decrypt"] },
--   { key_arn = "k", grant_id = "unseen", grantee_principal = "arn:aws:iam::111122223333:role/app" },
-- ]
-- expect = { "k role" = "fail", "k scaling" = "pass", "k instance" = "pass", "k named" = "pass", "k opaque" = "pass", "k disguised" = "fail", "k service" = "pass", "k plain" = "pass", "k unseen" = "unknown" }
-- ///
