-- What made this file: one row, checked before the file is opened for more.
create table keyreach (
  schema_version integer not null,  -- Version of the tables; a newer one than the program knows is refused.
  version        varchar not null,  -- Version of keyreach that wrote the file.
  demo           boolean not null   -- Whether this is a demo inventory.
);

-- Syncs, one row per run that was published.
create table sync_runs (
  run_id             varchar not null primary key,  -- Id of the run; sorts by time.
  started_at         timestamptz not null,          -- When the run began, and the time that queries take as now.
  finished_at        timestamptz not null,          -- When its file was published.
  outcome            varchar not null,              -- complete or incomplete.
  version            varchar not null,              -- Version of keyreach.
  account_id         varchar not null,              -- Account of the caller.
  caller_arn         varchar not null,              -- Identity of the caller.
  partition          varchar not null,              -- aws, aws-us-gov or aws-cn.
  config             json,                          -- The configuration, without secrets.
  config_fingerprint varchar,                       -- Hash of it; a stopped run is resumed only under the same.
  resumed            boolean not null,              -- Whether staging of a stopped run was used.
  accounts           integer not null,              -- Accounts in the run.
  scopes             integer not null,              -- Rows of sync_scopes.
  calls              bigint not null,               -- API calls made, retries apart.
  rows               bigint not null,               -- Rows collected.
  failures           bigint not null,               -- Calls that failed.
  throttled          bigint                         -- Answers that AWS throttled, those of retries included. Null: not counted then.
);

-- The ledger: one row per run, table, account, region and operation, whatever happened.
create table sync_scopes (
  run_id        varchar not null,      -- Run that made the attempt.
  table_name    varchar not null,      -- Table the operation fills.
  account_id    varchar not null,      -- Account that was asked.
  region        varchar not null,      -- Region that was asked, or global; * for all regions of an account whose regions could not be listed.
  operation     varchar not null,      -- API operation, or Retire for an account that left.
  columns       varchar[],             -- Columns the operation fills. Null: the listing, without which there are no rows.
  outcome       varchar not null,      -- ok, gone, disabled and unsupported are complete; denied, throttled, error and not_attempted are not.
  error_code    varchar,               -- Code of the first failure.
  message       varchar,               -- Its message.
  planned       bigint not null,       -- Calls planned: one for a listing, one per resource for the others. Pages are not counted.
  failed        bigint not null,       -- Those that failed.
  rows          bigint not null,       -- Rows collected by a listing; dropped by Retire.
  throttled     bigint,                -- Answers to the operation that AWS throttled, those of retries included; on every table that it fills. Null: not counted then.
  accepted      boolean not null,      -- Whether the gap is accepted in the configuration. Always false where nothing failed.
  reason        varchar,               -- The reason given for accepting it.
  started_at    timestamptz not null,  -- When the attempt began.
  finished_at   timestamptz not null,  -- When it ended.
  primary key (run_id, table_name, account_id, region, operation)
);

-- Failed calls about single resources, of each scope's latest attempt.
create table sync_failures (
  run_id       varchar not null,  -- Run that made the attempt.
  table_name   varchar not null,  -- Table the operation fills.
  account_id   varchar not null,  -- Account that was asked.
  scope_region varchar not null,  -- Region of the scope in sync_scopes.
  region       varchar not null,  -- Region of the resource.
  operation    varchar not null,  -- API operation.
  resource_arn varchar not null,  -- Resource it was asked about.
  outcome      varchar not null,  -- denied, throttled, error or not_attempted.
  error_code   varchar,           -- Code of the failure.
  message      varchar,           -- Its message.
  accepted     boolean not null,  -- Whether the gap is accepted in the configuration.
  primary key (table_name, account_id, scope_region, operation, resource_arn)
);

-- What is missing now: of each scope's latest attempt, the operations that did not complete.
create view sync_coverage (
  table_name,   -- Table that is incomplete.
  account_id,   -- Account that was asked.
  region,       -- Region that was asked, or global; * for all regions of an account whose regions could not be listed.
  operation,    -- Operation that failed.
  columns,      -- Columns it would have filled. Null: the listing failed, so rows may be missing or old.
  outcome,      -- denied, throttled, error or not_attempted.
  error_code,   -- Code of the first failure.
  message,      -- Its message.
  planned,      -- Calls planned.
  failed,       -- Those that failed.
  accepted,     -- Whether the gap is accepted in the configuration.
  reason,       -- The reason given for accepting it.
  attempted_at  -- When the attempt ended.
) as
select
  table_name, account_id, region, operation, columns, outcome, error_code, message, planned, failed, accepted, reason,
  finished_at as attempted_at
from sync_scopes s
where region <> '*' or not exists (
  from sync_scopes later
  where later.table_name = s.table_name and later.account_id = s.account_id and later.operation = s.operation
    and later.region <> '*' and later.started_at > s.started_at
)
qualify row_number() over (
  partition by table_name, account_id, region, operation order by started_at desc, run_id desc
) = 1 and outcome in ('denied', 'throttled', 'error', 'not_attempted');

-- Partner accounts named in the configuration. Everything else outside the organization is external.
create table trusted_accounts (
  account_id varchar not null primary key,  -- Account id.
  label      varchar not null               -- Who it is.
);
