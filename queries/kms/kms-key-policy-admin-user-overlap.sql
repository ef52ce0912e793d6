-- /// check
-- title = "Who manages a key does not decrypt with it"
-- severity = "low"
-- description = """
-- Separation of duties: whoever may change a key's policy or destroy it should not read what is encrypted under it.
-- Only principals that the key policy names count, and not what IAM policies add where the key policy leaves
-- decisions to the account. Automation that sets keys up and uses them, and accounts with a single team, are
-- exceptions to name.
-- """
-- remediation = "give the administration and the use of the key to different roles"
-- [parameters]
-- exceptions = { default = "", help = "roles and users that may do both, as ARNs with * as wildcard, separated by commas" }
-- ///
with named as (
  select
    a.key_arn, a.principal_arn, a.actions, a.verdict <> 'unknown' as sure, a.capability = 'decrypt' as decrypts,
    a.capability in ('administer', 'destroy') as manages
  from key_access a
  where a.route = 'key_policy' and a.via_role_arn is null and a.principal_kind in ('role', 'user', 'session')
    and not exists (
      from (select unnest(string_split(replace($exceptions, ' ', ''), ',')) as exception)
      where a.principal_arn glob exception
    )
), doubles as (
  select
    key_arn, principal_arn,
    list_sort(list_distinct(flatten(list(actions) filter (where decrypts or manages)))) as actions,
    if(bool_or(decrypts and sure) and bool_or(manages and sure), 'fail', 'unknown') as status
  from named
  group by key_arn, principal_arn
  having bool_or(decrypts) and bool_or(manages)
)
select
  k.account_id, k.region, k.key_arn as resource_id, d.principal_arn as related_id,
  coalesce(d.status, if(k.unread is null, 'pass', 'unknown')) as status,
  case
    when d.status = 'fail' then d.principal_arn || ' manages the key and decrypts with it'
    when d.status = 'unknown' then d.principal_arn || ' may manage the key and decrypt with it, as far as is known'
    else coalesce(k.unread, 'nobody that its policy names does both')
  end as reason,
  to_json({'actions': d.actions}) as evidence
from customer_keys k
left join doubles d on d.key_arn = k.key_arn and k.unread is null;

-- /// cases
-- [[case]]
-- name = "both, one of both, both by delegation or by a role on the way, exceptions, half unknown, and not read"
-- parameters = { exceptions = "arn:aws:iam::111122223333:role/pipeline-*" }
-- given.aws_kms_keys = [{ arn = "both", key_manager = "CUSTOMER" }, { arn = "split", key_manager = "CUSTOMER" }, { arn = "unread", key_manager = "CUSTOMER" }]
-- given.aws_kms_key_policies = [{ key_arn = "both", name = "default", policy = {} }, { key_arn = "split", name = "default", policy = {} }]
-- given.key_access = [
--   { key_arn = "both", principal_arn = "arn:aws:iam::111122223333:role/a", principal_kind = "role", capability = "decrypt", route = "key_policy", verdict = "allowed" },
--   { key_arn = "both", principal_arn = "arn:aws:iam::111122223333:role/a", principal_kind = "role", capability = "administer", route = "key_policy", verdict = "allowed" },
--   { key_arn = "both", principal_arn = "arn:aws:iam::111122223333:user/ann", principal_kind = "user", capability = "decrypt", route = "key_policy", verdict = "conditional" },
--   { key_arn = "both", principal_arn = "arn:aws:iam::111122223333:user/ann", principal_kind = "user", capability = "destroy", route = "key_policy", verdict = "allowed" },
--   { key_arn = "both", principal_arn = "arn:aws:iam::111122223333:role/half", principal_kind = "role", capability = "decrypt", route = "key_policy", verdict = "unknown" },
--   { key_arn = "both", principal_arn = "arn:aws:iam::111122223333:role/half", principal_kind = "role", capability = "destroy", route = "key_policy", verdict = "allowed" },
--   { key_arn = "split", principal_arn = "arn:aws:iam::111122223333:role/use", principal_kind = "role", capability = "decrypt", route = "key_policy", verdict = "allowed" },
--   { key_arn = "split", principal_arn = "arn:aws:iam::111122223333:role/admin", principal_kind = "role", capability = "administer", route = "key_policy", verdict = "allowed" },
--   { key_arn = "split", principal_arn = "arn:aws:iam::111122223333:role/admin", principal_kind = "role", capability = "decrypt", route = "delegation", verdict = "allowed" },
--   { key_arn = "split", principal_arn = "arn:aws:iam::111122223333:role/admin", principal_kind = "role", via_role_arn = "arn:aws:iam::111122223333:role/use", capability = "decrypt", route = "key_policy", verdict = "allowed" },
--   { key_arn = "split", principal_arn = "arn:aws:iam::111122223333:root", principal_kind = "account", capability = "decrypt", route = "key_policy", verdict = "allowed" },
--   { key_arn = "split", principal_arn = "arn:aws:iam::111122223333:root", principal_kind = "account", capability = "administer", route = "key_policy", verdict = "allowed" },
--   { key_arn = "split", principal_arn = "arn:aws:iam::111122223333:role/pipeline-1", principal_kind = "role", capability = "decrypt", route = "key_policy", verdict = "allowed" },
--   { key_arn = "split", principal_arn = "arn:aws:iam::111122223333:role/pipeline-1", principal_kind = "role", capability = "administer", route = "key_policy", verdict = "allowed" },
-- ]
-- [case.expect]
-- "both arn:aws:iam::111122223333:role/a" = "fail"
-- "both arn:aws:iam::111122223333:user/ann" = "fail"
-- "both arn:aws:iam::111122223333:role/half" = "unknown"
-- split = "pass"
-- unread = "unknown"
-- ///
