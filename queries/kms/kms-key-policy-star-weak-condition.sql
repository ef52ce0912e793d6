-- /// check
-- title = "Conditions keep statements about everybody within known accounts"
-- severity = "high"
-- description = """
-- A statement may name everybody where a condition says whose principals are meant. These do not: kms:ViaService
-- alone lets the principals of any account through the service, an encryption context is what the caller says it is,
-- TLS says nothing, a network can be another's, and neither a lone * nor IfExists binds. The same goes for principals
-- of whatever account, such as arn:aws:iam::*:role/admin. What only AWS services can fulfil is no finding.
-- """
-- frameworks = ["aws_fsbp/KMS.5"]
-- remediation = "add kms:CallerAccount or aws:PrincipalOrgID to the condition of the statement"
-- ///
with weak as (
  select
    key_arn, principal, list(distinct statement order by statement) as statements,
    list(distinct condition_class order by condition_class) as classes,
    list(distinct condition::varchar order by condition::varchar) as conditions,
    if(count(*) = count(held_back_by), min(held_back_by), null) as held_back_by
  from key_policy_permissions
  where relation = 'everybody' and condition_class not in ('none', 'unknown')
    and len(list_filter(actions, a -> not regexp_matches(a, '^kms:(Describe|Get|List)'))) > 0
  group by all
)
select
  k.account_id, k.region, k.key_arn as resource_id, w.principal as related_id,
  case when w.key_arn is not null then 'fail' when k.unread is null then 'pass' else 'unknown' end as status,
  case
    when w.key_arn is not null
      then 'the condition of ' || array_to_string(w.statements, ', ') || ' does not say which accounts are meant'
        || coalesce(', although ' || array_to_string(w.held_back_by, ', ') || ' may hold it back', '')
    else coalesce(k.unread, 'no statement about everybody rests on a weak condition')
  end as reason,
  if(w.held_back_by is null, 'high', 'medium') as severity,
  to_json({'statements': w.statements, 'classes': w.classes, 'conditions': w.conditions::json[]}) as evidence
from customer_keys k
left join weak w on w.key_arn = k.key_arn;

-- /// cases
-- [[case]]
-- name = "each condition that does not say who, and a policy that was not read"
-- given.aws_kms_keys = [
--   { arn = "via", key_manager = "CUSTOMER" }, { arn = "tls", key_manager = "CUSTOMER" },
--   { arn = "context", key_manager = "CUSTOMER" }, { arn = "network", key_manager = "CUSTOMER" },
--   { arn = "if-exists", key_manager = "CUSTOMER" }, { arn = "wildcard", key_manager = "CUSTOMER" },
--   { arn = "any-account", key_manager = "CUSTOMER" }, { arn = "unread", key_manager = "CUSTOMER" },
-- ]
-- given.aws_kms_key_policies = [
--   { key_arn = "via", name = "default", policy = {} }, { key_arn = "tls", name = "default", policy = {} },
--   { key_arn = "context", name = "default", policy = {} }, { key_arn = "network", name = "default", policy = {} },
--   { key_arn = "if-exists", name = "default", policy = {} }, { key_arn = "wildcard", name = "default", policy = {} },
--   { key_arn = "any-account", name = "default", policy = {} },
-- ]
-- given.policy_statements = [
--   { resource_arn = "via", policy_kind = "key_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:Decrypt"], condition_class = "weak", condition = { StringEquals = { "kms:ViaService" = "s3.eu-west-1.amazonaws.com" } } },
--   { resource_arn = "tls", policy_kind = "key_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:Decrypt"], condition_class = "weak", condition = { Bool = { "aws:SecureTransport" = "true" } } },
--   { resource_arn = "context", policy_kind = "key_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:Decrypt"], condition_class = "weak", condition = { StringEquals = { "kms:EncryptionContext:app" = "a" } } },
--   { resource_arn = "network", policy_kind = "key_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:Decrypt"], condition_class = "network_bound", condition = { IpAddress = { "aws:SourceIp" = "203.0.113.0/24" } } },
--   { resource_arn = "if-exists", policy_kind = "key_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:Decrypt"], condition_class = "weak", condition = { StringEqualsIfExists = { "aws:PrincipalOrgID" = "o-abc1234567" } } },
--   { resource_arn = "wildcard", policy_kind = "key_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:Decrypt"], condition_class = "weak", condition = { StringLike = { "aws:PrincipalAccount" = "*" } } },
--   { resource_arn = "any-account", policy_kind = "key_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:Decrypt"], condition_class = "principal_bound", bound_to = ["arn:aws:iam::*:role/admin"], condition = { ArnLike = { "aws:PrincipalArn" = "arn:aws:iam::*:role/admin" } } },
-- ]
-- expect = { "via *" = "fail", "tls *" = "fail", "context *" = "fail", "network *" = "fail", "if-exists *" = "fail", "wildcard *" = "fail", "any-account *" = "fail", unread = "unknown" }
--
-- [[case]]
-- name = "bound to an account, an organization, a role or services; and no condition at all, which is another check's"
-- given.aws_kms_keys = [
--   { arn = "copied", key_manager = "CUSTOMER" }, { arn = "organization", key_manager = "CUSTOMER" },
--   { arn = "role", key_manager = "CUSTOMER" }, { arn = "source", key_manager = "CUSTOMER" },
--   { arn = "none", key_manager = "CUSTOMER" },
-- ]
-- given.aws_kms_key_policies = [
--   { key_arn = "copied", name = "default", policy = {} }, { key_arn = "organization", name = "default", policy = {} },
--   { key_arn = "role", name = "default", policy = {} }, { key_arn = "source", name = "default", policy = {} },
--   { key_arn = "none", name = "default", policy = {} },
-- ]
-- given.policy_statements = [
--   { resource_arn = "copied", policy_kind = "key_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:Decrypt"], condition_class = "account_bound", bound_to = ["111122223333"], condition = { StringEquals = { "kms:CallerAccount" = "111122223333", "kms:ViaService" = "s3.eu-west-1.amazonaws.com" } } },
--   { resource_arn = "organization", policy_kind = "key_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:Decrypt"], condition_class = "org_bound", bound_to = ["o-abc1234567/r-ab12/ou-ab12-11111111/*"] },
--   { resource_arn = "role", policy_kind = "key_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:Decrypt"], condition_class = "principal_bound", bound_to = ["arn:aws:iam::111122223333:role/app-*", "AROAABCDEFGHIJKLMNOPQ:*"] },
--   { resource_arn = "source", policy_kind = "key_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:Decrypt"], condition_class = "service_bound", condition = { ArnEquals = { "aws:SourceArn" = "arn:aws:sns:eu-west-1:111122223333:topic" } } },
--   { resource_arn = "none", policy_kind = "key_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:Decrypt"], condition_class = "none" },
-- ]
-- expect = { copied = "pass", organization = "pass", role = "pass", source = "pass", none = "pass" }
-- ///
