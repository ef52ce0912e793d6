-- /// check
-- title = "Grants stay within the organization and its partners"
-- severity = "high"
-- description = """
-- A grant gives access to a key without a word in its policy, and whoever looks at policies only does not see it.
-- Looked at are the grantee, who may retire the grant, and the account that issued it. AWS services that hold grants are no
-- outsiders. Worst where the grantee may decrypt.
-- """
-- remediation = "aws kms revoke-grant --key-id <resource_id> --grant-id <related_id>"
-- ///
with parties as (
  select account_id, region, key_arn, grant_id, operations, party, role
  from (
    select
      account_id, region, key_arn, grant_id, operations,
      unnest([grantee_principal, retiring_principal, issuing_account]) as party,
      unnest(['grantee', 'retiring principal', 'issuing account']) as role
    from aws_kms_key_grants
  )
), outsiders as (
  select
    p.*, coalesce(nullif(regexp_extract(party, '^arn:[^:]*:(iam|sts)::([0-9]{12}):', 2), ''),
      nullif(regexp_extract(party, '^[0-9]{12}$'), '')) as party_account
  from parties p
  where party not like 'arn:%:assumed-role/aws:%'
), judged as (
  select
    g.account_id, g.region, g.key_arn, g.grant_id, g.name, g.operations,
    list(distinct o.role || ' ' || o.party order by o.role || ' ' || o.party)
      filter (where o.party_account is not null) as outside,
    bool_or(o.role = 'grantee' and o.party_account is not null) as grantee_outside
  from aws_kms_key_grants g
  left join outsiders o
    on o.key_arn = g.key_arn and o.grant_id = g.grant_id and o.party_account <> g.account_id
    and o.party_account not in (select account_id from known_accounts)
  group by all
)
select
  account_id, region, key_arn as resource_id, grant_id as related_id,
  case
    when outside is null then 'pass'
    when exists (
      from sync_coverage where table_name = 'aws_organizations_accounts' and columns is null
    ) then 'unknown'
    else 'fail'
  end as status,
  case
    when outside is null then 'everybody that it names is known'
    when exists (
      from sync_coverage where table_name = 'aws_organizations_accounts' and columns is null
    ) then array_to_string(outside, ', ') || ' may be of the organization, whose accounts could not be listed'
    else 'outside: ' || array_to_string(outside, ', ')
  end as reason,
  if(grantee_outside and len(list_filter(operations, op -> op in ('Decrypt', 'ReEncryptFrom'))) > 0,
    'critical', 'high') as severity,
  to_json({'name': name, 'operations': operations}) as evidence
from judged;

-- /// cases
-- [[case]]
-- name = "own, organization, partner, service and outsider; by root, role and bare id"
-- given.aws_organizations_accounts = [{ arn = "o1", id = "444455556666", name = "compute" }]
-- given.trusted_accounts = [{ account_id = "777788889999", label = "vendor" }]
-- given.aws_kms_key_grants = [
--   { key_arn = "k", grant_id = "own", grantee_principal = "arn:aws:iam::111122223333:role/app", issuing_account = "arn:aws:iam::111122223333:root", operations = ["Decrypt"] },
--   { key_arn = "k", grant_id = "member", grantee_principal = "arn:aws:iam::444455556666:role/etl", operations = ["Decrypt"] },
--   { key_arn = "k", grant_id = "partner", grantee_principal = "arn:aws:iam::777788889999:root", operations = ["Decrypt"] },
--   { key_arn = "k", grant_id = "service", grantee_service_principal = "dynamodb.amazonaws.com", operations = ["Decrypt"] },
--   { key_arn = "k", grant_id = "opaque", grantee_principal = "0123456789abcdef", issuing_account = "111122223333", operations = ["Decrypt"] },
--   { key_arn = "k", grant_id = "instance", grantee_principal = "arn:aws:sts::999999999999:assumed-role/aws:ec2-infrastructure/i-0123", operations = ["Decrypt"] },
--   { key_arn = "k", grant_id = "outsider", grantee_principal = "arn:aws:iam::999999999999:role/x", operations = ["Decrypt"] },
--   { key_arn = "k", grant_id = "retirer", grantee_principal = "arn:aws:iam::111122223333:role/app", retiring_principal = "arn:aws:iam::999999999999:root", operations = ["Encrypt"] },
--   { key_arn = "k", grant_id = "issuer", grantee_principal = "arn:aws:iam::111122223333:role/app", issuing_account = "999999999999", operations = ["Encrypt"] },
-- ]
-- expect = { "k own" = "pass", "k member" = "pass", "k partner" = "pass", "k service" = "pass", "k opaque" = "pass", "k instance" = "pass", "k outsider" = "fail", "k retirer" = "fail", "k issuer" = "fail" }
--
-- [[case]]
-- name = "while the organization cannot be listed nobody can be called an outsider"
-- given.aws_kms_key_grants = [
--   { key_arn = "k", grant_id = "g", grantee_principal = "arn:aws:iam::999999999999:role/x", operations = ["Decrypt"] },
-- ]
-- given.sync_scopes = [
--   { run_id = "r1", region = "global", table_name = "aws_organizations_accounts", operation = "ListAccounts", outcome = "denied" },
-- ]
-- expect = { "k g" = "unknown" }
-- ///
