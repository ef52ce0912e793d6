-- /// report
-- title = "What was not collected"
-- description = """
-- Every answer is only as good as what could be read. One row per account, region and cause, and one for every active
-- account of the organization that was never asked.
-- """
-- ///
with gaps as (
  select
    account_id, if(region in ('*', 'global'), '*', region) as region, outcome, error_code, min(message) as message,
    list(distinct operation order by operation) as operations, sum(failed)::bigint as failed_calls,
    bool_and(accepted) as accepted, min(reason) as accepted_because, max(attempted_at) as attempted_at
  from sync_coverage
  group by all
), never_asked as (
  select o.id as account_id
  from aws_organizations_accounts o
  where o.state = 'ACTIVE'
    and not exists (
      from sync_scopes s
      where s.account_id = o.id and s.operation <> 'Retire' and not starts_with(s.table_name, 'aws_organizations')
    )
)
select
  g.account_id, a.label as account_name, g.region, g.outcome, g.error_code, g.message, g.operations, g.failed_calls,
  g.accepted, g.accepted_because, g.attempted_at
from gaps g
left join known_accounts a on a.account_id = g.account_id
union all
select
  n.account_id, a.label, '*', 'not_attempted', null, 'the configuration does not select the account', null, 0, false,
  null, null
from never_asked n
left join known_accounts a on a.account_id = n.account_id
order by account_id, region, outcome, error_code, message;

-- /// cases
-- [[case]]
-- name = "one cause is one row, an account never asked is another, a suspended one is none"
-- given.aws_organizations_accounts = [
--   { arn = "o1", id = "111122223333", name = "data", state = "ACTIVE" },
--   { arn = "o2", id = "444455556666", name = "compute", state = "ACTIVE" },
--   { arn = "o3", id = "777788889999", name = "old", state = "SUSPENDED" },
-- ]
-- given.sync_scopes = [
--   { run_id = "r1", table_name = "aws_kms_keys", operation = "ListKeys", outcome = "denied", error_code = "AccessDeniedException", failed = 1 },
--   { run_id = "r1", table_name = "aws_kms_aliases", operation = "ListAliases", outcome = "denied", error_code = "AccessDeniedException", failed = 1 },
--   { run_id = "r1", table_name = "aws_s3_buckets", region = "global", operation = "ListBuckets", outcome = "ok" },
-- ]
-- expect = [
--   { account_id = "111122223333", account_name = "data", outcome = "denied", operations = ["ListAliases", "ListKeys"], failed_calls = 2, accepted = false },
--   { account_id = "444455556666", account_name = "compute", outcome = "not_attempted" },
-- ]
-- ///
