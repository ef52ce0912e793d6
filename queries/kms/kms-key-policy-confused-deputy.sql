-- /// check
-- title = "Services use keys only on behalf of known accounts or resources"
-- severity = "high"
-- description = """
-- A service that may use a key does so for whoever asks it to, in whatever account. aws:SourceAccount, aws:SourceArn,
-- aws:SourceOrgID or an encryption context in the condition says on whose behalf. Services that send none of them
-- with their requests are exceptions: EventBridge, when it delivers to encrypted topics. Services that act with the
-- rights of their caller are not named as principals, but in kms:ViaService, and are no matter of this check.
-- """
-- remediation = "add a condition with aws:SourceAccount or aws:SourceOrgID to the statement for <related_id>, if the service sends it"
-- [parameters]
-- exceptions = { default = "events.amazonaws.com", help = "services that cannot be bound, separated by commas" }
-- ///
with deputies as (
  select
    key_arn, principal, list(distinct statement order by statement) as statements,
    list_sort(list_distinct(flatten(list(actions)))) as actions,
    if(bool_or(condition_class <> 'unknown'), 'fail', 'unknown') as status
  from key_policy_permissions
  where (principal_kind = 'service' or list_contains(binding_keys, 'aws:principalisawsservice'))
    and principal not in (select unnest(string_split(replace($exceptions, ' ', ''), ',')))
    and len(list_filter(actions, a -> a in ('kms:CreateGrant', 'kms:Decrypt') or a like 'kms:GenerateDataKey%')) > 0
    and len(list_filter(binding_keys, k -> k like 'kms:encryptioncontext:%' or k in (
      'aws:sourceaccount', 'aws:sourcearn', 'aws:sourceorgid', 'aws:sourceorgpaths', 'aws:sourceowner'
    ))) = 0
  group by key_arn, principal
)
select
  k.account_id, k.region, k.key_arn as resource_id, d.principal as related_id,
  coalesce(d.status, if(k.unread is null, 'pass', 'unknown')) as status,
  case
    when d.status = 'fail'
      then if(d.principal = '*', 'any service', d.principal) || ' may use it on behalf of anybody, by ' || array_to_string(d.statements, ', ')
    when d.status = 'unknown' then 'the condition of ' || array_to_string(d.statements, ', ') || ' cannot be understood'
    else coalesce(k.unread, 'services use it only on behalf of known accounts or resources')
  end as reason,
  to_json({'statements': d.statements, 'actions': d.actions}) as evidence
from customer_keys k
left join deputies d on d.key_arn = k.key_arn;

-- /// cases
-- [[case]]
-- name = "without a condition, with one that does not bind, with each that does, exceptions, callers, and not read"
-- given.aws_kms_keys = [{ arn = "free", key_manager = "CUSTOMER" }, { arn = "bound", key_manager = "CUSTOMER" }, { arn = "unread", key_manager = "CUSTOMER" }]
-- given.aws_kms_key_policies = [{ key_arn = "free", name = "default", policy = {} }, { key_arn = "bound", name = "default", policy = {} }]
-- given.policy_statements = [
--   { resource_arn = "free", policy_kind = "key_policy", effect = "Allow", principal_kind = "service", principal = "cloudtrail.amazonaws.com", covered_actions = ["kms:GenerateDataKeyWithoutPlaintext"], condition_class = "none" },
--   { resource_arn = "free", policy_kind = "key_policy", effect = "Allow", principal_kind = "service", principal = "sns.amazonaws.com", covered_actions = ["kms:Decrypt"], condition_class = "weak", condition = { StringEqualsIfExists = { "aws:SourceAccount" = "111122223333" } } },
--   { resource_arn = "free", policy_kind = "key_policy", effect = "Allow", principal_kind = "service", principal = "backup.amazonaws.com", covered_actions = ["kms:CreateGrant"], condition_class = "weak", condition = { Bool = { "kms:GrantIsForAWSResource" = "true" } } },
--   { resource_arn = "free", policy_kind = "key_policy", effect = "Allow", principal_kind = "service", principal = "strange.amazonaws.com", covered_actions = ["kms:Decrypt"], condition_class = "unknown", condition = { StringIsh = { "aws:SourceAccount" = "111122223333" } } },
--   { resource_arn = "free", statement_index = 1, policy_kind = "key_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:Decrypt"], condition_class = "weak", condition = { Bool = { "aws:PrincipalIsAWSService" = "true" } } },
--   { resource_arn = "bound", statement_index = 0, policy_kind = "key_policy", effect = "Allow", principal_kind = "service", principal = "cloudtrail.amazonaws.com", covered_actions = ["kms:GenerateDataKey"], condition_class = "service_bound", bound_to = ["arn:aws:cloudtrail:eu-west-1:111122223333:trail/main"], condition = { StringEquals = { "AWS:SourceArn" = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main" } } },
--   { resource_arn = "bound", statement_index = 1, policy_kind = "key_policy", effect = "Allow", principal_kind = "service", principal = "sns.amazonaws.com", covered_actions = ["kms:Decrypt"], condition_class = "service_bound", bound_to = ["111122223333"], condition = { StringEquals = { "aws:SourceAccount" = ["111122223333"] } } },
--   { resource_arn = "bound", statement_index = 2, policy_kind = "key_policy", effect = "Allow", principal_kind = "service", principal = "s3.amazonaws.com", covered_actions = ["kms:GenerateDataKey"], condition_class = "service_bound", bound_to = ["o-abc1234567"], condition = { StringEquals = { "aws:SourceOrgID" = "o-abc1234567" } } },
--   { resource_arn = "bound", statement_index = 3, policy_kind = "key_policy", effect = "Allow", principal_kind = "service", principal = "logs.eu-west-1.amazonaws.com", covered_actions = ["kms:Decrypt"], condition_class = "weak", condition = { ArnLike = { "kms:EncryptionContext:aws:logs:arn" = "arn:aws:logs:eu-west-1:111122223333:*" } } },
--   { resource_arn = "bound", statement_index = 4, policy_kind = "key_policy", effect = "Allow", principal_kind = "service", principal = "events.amazonaws.com", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "bound", statement_index = 5, policy_kind = "key_policy", effect = "Allow", principal_kind = "service", principal = "config.amazonaws.com", covered_actions = ["kms:DescribeKey"], condition_class = "none" },
--   { resource_arn = "bound", statement_index = 6, policy_kind = "key_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::111122223333:role/app", principal_account_id = "111122223333", covered_actions = ["kms:Decrypt"], condition_class = "weak", condition = { StringEquals = { "kms:ViaService" = "s3.eu-west-1.amazonaws.com" } } },
-- ]
-- [case.expect]
-- "free cloudtrail.amazonaws.com" = "fail"
-- "free sns.amazonaws.com" = "fail"
-- "free backup.amazonaws.com" = "fail"
-- "free strange.amazonaws.com" = "unknown"
-- "free *" = "fail"
-- bound = "pass"
-- unread = "unknown"
--
-- [[case]]
-- name = "exceptions are those that are given"
-- parameters = { exceptions = "ses.amazonaws.com, cloudwatch.amazonaws.com" }
-- given.aws_kms_keys = [{ arn = "k", key_manager = "CUSTOMER" }]
-- given.aws_kms_key_policies = [{ key_arn = "k", name = "default", policy = {} }]
-- given.policy_statements = [
--   { resource_arn = "k", policy_kind = "key_policy", effect = "Allow", principal_kind = "service", principal = "cloudwatch.amazonaws.com", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "k", policy_kind = "key_policy", effect = "Allow", principal_kind = "service", principal = "events.amazonaws.com", covered_actions = ["kms:Decrypt"], condition_class = "none" },
-- ]
-- expect = { "k events.amazonaws.com" = "fail" }
-- ///
