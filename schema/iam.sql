-- IAM roles, one row per role, service-linked ones included.
create table aws_iam_roles (
  account_id                  varchar not null, -- Account that was collected.
  region                      varchar not null, -- Always global.
  arn                         varchar not null, -- Role ARN.
  role_id                     varchar,          -- Unique id of the role, never given again.
  role_name                   varchar,          -- Name of the role.
  path                        varchar,          -- Path of the role.
  description                 varchar,          -- Description given by the owner.
  create_date                 timestamptz,      -- When the role was created.
  max_session_duration        integer,          -- Longest session in seconds.
  assume_role_policy_document json,             -- The trust policy. Null: the text is not valid JSON.
  assume_role_policy_text     varchar,          -- The trust policy's text as received, URL encoding undone.
  permissions_boundary        json,             -- PermissionsBoundary as received. Null: none.
  permissions_boundary_arn    varchar,          -- Policy that is the permissions boundary. Null: none.
  role_last_used              json,             -- RoleLastUsed as received; without members if IAM knows of no use.
  last_used_date              timestamptz,      -- When the role was last used. Null: not in the time IAM keeps track of.
  last_used_region            varchar,          -- Region of that use.
  tags                        json,             -- Tags as an object, key to value.
  raw                         json,             -- Every answer about the role as received, by operation.
  collected_at                timestamptz,      -- When the row was collected.
  run_id                      varchar,          -- Run that collected it.
  primary key (account_id, region, arn)
);

-- Policies embedded in roles, one row per role and policy.
create table aws_iam_role_policies (
  account_id      varchar not null, -- Account that was collected.
  region          varchar not null, -- Always global.
  role_arn        varchar not null, -- Role the policy is embedded in.
  role_name       varchar,          -- Name of the role.
  policy_name     varchar not null, -- Name of the policy.
  policy_document json,             -- The policy document. Null: the text is not valid JSON.
  policy_text     varchar,          -- The document's text as received, URL encoding undone.
  raw             json,             -- The answer as received.
  collected_at    timestamptz,      -- When the row was collected.
  run_id          varchar,          -- Run that collected it.
  primary key (account_id, region, role_arn, policy_name)
);

-- Managed policies attached to roles, one row per role and policy.
create table aws_iam_role_attached_policies (
  account_id   varchar not null, -- Account that was collected.
  region       varchar not null, -- Always global.
  role_arn     varchar not null, -- Role the policy is attached to.
  role_name    varchar,          -- Name of the role.
  policy_arn   varchar not null, -- Policy that is attached.
  policy_name  varchar,          -- Name of the policy.
  raw          json,             -- The answer as received.
  collected_at timestamptz,      -- When the row was collected.
  run_id       varchar,          -- Run that collected it.
  primary key (account_id, region, role_arn, policy_arn)
);

-- Managed policies, one row per policy: the account's own, and those of AWS that are in use.
create table aws_iam_policies (
  account_id                       varchar not null, -- Account that was collected; AWS's own policies have a row in every account.
  region                           varchar not null, -- Always global.
  arn                              varchar not null, -- Policy ARN.
  id                               varchar,          -- Unique id of the policy.
  policy_id                        varchar,          -- Unique id of the policy, under the name the API gives it.
  policy_name                      varchar,          -- Name of the policy.
  path                             varchar,          -- Path of the policy.
  description                      varchar,          -- Description given at creation.
  is_aws_managed                   boolean,          -- Whether AWS keeps the policy.
  default_version_id               varchar,          -- Version in effect.
  attachment_count                 integer,          -- Users, groups and roles it is attached to.
  permissions_boundary_usage_count integer,          -- Users and roles it is the permissions boundary of.
  is_attachable                    boolean,          -- Whether it can be attached.
  create_date                      timestamptz,      -- When the policy was created.
  update_date                      timestamptz,      -- When its newest version was created.
  raw                              json,             -- The list entry as received.
  collected_at                     timestamptz,      -- When the row was collected.
  run_id                           varchar,          -- Run that collected it.
  primary key (account_id, region, arn)
);

-- Documents of managed policies, one row per policy: the default version, the one in effect.
create table aws_iam_policy_versions (
  account_id         varchar not null, -- Account that was collected.
  region             varchar not null, -- Always global.
  policy_arn         varchar not null, -- Policy the version belongs to.
  version_id         varchar not null, -- Id of the version.
  is_default_version boolean,          -- Always true.
  create_date        timestamptz,      -- When the version was created.
  document_json      json,             -- The policy document. Null: the text is not valid JSON.
  document           varchar,          -- The document's text as received, URL encoding undone.
  raw                json,             -- The answer as received.
  collected_at       timestamptz,      -- When the row was collected.
  run_id             varchar,          -- Run that collected it.
  primary key (account_id, region, policy_arn, version_id)
);

-- IAM users, one row per user.
create table aws_iam_users (
  account_id               varchar not null, -- Account that was collected.
  region                   varchar not null, -- Always global.
  arn                      varchar not null, -- User ARN.
  user_id                  varchar,          -- Unique id of the user, never given again.
  user_name                varchar,          -- Name of the user.
  path                     varchar,          -- Path of the user.
  create_date              timestamptz,      -- When the user was created.
  password_last_used       timestamptz,      -- Last sign-in with the password. Null: no password, or never used.
  groups                   varchar[],        -- Names of the groups the user is in.
  permissions_boundary     json,             -- PermissionsBoundary as received. Null: none.
  permissions_boundary_arn varchar,          -- Policy that is the permissions boundary. Null: none.
  tags                     json,             -- Tags as an object, key to value.
  raw                      json,             -- Every answer about the user as received, by operation.
  collected_at             timestamptz,      -- When the row was collected.
  run_id                   varchar,          -- Run that collected it.
  primary key (account_id, region, arn)
);

-- Policies embedded in users, one row per user and policy.
create table aws_iam_user_policies (
  account_id      varchar not null, -- Account that was collected.
  region          varchar not null, -- Always global.
  user_arn        varchar not null, -- User the policy is embedded in.
  user_id         varchar,          -- Unique id of the user.
  user_name       varchar,          -- Name of the user.
  policy_name     varchar not null, -- Name of the policy.
  policy_document json,             -- The policy document. Null: the text is not valid JSON.
  policy_text     varchar,          -- The document's text as received, URL encoding undone.
  raw             json,             -- The answer as received.
  collected_at    timestamptz,      -- When the row was collected.
  run_id          varchar,          -- Run that collected it.
  primary key (account_id, region, user_arn, policy_name)
);

-- Managed policies attached to users, one row per user and policy.
create table aws_iam_user_attached_policies (
  account_id   varchar not null, -- Account that was collected.
  region       varchar not null, -- Always global.
  user_arn     varchar not null, -- User the policy is attached to.
  user_id      varchar,          -- Unique id of the user.
  user_name    varchar,          -- Name of the user.
  policy_arn   varchar not null, -- Policy that is attached.
  policy_name  varchar,          -- Name of the policy.
  raw          json,             -- The answer as received.
  collected_at timestamptz,      -- When the row was collected.
  run_id       varchar,          -- Run that collected it.
  primary key (account_id, region, user_arn, policy_arn)
);

-- IAM groups, one row per group.
create table aws_iam_groups (
  account_id   varchar not null, -- Account that was collected.
  region       varchar not null, -- Always global.
  arn          varchar not null, -- Group ARN.
  group_id     varchar,          -- Unique id of the group, never given again.
  group_name   varchar,          -- Name of the group.
  path         varchar,          -- Path of the group.
  create_date  timestamptz,      -- When the group was created.
  raw          json,             -- The list entry as received.
  collected_at timestamptz,      -- When the row was collected.
  run_id       varchar,          -- Run that collected it.
  primary key (account_id, region, arn)
);

-- Policies embedded in groups, one row per group and policy.
create table aws_iam_group_policies (
  account_id      varchar not null, -- Account that was collected.
  region          varchar not null, -- Always global.
  group_arn       varchar not null, -- Group the policy is embedded in.
  group_name      varchar,          -- Name of the group.
  policy_name     varchar not null, -- Name of the policy.
  policy_document json,             -- The policy document. Null: the text is not valid JSON.
  policy_text     varchar,          -- The document's text as received, URL encoding undone.
  raw             json,             -- The answer as received.
  collected_at    timestamptz,      -- When the row was collected.
  run_id          varchar,          -- Run that collected it.
  primary key (account_id, region, group_arn, policy_name)
);

-- Managed policies attached to groups, one row per group and policy.
create table aws_iam_group_attached_policies (
  account_id   varchar not null, -- Account that was collected.
  region       varchar not null, -- Always global.
  group_arn    varchar not null, -- Group the policy is attached to.
  group_name   varchar,          -- Name of the group.
  policy_arn   varchar not null, -- Policy that is attached.
  policy_name  varchar,          -- Name of the policy.
  raw          json,             -- The answer as received.
  collected_at timestamptz,      -- When the row was collected.
  run_id       varchar,          -- Run that collected it.
  primary key (account_id, region, group_arn, policy_arn)
);
