-- /// check
-- title = "Key policies do not open keys to everybody"
-- severity = "critical"
-- description = """
-- A statement that names everybody, or everybody but somebody, and whose conditions bind it to nobody, lets any
-- account use the key. Conditions that the caller fulfils at will, such as TLS or an encryption context, are none.
-- Everybody together with kms:CallerAccount, as in the policies of AWS managed keys, means the principals of that
-- account, and is no finding. A Deny or a resource control policy that holds the statement back is told, and lowers
-- the severity; such policies do not reach the management account.
-- """
-- frameworks = ["aws_fsbp/KMS.5"]
-- remediation = "name accounts or roles in the statement, or add a condition with aws:PrincipalOrgID"
-- ///
with open as (
  select
    key_arn, principal, list(distinct statement order by statement) as statements,
    list_sort(list_distinct(flatten(list(actions)))) as actions,
    if(count(*) = count(held_back_by), min(held_back_by), null) as held_back_by,
    if(bool_or(condition_class <> 'unknown'), 'fail', 'unknown') as status
  from key_policy_permissions
  where relation = 'everybody' and condition_class in ('none', 'weak', 'unknown')
    and len(list_filter(actions, a -> not regexp_matches(a, '^kms:(Describe|Get|List)'))) > 0
  group by all
)
select
  k.account_id, k.region, k.key_arn as resource_id, o.principal as related_id,
  coalesce(o.status, if(k.unread is null, 'pass', 'unknown')) as status,
  case
    when o.status = 'fail' then 'everybody is let in by ' || array_to_string(o.statements, ', ')
      || coalesce(', although ' || array_to_string(o.held_back_by, ', ') || ' may hold it back', '')
    when o.status = 'unknown' then 'the condition of ' || array_to_string(o.statements, ', ') || ' cannot be understood'
    else coalesce(k.unread, 'no statement allows everybody without a condition that binds')
  end as reason,
  if(o.held_back_by is null, 'critical', 'high') as severity,
  to_json({'statements': o.statements, 'actions': o.actions, 'held_back_by': o.held_back_by}) as evidence
from customer_keys k
left join open o on o.key_arn = k.key_arn;

-- /// cases
-- [[case]]
-- name = "everybody without a condition, under a weak one, and everybody but one; not read; not understood"
-- given.aws_kms_keys = [
--   { arn = "none", key_manager = "CUSTOMER" }, { arn = "weak", key_manager = "CUSTOMER" },
--   { arn = "but", key_manager = "CUSTOMER" }, { arn = "unread", key_manager = "CUSTOMER" },
--   { arn = "strange", key_manager = "CUSTOMER" }, { arn = "unseen" },
--   { arn = "odd", key_manager = "CUSTOMER" },
-- ]
-- given.aws_kms_key_policies = [
--   { key_arn = "none", name = "default", policy = {} }, { key_arn = "weak", name = "default", policy = {} },
--   { key_arn = "but", name = "default", policy = {} }, { key_arn = "strange", name = "default", policy = {} },
--   { key_arn = "unseen", name = "default", policy = {} }, { key_arn = "odd", name = "default", policy = {} },
-- ]
-- given.policy_statements = [
--   { resource_arn = "none", policy_kind = "key_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "weak", policy_kind = "key_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:ScheduleKeyDeletion"], condition_class = "weak", condition = { Bool = { "aws:SecureTransport" = "true" } } },
--   { resource_arn = "but", policy_kind = "key_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::111122223333:role/x", principal_account_id = "111122223333", not_principal = true, covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "strange", policy_kind = "key_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:Decrypt"], condition_class = "unknown" },
--   { resource_arn = "odd", policy_kind = "key_policy", effect = "unknown", condition_class = "unknown" },
-- ]
-- expect = { odd = "unknown", "none *" = "fail", "weak *" = "fail", "but *" = "fail", unread = "unknown", "strange *" = "unknown", unseen = "unknown" }
--
-- [[case]]
-- name = "everybody of an account or an organization, services, looking only, and AWS managed keys are not public"
-- given.aws_kms_keys = [
--   { arn = "copied", key_manager = "CUSTOMER" }, { arn = "organization", key_manager = "CUSTOMER" },
--   { arn = "trail", key_manager = "CUSTOMER" }, { arn = "look", key_manager = "CUSTOMER" },
--   { arn = "denied", key_manager = "CUSTOMER" }, { arn = "aws", key_manager = "AWS" },
-- ]
-- given.aws_kms_key_policies = [
--   { key_arn = "copied", name = "default", policy = {} }, { key_arn = "organization", name = "default", policy = {} },
--   { key_arn = "trail", name = "default", policy = {} }, { key_arn = "look", name = "default", policy = {} },
--   { key_arn = "denied", name = "default", policy = {} }, { key_arn = "aws", name = "default", policy = {} },
-- ]
-- given.policy_statements = [
--   { resource_arn = "copied", policy_kind = "key_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:Decrypt"], condition_class = "account_bound", bound_to = ["111122223333"], condition = { StringEquals = { "kms:CallerAccount" = "111122223333", "kms:ViaService" = "s3.eu-west-1.amazonaws.com" } } },
--   { resource_arn = "aws", policy_kind = "key_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:Decrypt"], condition_class = "account_bound", bound_to = ["111122223333"], condition = { StringEquals = { "kms:CallerAccount" = "111122223333" } } },
--   { resource_arn = "organization", policy_kind = "key_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:Decrypt"], condition_class = "org_bound", bound_to = ["o-abc1234567"] },
--   { resource_arn = "trail", policy_kind = "key_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:Decrypt"], condition_class = "weak", condition = { Bool = { "aws:PrincipalIsAWSService" = "true" } } },
--   { resource_arn = "look", policy_kind = "key_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:DescribeKey"], condition_class = "none" },
--   { resource_arn = "denied", policy_kind = "key_policy", effect = "Deny", principal_kind = "everybody", principal = "*", covered_actions = ["kms:Decrypt"], condition_class = "none" },
-- ]
-- expect = { copied = "pass", organization = "pass", trail = "pass", look = "pass", denied = "pass" }
--
-- [[case]]
-- name = "a finding stays one where an RCP or a Deny may hold the statement back"
-- given.aws_organizations_accounts = [{ arn = "o1", id = "111122223333", parent_id = "r-ab12" }]
-- given.aws_organizations_policy_targets = [{ policy_arn = "rcp", target_id = "r-ab12" }]
-- given.aws_kms_keys = [{ arn = "k", key_manager = "CUSTOMER" }]
-- given.aws_kms_key_policies = [{ key_arn = "k", name = "default", policy = {} }]
-- given.policy_statements = [
--   { resource_arn = "k", policy_kind = "key_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "k", statement_index = 1, policy_kind = "key_policy", effect = "Deny", principal_kind = "everybody", principal = "*", covered_actions = ["kms:Decrypt"], condition_keys = ["aws:principalorgid"], condition_class = "weak" },
--   { resource_arn = "rcp", policy_kind = "rcp", policy_name = "Perimeter", effect = "Deny", principal_kind = "everybody", principal = "*", covered_actions = ["kms:Decrypt"], condition_keys = ["aws:principalorgid"], condition_class = "weak" },
-- ]
-- expect = { "k *" = "fail" }
-- ///
