-- /// check
-- title = "More than one principal can change each key policy"
-- severity = "medium"
-- description = """
-- A key policy that does not leave decisions to its account can be changed by those only that it names. When the last
-- of them is gone, nobody but AWS Support can bring the key back. Two or more who are there are enough: to do without
-- the account is good practice for keys of high security. Principals of other accounts do not count, as KMS does not
-- let them change a policy.
-- """
-- remediation = "name a second administrator in the key policy, or add the statement that lets IAM policies of the account decide"
-- ///
with administrators as (
  select distinct
    p.key_arn, p.principal, p.principal_kind in ('account', 'everybody') as wide,
    p.relation = 'own' and m.principal is null as there, p.relation = 'own' and not m.certain as perhaps
  from key_policy_permissions p
  left join missing_principals m on m.principal = p.principal
  where list_contains(p.actions, 'kms:PutKeyPolicy')
    and (p.relation = 'own' or p.principal_kind = 'unique_id'
      or (p.principal_kind = 'everybody' and p.relation in ('everybody', 'organization', 'unknown')))
), counted as (
  select
    k.*, coalesce(bool_or(a.wide), false) as wide, count(*) filter (where a.there) as there,
    count(*) filter (where a.perhaps) as perhaps, min(a.principal) filter (where a.there) as last,
    list(a.principal order by a.principal) filter (where a.principal is not null) as administrators
  from customer_keys k
  left join administrators a on a.key_arn = k.key_arn
  group by all
)
select
  account_id, region, key_arn as resource_id, null as related_id,
  case
    when unread is not null then 'unknown'
    when wide or there > 1 then 'pass'
    when there + perhaps > 1 then 'unknown'
    else 'fail'
  end as status,
  case
    when unread is not null then unread
    when wide then 'it leaves decisions to its account'
    when there > 1 then there || ' principals may change its policy'
    when there + perhaps > 1 then 'whether its administrators are there is not known: their account could not be listed'
    when there = 1 then 'only ' || last || ' may change its policy'
    when perhaps = 1 then 'only one principal may change its policy, if that'
    when administrators is null then 'nobody may change its policy'
    else 'nobody is there any more who may change its policy'
  end as reason,
  to_json({'administrators': administrators}) as evidence
from counted;

-- /// cases
-- [[case]]
-- name = "decisions left to the account or to everybody in it, two administrators, one, ghosts, others only, and not read"
-- given.aws_iam_roles = [
--   { arn = "arn:aws:iam::111122223333:role/a", role_name = "a" }, { arn = "arn:aws:iam::111122223333:role/b", role_name = "b" },
-- ]
-- given.aws_kms_keys = [
--   { arn = "root", key_manager = "CUSTOMER" }, { arn = "everybody", key_manager = "CUSTOMER" },
--   { arn = "two", key_manager = "CUSTOMER" }, { arn = "one", key_manager = "CUSTOMER" },
--   { arn = "ghosts", key_manager = "CUSTOMER" }, { arn = "foreign", key_manager = "CUSTOMER" },
--   { arn = "users", key_manager = "CUSTOMER" }, { arn = "unread", key_manager = "CUSTOMER" },
-- ]
-- given.aws_kms_key_policies = [
--   { key_arn = "root", name = "default", policy = {} }, { key_arn = "everybody", name = "default", policy = {} },
--   { key_arn = "two", name = "default", policy = {} }, { key_arn = "one", name = "default", policy = {} },
--   { key_arn = "ghosts", name = "default", policy = {} }, { key_arn = "foreign", name = "default", policy = {} },
--   { key_arn = "users", name = "default", policy = {} },
-- ]
-- given.policy_statements = [
--   { resource_arn = "root", policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::111122223333:root", principal_account_id = "111122223333", covered_actions = ["kms:PutKeyPolicy"], condition_class = "none" },
--   { resource_arn = "everybody", policy_kind = "key_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["kms:PutKeyPolicy"], condition_class = "account_bound", bound_to = ["111122223333"] },
--   { resource_arn = "two", policy_kind = "key_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::111122223333:role/a", principal_account_id = "111122223333", covered_actions = ["kms:PutKeyPolicy"], condition_class = "none" },
--   { resource_arn = "two", policy_kind = "key_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::111122223333:role/b", principal_account_id = "111122223333", covered_actions = ["kms:PutKeyPolicy"], condition_class = "none" },
--   { resource_arn = "one", policy_kind = "key_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::111122223333:role/a", principal_account_id = "111122223333", covered_actions = ["kms:PutKeyPolicy"], condition_class = "none" },
--   { resource_arn = "one", policy_kind = "key_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::111122223333:role/gone", principal_account_id = "111122223333", covered_actions = ["kms:PutKeyPolicy"], condition_class = "none" },
--   { resource_arn = "one", policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::111122223333:root", principal_account_id = "111122223333", covered_actions = ["kms:Decrypt"], condition_class = "none" },
--   { resource_arn = "ghosts", policy_kind = "key_policy", effect = "Allow", principal_kind = "unique_id", principal = "AROAZZZZZZZZZZZZZZZZZ", covered_actions = ["kms:PutKeyPolicy"], condition_class = "none" },
--   { resource_arn = "ghosts", policy_kind = "key_policy", effect = "Allow", principal_kind = "unique_id", principal = "AIDAZZZZZZZZZZZZZZZZZ", covered_actions = ["kms:PutKeyPolicy"], condition_class = "none" },
--   { resource_arn = "foreign", policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::999999999999:root", principal_account_id = "999999999999", covered_actions = ["kms:PutKeyPolicy"], condition_class = "none" },
--   { resource_arn = "users", policy_kind = "key_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::111122223333:root", principal_account_id = "111122223333", covered_actions = ["kms:Decrypt"], condition_class = "none" },
-- ]
-- expect = { root = "pass", everybody = "pass", two = "pass", one = "fail", ghosts = "fail", foreign = "fail", users = "fail", unread = "unknown" }
--
-- [[case]]
-- name = "administrators that could not be looked up may be there"
-- given.aws_kms_keys = [{ arn = "k", key_manager = "CUSTOMER" }, { arn = "alone", key_manager = "CUSTOMER" }]
-- given.aws_kms_key_policies = [{ key_arn = "k", name = "default", policy = {} }, { key_arn = "alone", name = "default", policy = {} }]
-- given.policy_statements = [
--   { resource_arn = "k", policy_kind = "key_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::111122223333:role/a", principal_account_id = "111122223333", covered_actions = ["kms:PutKeyPolicy"], condition_class = "none" },
--   { resource_arn = "k", policy_kind = "key_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::111122223333:role/b", principal_account_id = "111122223333", covered_actions = ["kms:PutKeyPolicy"], condition_class = "none" },
--   { resource_arn = "alone", policy_kind = "key_policy", effect = "Allow", principal_kind = "role", principal = "arn:aws:iam::111122223333:role/a", principal_account_id = "111122223333", covered_actions = ["kms:PutKeyPolicy"], condition_class = "none" },
-- ]
-- given.sync_scopes = [
--   { run_id = "r1", region = "global", table_name = "aws_iam_roles", operation = "GetAccountAuthorizationDetails", outcome = "denied" },
-- ]
-- expect = { k = "unknown", alone = "fail" }
-- ///
