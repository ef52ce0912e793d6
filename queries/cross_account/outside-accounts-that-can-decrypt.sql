-- /// report
-- title = "Accounts outside the organization that can decrypt with its keys"
-- description = """
-- One row per key and account, partners included: how many of its principals, by what routes, and how sure that is.
-- ANY stands for every account there is, an organization's id for all of its accounts. A statement of the key policy
-- that a resource control policy or a Deny may hold back has a row of its own, which names them. AWS services are no
-- accounts. Keys whose policy was not read have a row without an account.
-- """
-- [parameters]
-- key = { help = "ARN or id of a key; all keys unless given" }
-- ///
with keys as (
  select arn, account_id, region from aws_kms_keys where $key is null or $key in (arn, key_id)
), access as (
  select
    key_arn, principal_account_id as party, principal_arn as principal,
    coalesce('role ' || via_role_arn, route) as route, verdict, null as held_back_by
  from key_access
  where capability = 'decrypt' and principal_account_id is not null
  union all
  select
    key_arn, if(party = '*', 'ANY', party), principal, 'key_policy',
    if(held_back_by is null and condition_class in ('none', 'account_bound', 'org_bound'), 'allowed', 'conditional'),
    array_to_string(held_back_by, ', ')
  from key_policy_permissions
  where list_has_any(actions, ['kms:Decrypt', 'kms:ReEncryptFrom'])
    and relation in ('trusted', 'external', 'everybody', 'unknown')
    and (principal_kind = 'everybody' or held_back_by is not null)
)
select
  k.account_id, k.region, k.arn as key_arn, a.party as account_id_outside,
  coalesce(n.label, 'load balancer logs, ' || e.region) as label,
  case when a.party = 'ANY' then 'everybody' when e.account_id is not null then 'elb'
       else coalesce(n.relation, 'external') end as relation,
  count(distinct a.principal) as principals, list(distinct a.route order by a.route) as routes,
  arg_min(a.verdict, list_position(['allowed', 'conditional', 'unknown'], a.verdict)) as verdict, a.held_back_by
from access a
join keys k on k.arn = a.key_arn and k.account_id <> a.party
left join known_accounts n on n.account_id = a.party
left join elb_log_accounts e on e.account_id = a.party
where coalesce(n.relation, '') not in ('organization', 'collected')
  and a.party not in (select id from aws_organizations)
group by k.account_id, k.region, k.arn, a.party, n.label, n.relation, e.account_id, e.region, a.held_back_by
union all
select c.account_id, c.region, c.key_arn, null, null, 'unknown', 0, ['key_policy'], 'unknown', c.unread
from customer_keys c
join keys k on k.arn = c.key_arn
where c.unread is not null
order by account_id, region, key_arn, account_id_outside nulls first, held_back_by nulls first;

-- /// cases
-- [[case]]
-- name = "outsiders, partners, grants and roles on the way; not the organization, services, or who only encrypts"
-- given.aws_organizations = [{ arn = "o", id = "o-abc1234567" }]
-- given.aws_organizations_accounts = [{ arn = "o1", id = "111122223333" }, { arn = "o2", id = "444455556666" }]
-- given.trusted_accounts = [{ account_id = "777788889999", label = "vendor" }]
-- given.aws_kms_keys = [{ arn = "k", key_manager = "CUSTOMER" }, { arn = "unread", key_manager = "CUSTOMER" }]
-- given.aws_kms_key_policies = [{ key_arn = "k", name = "default", policy = {} }]
-- given.key_access = [
--   { key_arn = "k", principal_arn = "arn:aws:iam::111122223333:role/a", principal_account_id = "111122223333", capability = "decrypt", route = "key_policy", verdict = "allowed" },
--   { key_arn = "k", principal_arn = "arn:aws:iam::444455556666:root", principal_account_id = "444455556666", capability = "decrypt", route = "key_policy", verdict = "allowed" },
--   { key_arn = "k", principal_arn = "arn:aws:organizations::111122223333:organization/o-abc1234567", principal_kind = "organization", capability = "decrypt", route = "key_policy", verdict = "conditional" },
--   { key_arn = "k", principal_arn = "sns.amazonaws.com", principal_kind = "service", capability = "decrypt", route = "key_policy", verdict = "conditional" },
--   { key_arn = "k", principal_arn = "arn:aws:iam::999999999999:root", principal_account_id = "999999999999", capability = "decrypt", route = "key_policy", verdict = "unknown" },
--   { key_arn = "k", principal_arn = "arn:aws:iam::999999999999:role/x", principal_account_id = "999999999999", capability = "decrypt", route = "grant", verdict = "conditional" },
--   { key_arn = "k", principal_arn = "arn:aws:iam::888888888888:root", principal_account_id = "888888888888", via_role_arn = "arn:aws:iam::111122223333:role/a", capability = "decrypt", route = "key_policy", verdict = "unknown" },
--   { key_arn = "k", principal_arn = "arn:aws:iam::777788889999:root", principal_account_id = "777788889999", capability = "decrypt", route = "key_policy", verdict = "unknown" },
--   { key_arn = "k", principal_arn = "arn:aws:iam::666666666666:root", principal_account_id = "666666666666", capability = "encrypt", route = "key_policy", verdict = "allowed" },
-- ]
-- expect = [
--   { key_arn = "k", account_id_outside = "777788889999", label = "vendor", relation = "trusted", verdict = "unknown" },
--   { key_arn = "k", account_id_outside = "888888888888", routes = ["role arn:aws:iam::111122223333:role/a"] },
--   { key_arn = "k", account_id_outside = "999999999999", relation = "external", principals = 2, routes = ["grant", "key_policy"], verdict = "conditional" },
--   { key_arn = "unread", verdict = "unknown" },
-- ]
--
-- [[case]]
-- name = "everybody, everybody of an account or another organization, and what a resource control policy may hold back"
-- parameters = { key = "k" }
-- given.aws_organizations = [{ arn = "o", id = "o-abc1234567" }]
-- given.aws_organizations_accounts = [{ arn = "o1", id = "111122223333", parent_id = "r-ab12" }]
-- given.aws_organizations_policy_targets = [{ policy_arn = "rcp", target_id = "r-ab12" }]
-- given.aws_kms_keys = [{ arn = "k", key_manager = "CUSTOMER" }, { arn = "other", key_manager = "CUSTOMER" }]
-- given.aws_kms_key_policies = [{ key_arn = "k", name = "default", policy = {} }]
-- given.policy_statements = [
--   { resource_arn = "k", statement_index = 0, policy_kind = "key_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:Decrypt"], condition_class = "weak" },
--   { resource_arn = "k", statement_index = 1, policy_kind = "key_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:ReEncryptFrom"], condition_class = "org_bound", bound_to = ["o-abc1234567", "o-zzz7654321"] },
--   { resource_arn = "k", statement_index = 2, policy_kind = "key_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:Decrypt"], condition_class = "account_bound", bound_to = ["111122223333"] },
--   { resource_arn = "k", statement_index = 3, policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::999999999999:root", principal_account_id = "999999999999", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "rcp", policy_kind = "rcp", policy_name = "Perimeter", effect = "Deny", principal_kind = "everybody", principal = "*", covered_actions = ["kms:Decrypt"], condition_keys = ["aws:principalorgid"], condition_class = "weak" },
-- ]
-- expect = [
--   { account_id_outside = "999999999999", verdict = "conditional", held_back_by = "Perimeter" },
--   { account_id_outside = "ANY", relation = "everybody", verdict = "conditional", held_back_by = "Perimeter" },
--   { account_id_outside = "o-zzz7654321", relation = "external", verdict = "allowed" },
-- ]
-- ///
