-- /// report
-- title = "Who can decrypt with a key"
-- description = """
-- Everybody who can turn what is encrypted under the key into plain text, or into something encrypted under another
-- key: named in the key policy, allowed by IAM policies where it leaves decisions to an account, holding a grant, or
-- able to assume a role that can. A verdict of unknown means that policies which decide were not read. The first row
-- says so where the key policy itself was not.
-- """
-- [parameters]
-- key = { required = true, help = "ARN of the key, or its id" }
-- ///
with wanted as (
  select arn, account_id from aws_kms_keys where $key in (arn, key_id)
), unread as (
  select c.key_arn, c.unread from customer_keys c join wanted w on w.arn = c.key_arn where c.unread is not null
)
select
  a.key_arn, a.principal_arn, a.principal_kind, a.principal_account_id, n.label as account_name,
  case when a.principal_account_id = a.account_id then 'own'
       when a.principal_account_id is not null then coalesce(n.relation, 'external') end as relation,
  a.route, a.via_role_arn, a.actions, a.verdict, a.conditions, a.evidence
from key_access a
join wanted w on w.arn = a.key_arn
left join known_accounts n on n.account_id = a.principal_account_id
where a.capability = 'decrypt'
union all
select
  key_arn, null, null, null, null, null, 'key_policy', null, null, 'unknown', to_json([{'reason': unread}]), null
from unread
order by key_arn, principal_arn nulls first, via_role_arn nulls first, route;

-- /// cases
-- [[case]]
-- name = "named, delegated, by grant, through a role, a service, an outsider; not who encrypts, and not other keys"
-- parameters = { key = "k1" }
-- given.aws_kms_keys = [
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/k1", key_id = "k1", key_manager = "CUSTOMER" },
--   { arn = "arn:aws:kms:eu-west-1:111122223333:key/k2", key_id = "k2", key_manager = "CUSTOMER" },
-- ]
-- given.aws_kms_key_policies = [{ key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k1", name = "default", policy = {} }]
-- given.aws_organizations_accounts = [{ arn = "o1", id = "444455556666", name = "compute" }]
-- given.key_access = [
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k1", principal_arn = "arn:aws:iam::111122223333:role/a", principal_account_id = "111122223333", capability = "decrypt", route = "delegation", verdict = "allowed", actions = ["kms:ReEncryptFrom"] },
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k1", principal_arn = "arn:aws:iam::111122223333:role/a", principal_account_id = "111122223333", capability = "encrypt", route = "delegation", verdict = "allowed" },
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k1", principal_arn = "arn:aws:iam::444455556666:role/etl", principal_account_id = "444455556666", capability = "decrypt", route = "grant", verdict = "conditional" },
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k1", principal_arn = "arn:aws:iam::999999999999:root", principal_account_id = "999999999999", via_role_arn = "arn:aws:iam::111122223333:role/a", capability = "decrypt", route = "key_policy", verdict = "unknown" },
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k1", principal_arn = "rds.amazonaws.com", principal_kind = "service", capability = "decrypt", route = "key_policy", verdict = "conditional" },
--   { key_arn = "arn:aws:kms:eu-west-1:111122223333:key/k2", principal_arn = "arn:aws:iam::111122223333:role/b", principal_account_id = "111122223333", capability = "decrypt", route = "key_policy", verdict = "allowed" },
-- ]
-- expect = [
--   { principal_arn = "arn:aws:iam::111122223333:role/a", relation = "own", actions = ["kms:ReEncryptFrom"], verdict = "allowed" },
--   { principal_arn = "arn:aws:iam::444455556666:role/etl", relation = "organization", account_name = "compute", route = "grant" },
--   { principal_arn = "arn:aws:iam::999999999999:root", relation = "external", via_role_arn = "arn:aws:iam::111122223333:role/a", verdict = "unknown" },
--   { principal_arn = "rds.amazonaws.com", principal_kind = "service" },
-- ]
--
-- [[case]]
-- name = "a key policy that was not read may allow more"
-- parameters = { key = "k" }
-- given.aws_kms_keys = [{ arn = "k", key_id = "k", key_manager = "CUSTOMER" }]
-- expect = [{ key_arn = "k", verdict = "unknown" }]
-- ///
