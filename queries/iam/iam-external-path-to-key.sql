-- /// check
-- title = "No chain of roles leads outsiders to keys or shared buckets"
-- severity = "high"
-- description = """
-- A role that lets an outsider in may assume further roles, until one may decrypt with a key or use a bucket across
-- accounts. Chains of up to three roles are followed: each role must be trusted by the next one's trust policy and, unless
-- that names it within the same account, be allowed to assume it by a policy of its own. What the outside account allows
-- its own principals is taken as given. One row per role that lets outsiders in and target, by the shortest chain. Partners
-- and the organization's accounts are no outsiders; an external id keeps nobody out who knows it.
-- """
-- remediation = "take the outsiders out of the trust policy of <resource_id>, or break the weakest link of the chain"
-- ///
with recursive assumers as (
  select
    account_id, holder_arn,
    unnest(if(not_resources is null, resources, ['*'])) as pattern
  from identity_statements
  where effect = 'Allow' and list_contains(covered_actions, 'sts:AssumeRole') and holder_arn like '%:role/%'
), links as (
  select r.arn as source, t.role_arn as target
  from role_trusts t
  join aws_iam_roles r on r.arn = t.principal and r.account_id = t.account_id
  union
  select a.holder_arn, t.role_arn
  from role_trusts t
  join assumers a on a.holder_arn = t.principal and t.role_arn glob a.pattern
  union
  select a.holder_arn, t.role_arn
  from role_trusts t
  join assumers a on a.account_id = t.party and t.role_arn glob a.pattern
  where t.principal = '*' or t.principal like 'arn:%:root'
  union
  select a.holder_arn, t.role_arn
  from role_trusts t
  join assumers a on t.role_arn glob a.pattern
  where t.party = '*' or (t.party in (select id from aws_organizations)
    and a.account_id in (select id from aws_organizations_accounts))
), entries as (
  select
    account_id, role_arn, bool_or(relation <> 'unknown') as certain,
    list(distinct principal order by principal) as outsiders
  from role_trusts
  where relation in ('external', 'everybody', 'unknown')
  group by account_id, role_arn
), chains (entry, role_arn, chain) as (
  select role_arn, role_arn, [role_arn] from entries
  union all
  select c.entry, l.target, list_append(c.chain, l.target)
  from chains c
  join links l on l.source = c.role_arn
  where len(c.chain) < 3 and not list_contains(c.chain, l.target)
), shortest as (
  select
    c.entry, r.target, first(c.chain order by r.verdict = 'unknown', len(c.chain), c.chain) as chain,
    bool_or(r.verdict <> 'unknown') as certain
  from chains c
  join role_reach r on r.role_arn = c.role_arn
  group by c.entry, r.target
)
select
  e.account_id, 'global' as region, e.role_arn as resource_id, s.target as related_id,
  case when s.target is null then 'pass' when e.certain and s.certain then 'fail' else 'unknown' end as status,
  case
    when s.target is null then 'it lets outsiders in, and leads to no key or shared bucket'
    when not e.certain then array_to_string(e.outsiders, ', ')
      || ' may be of the organization, whose accounts could not be listed'
    when not s.certain then 'whether ' || s.chain[-1] || ' gets at ' || s.target || ' is not known'
    else array_to_string(e.outsiders, ', ') || ' -> ' || array_to_string(s.chain, ' -> ') || ' -> ' || s.target
  end as reason,
  to_json({'outsiders': e.outsiders, 'chain': s.chain}) as evidence
from entries e
left join shortest s on s.entry = e.role_arn;

-- /// cases
-- [[case]]
-- name = "one, two and three roles; too long; a circle; ends that do not agree; nothing at the end; unsure ends"
-- given.aws_iam_roles = [{ arn = "arn:aws:iam::111122223333:role/own" }]
-- given.key_access = [
--   { key_arn = "k1", principal_arn = "arn:aws:iam::111122223333:role/one", principal_kind = "role", capability = "decrypt", verdict = "allowed" },
--   { key_arn = "k2", principal_arn = "arn:aws:iam::444455556666:role/two", principal_kind = "role", capability = "decrypt", verdict = "conditional" },
--   { key_arn = "k3", principal_arn = "arn:aws:iam::444455556666:role/three", principal_kind = "role", capability = "decrypt", verdict = "allowed" },
--   { key_arn = "k4", principal_arn = "arn:aws:iam::444455556666:role/four", principal_kind = "role", capability = "decrypt", verdict = "allowed" },
--   { key_arn = "k5", principal_arn = "arn:aws:iam::111122223333:role/unsure", principal_kind = "role", capability = "decrypt", verdict = "unknown" },
--   { key_arn = "k6", principal_arn = "arn:aws:iam::444455556666:role/shut", principal_kind = "role", capability = "decrypt", verdict = "allowed" },
--   { key_arn = "k7", principal_arn = "arn:aws:iam::444455556666:role/deaf", principal_kind = "role", capability = "decrypt", verdict = "allowed" },
-- ]
-- given.aws_organizations_accounts = [{ arn = "o1", id = "111122223333" }, { arn = "o2", id = "444455556666" }]
-- given.aws_iam_role_policies = [
--   { role_arn = "arn:aws:iam::111122223333:role/one", policy_name = "p", policy_document = {} },
--   { account_id = "444455556666", role_arn = "arn:aws:iam::444455556666:role/two", policy_name = "p", policy_document = {} },
--   { account_id = "444455556666", role_arn = "arn:aws:iam::444455556666:role/three", policy_name = "p", policy_document = {} },
-- ]
-- given.policy_statements = [
--   { resource_arn = "arn:aws:iam::111122223333:role/one", policy_kind = "trust_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::999999999999:root", principal_account_id = "999999999999", covered_actions = ["sts:AssumeRole"], condition = { StringEquals = { "sts:ExternalId" = "x" } }, condition_class = "weak" },
--   { resource_arn = "arn:aws:iam::111122223333:role/one", policy_kind = "inline_policy", policy_name = "p", effect = "Allow", covered_actions = ["sts:AssumeRole"], resources = ["arn:aws:iam::444455556666:role/two", "arn:aws:iam::444455556666:role/shut"], condition_class = "none" },
--   { account_id = "444455556666", resource_arn = "arn:aws:iam::444455556666:role/two", policy_kind = "trust_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::111122223333:role/one", principal_account_id = "111122223333", covered_actions = ["sts:AssumeRole"], condition_class = "none" },
--   { account_id = "444455556666", resource_arn = "arn:aws:iam::444455556666:role/two", policy_kind = "inline_policy", policy_name = "p", effect = "Allow", covered_actions = ["sts:AssumeRole"], resources = ["arn:aws:iam::*:role/*"], condition_class = "none" },
--   { account_id = "444455556666", resource_arn = "arn:aws:iam::444455556666:role/three", policy_kind = "trust_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::444455556666:root", principal_account_id = "444455556666", covered_actions = ["sts:AssumeRole"], condition_class = "none" },
--   { account_id = "444455556666", resource_arn = "arn:aws:iam::444455556666:role/three", policy_kind = "inline_policy", policy_name = "p", effect = "Allow", covered_actions = ["sts:AssumeRole"], resources = ["*"], condition_class = "none" },
--   { account_id = "444455556666", resource_arn = "arn:aws:iam::444455556666:role/four", policy_kind = "trust_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::444455556666:role/three", principal_account_id = "444455556666", covered_actions = ["sts:AssumeRole"], condition_class = "none" },
--   { resource_arn = "arn:aws:iam::111122223333:role/one", policy_kind = "trust_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::444455556666:role/two", principal_account_id = "444455556666", covered_actions = ["sts:AssumeRole"], condition_class = "none", statement_index = 1 },
--   { account_id = "444455556666", resource_arn = "arn:aws:iam::444455556666:role/shut", policy_kind = "trust_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::777788889999:role/other", principal_account_id = "777788889999", covered_actions = ["sts:AssumeRole"], condition_class = "none" },
--   { account_id = "444455556666", resource_arn = "arn:aws:iam::444455556666:role/deaf", policy_kind = "trust_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::111122223333:root", principal_account_id = "111122223333", covered_actions = ["sts:AssumeRole"], condition_class = "none" },
--   { resource_arn = "arn:aws:iam::111122223333:role/unsure", policy_kind = "trust_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["sts:AssumeRole"], condition_class = "none" },
--   { resource_arn = "arn:aws:iam::111122223333:role/empty", policy_kind = "trust_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["sts:AssumeRole"], condition_class = "none" },
-- ]
-- given.trusted_accounts = [{ account_id = "777788889999", label = "vendor" }]
-- [case.expect]
-- "arn:aws:iam::111122223333:role/one k1" = "fail"
-- "arn:aws:iam::111122223333:role/one k2" = "fail"
-- "arn:aws:iam::111122223333:role/one k3" = "fail"
-- "arn:aws:iam::111122223333:role/one k5" = "unknown"
-- "arn:aws:iam::111122223333:role/unsure k5" = "unknown"
-- "arn:aws:iam::111122223333:role/empty" = "pass"
--
-- [[case]]
-- name = "named within the account without a policy of its own, everybody of the organization, a bucket at the end"
-- given.aws_organizations = [{ arn = "o", id = "o-abc1234567" }]
-- given.aws_organizations_accounts = [{ arn = "o1", id = "111122223333" }, { arn = "o2", id = "444455556666" }]
-- given.aws_iam_roles = [{ arn = "arn:aws:iam::111122223333:role/entry" }, { arn = "arn:aws:iam::111122223333:role/next" }]
-- given.aws_iam_role_policies = [{ role_arn = "arn:aws:iam::111122223333:role/next", policy_name = "p", policy_document = {} }]
-- given.cross_account_paths = [
--   { bucket_arn = "arn:aws:s3:::b", principal_arn = "arn:aws:iam::444455556666:role/reader", access = "read", verdict = "conditional" },
-- ]
-- given.policy_statements = [
--   { resource_arn = "arn:aws:iam::111122223333:role/entry", policy_kind = "trust_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::999999999999:role/x", principal_account_id = "999999999999", covered_actions = ["sts:AssumeRole"], condition_class = "none" },
--   { resource_arn = "arn:aws:iam::111122223333:role/next", policy_kind = "trust_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::111122223333:role/entry", principal_account_id = "111122223333", covered_actions = ["sts:AssumeRole"], condition_class = "none" },
--   { resource_arn = "arn:aws:iam::111122223333:role/next", policy_kind = "inline_policy", policy_name = "p", effect = "Allow", covered_actions = ["sts:AssumeRole"], not_resources = ["arn:aws:iam::111122223333:role/admin"], condition_class = "none" },
--   { account_id = "444455556666", resource_arn = "arn:aws:iam::444455556666:role/reader", policy_kind = "trust_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["sts:AssumeRole"], condition_class = "org_bound", bound_to = ["o-abc1234567"] },
-- ]
-- expect = { "arn:aws:iam::111122223333:role/entry arn:aws:s3:::b" = "fail" }
--
-- [[case]]
-- name = "while the organization cannot be listed nobody can be called an outsider"
-- given.key_access = [
--   { key_arn = "k1", principal_arn = "arn:aws:iam::111122223333:role/one", principal_kind = "role", capability = "decrypt", verdict = "allowed" },
-- ]
-- given.policy_statements = [
--   { resource_arn = "arn:aws:iam::111122223333:role/one", policy_kind = "trust_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::999999999999:root", principal_account_id = "999999999999", covered_actions = ["sts:AssumeRole"], condition_class = "none" },
-- ]
-- given.sync_scopes = [
--   { run_id = "r1", region = "global", table_name = "aws_organizations_accounts", operation = "ListAccounts", outcome = "denied" },
-- ]
-- expect = { "arn:aws:iam::111122223333:role/one k1" = "unknown" }
-- ///
