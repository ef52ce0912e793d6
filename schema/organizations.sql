-- The organization, one row, as the account that was asked sees it.
create table aws_organizations (
  account_id           varchar not null, -- Account that was asked.
  region               varchar not null, -- Always global.
  arn                  varchar not null, -- Organization ARN.
  request_account_id   varchar,          -- Account that was asked, under CloudQuery's name.
  id                   varchar,          -- Organization id.
  feature_set          varchar,          -- ALL, or CONSOLIDATED_BILLING, under which no policies apply.
  master_account_arn   varchar,          -- ARN of the management account.
  master_account_id    varchar,          -- Account id of the management account.
  master_account_email varchar,          -- E-mail address of the management account.
  raw                  json,             -- The answer as received.
  collected_at         timestamptz,      -- When the row was collected.
  run_id               varchar,          -- Run that collected it.
  primary key (account_id, region, arn)
);

-- Accounts of the organization, one row per account, whatever its state.
create table aws_organizations_accounts (
  account_id             varchar not null, -- Account that was asked.
  region                 varchar not null, -- Always global.
  arn                    varchar not null, -- ARN of the account.
  request_account_id     varchar,          -- Account that was asked, under CloudQuery's name.
  id                     varchar,          -- Account id of the member.
  name                   varchar,          -- Name of the account.
  email                  varchar,          -- E-mail address of the account.
  status                 varchar,          -- Older form of state, kept for queries that use it; the state where the API no longer says it.
  state                  varchar,          -- PENDING_ACTIVATION, ACTIVE, SUSPENDED, PENDING_CLOSURE or CLOSED.
  joined_method          varchar,          -- INVITED or CREATED.
  joined_timestamp       timestamptz,      -- When the account joined.
  parent_id              varchar,          -- Root or organizational unit it stands directly under.
  organizational_unit_id varchar,          -- Organizational unit it stands directly under. Null: it stands under the root.
  path                   varchar,          -- Path of its parent, from the organization down, with a slash at the end. Null: the API does not say it.
  is_management_account  boolean,          -- Whether it is the management account.
  raw                    json,             -- Every answer about the account as received, by operation.
  collected_at           timestamptz,      -- When the row was collected.
  run_id                 varchar,          -- Run that collected it.
  primary key (account_id, region, arn)
);

-- Roots and organizational units, one row each.
create table aws_organizations_organizational_units (
  account_id         varchar not null, -- Account that was asked.
  region             varchar not null, -- Always global.
  arn                varchar not null, -- ARN of the root or unit.
  request_account_id varchar,          -- Account that was asked, under CloudQuery's name.
  id                 varchar,          -- Id of the root or unit.
  name               varchar,          -- Name of the root or unit.
  type               varchar,          -- ROOT or ORGANIZATIONAL_UNIT.
  parent_id          varchar,          -- Root or unit it stands directly under. Null: it is the root.
  path               varchar,          -- Path from the organization down to it, with a slash at the end. Null: the API does not say it.
  policy_types       json,             -- PolicyTypes of a root as received: which types are enabled. Null: not a root.
  raw                json,             -- The list entry as received.
  collected_at       timestamptz,      -- When the row was collected.
  run_id             varchar,          -- Run that collected it.
  primary key (account_id, region, arn)
);

-- Service control policies, resource control policies and S3 policies, one row per policy.
create table aws_organizations_policies (
  account_id   varchar not null, -- Account that was asked.
  region       varchar not null, -- Always global.
  arn          varchar not null, -- Policy ARN.
  id           varchar,          -- Policy id.
  name         varchar,          -- Name of the policy.
  description  varchar,          -- Description of the policy.
  type         varchar,          -- SERVICE_CONTROL_POLICY, RESOURCE_CONTROL_POLICY or S3_POLICY.
  aws_managed  boolean,          -- Whether AWS keeps the policy.
  content      json,             -- The policy document. Null: not valid JSON, or not collected.
  content_text varchar,          -- The document's text as received.
  raw          json,             -- Every answer about the policy as received, by operation.
  collected_at timestamptz,      -- When the row was collected.
  run_id       varchar,          -- Run that collected it.
  primary key (account_id, region, arn)
);

-- What policies are attached to, one row per policy and root, unit or account. Inheritance is not resolved here.
create table aws_organizations_policy_targets (
  account_id   varchar not null, -- Account that was asked.
  region       varchar not null, -- Always global.
  policy_arn   varchar not null, -- Policy that is attached.
  policy_id    varchar,          -- Id of the policy.
  policy_type  varchar,          -- Type of the policy.
  target_id    varchar not null, -- Root, unit or account it is attached to.
  type         varchar,          -- ROOT, ORGANIZATIONAL_UNIT or ACCOUNT.
  name         varchar,          -- Name of the target.
  arn          varchar,          -- ARN of the target.
  raw          json,             -- The list entry as received.
  collected_at timestamptz,      -- When the row was collected.
  run_id       varchar,          -- Run that collected it.
  primary key (account_id, region, policy_arn, target_id)
);
