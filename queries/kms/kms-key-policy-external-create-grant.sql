-- /// check
-- title = "Other accounts cannot create grants as they like"
-- severity = "high"
-- description = """
-- Who may create grants can let others in, and the grants outlive a change of the key policy. Sharing volumes and
-- snapshots needs kms:CreateGrant: with kms:GrantIsForAWSResource only AWS services can make use of it, and
-- kms:GrantConstraintType and kms:GranteePrincipal limit it, too. Less severe for accounts of the organization and
-- for partners.
-- """
-- remediation = "add a condition Bool kms:GrantIsForAWSResource true to the statement"
-- ///
with granters as (
  select
    key_arn, principal, list(distinct party order by party) as parties,
    list(distinct statement order by statement) as statements,
    if(count(*) = count(held_back_by), min(held_back_by), null) as held_back_by,
    bool_or(relation in ('external', 'unknown')) as outside,
    if(bool_or(condition_class <> 'unknown'), 'fail', 'unknown') as status
  from key_policy_permissions
  where relation in ('organization', 'collected', 'trusted', 'external', 'unknown')
    and (principal_kind = 'everybody' or relation <> 'organization' or party not like 'o-%')
    and list_contains(actions, 'kms:CreateGrant')
    and not list_has_any(binding_keys, ['kms:grantisforawsresource', 'kms:grantconstrainttype', 'kms:granteeprincipal'])
  group by key_arn, principal
)
select
  k.account_id, k.region, k.key_arn as resource_id, g.principal as related_id,
  coalesce(g.status, if(k.unread is null, 'pass', 'unknown')) as status,
  case
    when g.status = 'unknown' then 'the condition of ' || array_to_string(g.statements, ', ') || ' cannot be understood'
    when g.status = 'fail'
      then array_to_string(g.parties, ', ') || ' may create any grant, by ' || array_to_string(g.statements, ', ')
        || coalesce(', although ' || array_to_string(g.held_back_by, ', ') || ' may hold it back', '')
    else coalesce(k.unread, 'no other account can create grants without limits')
  end as reason,
  if(g.outside and g.held_back_by is null, 'high', 'medium') as severity,
  to_json({'accounts': g.parties, 'statements': g.statements}) as evidence
from customer_keys k
left join granters g on g.key_arn = k.key_arn;

-- /// cases
-- [[case]]
-- name = "with and without limits, limits that do not bind, the own account, and not read"
-- given.aws_organizations = [{ arn = "o", id = "o-abc1234567" }]
-- given.aws_organizations_accounts = [{ arn = "o1", id = "444455556666" }]
-- given.aws_kms_keys = [{ arn = "free", key_manager = "CUSTOMER" }, { arn = "bound", key_manager = "CUSTOMER" }, { arn = "unread", key_manager = "CUSTOMER" }]
-- given.aws_kms_key_policies = [{ key_arn = "free", name = "default", policy = {} }, { key_arn = "bound", name = "default", policy = {} }]
-- given.policy_statements = [
--   { resource_arn = "free", statement_index = 0, policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::999999999999:root", principal_account_id = "999999999999", covered_actions = ["kms:CreateGrant", "kms:Decrypt", "kms:PutKeyPolicy"], condition_class = "none" },
--   { resource_arn = "free", statement_index = 1, policy_kind = "key_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", covered_actions = ["kms:CreateGrant"], condition_class = "none" },
--   { resource_arn = "free", statement_index = 2, policy_kind = "key_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::999999999999:role/negated", principal_account_id = "999999999999", covered_actions = ["kms:CreateGrant"], condition_class = "weak", condition = { Bool = { "kms:GrantIsForAWSResource" = "false" } } },
--   { resource_arn = "free", statement_index = 3, policy_kind = "key_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::999999999999:role/if-exists", principal_account_id = "999999999999", covered_actions = ["kms:CreateGrant"], condition_class = "weak", condition = { BoolIfExists = { "kms:GrantIsForAWSResource" = "true" } } },
--   { resource_arn = "free", statement_index = 4, policy_kind = "key_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:CreateGrant"], condition_class = "org_bound", bound_to = ["o-abc1234567"] },
--   { resource_arn = "free", statement_index = 5, policy_kind = "key_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::999999999999:role/strange", principal_account_id = "999999999999", covered_actions = ["kms:CreateGrant"], condition_class = "unknown" },
--   { resource_arn = "bound", statement_index = 0, policy_kind = "key_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::999999999999:role/nobody", principal_account_id = "999999999999", covered_actions = ["kms:CreateGrant"], condition_class = "org_bound", bound_to = ["o-abc1234567"] },
--   { resource_arn = "bound", statement_index = 1, policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::999999999999:root", principal_account_id = "999999999999", covered_actions = ["kms:CreateGrant"], condition_class = "weak", condition = { Bool = { "kms:grantIsForAwsResource" = ["true"] } } },
--   { resource_arn = "bound", statement_index = 2, policy_kind = "key_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::999999999999:role/type", principal_account_id = "999999999999", covered_actions = ["kms:CreateGrant"], condition_class = "weak", condition = { StringEquals = { "kms:GrantConstraintType" = "EncryptionContextSubset" } } },
--   { resource_arn = "bound", statement_index = 3, policy_kind = "key_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::999999999999:role/grantee", principal_account_id = "999999999999", covered_actions = ["kms:CreateGrant"], condition_class = "weak", condition = { StringEquals = { "kms:GranteePrincipal" = "arn:aws:iam::999999999999:role/y" } } },
--   { resource_arn = "bound", statement_index = 4, policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::111122223333:root", principal_account_id = "111122223333", covered_actions = ["kms:CreateGrant"], condition_class = "none" },
--   { resource_arn = "bound", statement_index = 5, policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::444455556666:root", principal_account_id = "444455556666", covered_actions = ["kms:Decrypt"], condition_class = "none" },
-- ]
-- [case.expect]
-- "free arn:aws:iam::999999999999:root" = "fail"
-- "free arn:aws:iam::444455556666:role/etl" = "fail"
-- "free arn:aws:iam::999999999999:role/negated" = "fail"
-- "free arn:aws:iam::999999999999:role/if-exists" = "fail"
-- "free *" = "fail"
-- "free arn:aws:iam::999999999999:role/strange" = "unknown"
-- bound = "pass"
-- unread = "unknown"
-- ///
