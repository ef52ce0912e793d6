-- Roles, one row per role.
create table aws_iam_roles (
  account_id                  varchar not null, -- Account that was collected.
  region                      varchar not null, -- Always global.
  arn                         varchar not null, -- ARN of the role.
  role_id                     varchar,          -- Unique id of the role; a policy that names a deleted one shows it.
  role_name                   varchar not null, -- Name of the role.
  path                        varchar,          -- Path of the role.
  create_date                 timestamptz,      -- When the role was created.
  description                 varchar,          -- Description given by the owner.
  max_session_duration        integer,          -- Longest session, in seconds.
  assume_role_policy_document json,             -- Trust policy: who may assume the role. Null: the text is not valid JSON.
  assume_role_policy_text     varchar,          -- The trust policy's text, percent-decoded.
  permissions_boundary        json,             -- Permissions boundary as received.
  permissions_boundary_arn    varchar,          -- ARN of the policy that is the permissions boundary. Null: none.
  role_last_used              json,             -- RoleLastUsed as received.
  last_used_date              timestamptz,      -- Last use that IAM tracked. Null: none in its tracking period.
  last_used_region            varchar,          -- Region of that use.
  tags                        json,             -- Tags as an object, key to value.
  raw                         json,             -- The entry as received; for roles and users every answer, by operation.
  collected_at                timestamptz,      -- When the row was collected.
  run_id                      varchar,          -- Run that collected it.
  primary key (account_id, arn)
);

-- Inline policies of roles, one row per role and policy.
create table aws_iam_role_policies (
  account_id           varchar not null, -- Account that was collected.
  region               varchar not null, -- Always global.
  role_arn             varchar not null, -- ARN of the role.
  role_name            varchar,          -- Name of the role.
  policy_name          varchar not null, -- Name of the policy.
  policy_document      json,             -- The policy document. Null: the text is not valid JSON.
  policy_document_text varchar,          -- The document's text, percent-decoded.
  raw                  json,             -- The entry as received.
  collected_at         timestamptz,      -- When the row was collected.
  run_id               varchar,          -- Run that collected it.
  primary key (account_id, role_arn, policy_name)
);

-- Managed policies attached to roles, one row per role and policy.
create table aws_iam_role_attached_policies (
  account_id   varchar not null, -- Account that was collected.
  region       varchar not null, -- Always global.
  role_arn     varchar not null, -- ARN of the role.
  role_name    varchar,          -- Name of the role.
  policy_arn   varchar not null, -- ARN of the managed policy.
  policy_name  varchar,          -- Name of the managed policy.
  raw          json,             -- The entry as received.
  collected_at timestamptz,      -- When the row was collected.
  run_id       varchar,          -- Run that collected it.
  primary key (account_id, role_arn, policy_arn)
);

-- Users, one row per user.
create table aws_iam_users (
  account_id               varchar not null, -- Account that was collected.
  region                   varchar not null, -- Always global.
  arn                      varchar not null, -- ARN of the user.
  user_id                  varchar,          -- Unique id of the user; a policy that names a deleted one shows it.
  user_name                varchar not null, -- Name of the user.
  path                     varchar,          -- Path of the user.
  create_date              timestamptz,      -- When the user was created.
  password_last_used       timestamptz,      -- Last sign-in with the password. Null: never, or no password.
  groups                   varchar[],        -- Names of the user's groups.
  permissions_boundary     json,             -- Permissions boundary as received.
  permissions_boundary_arn varchar,          -- ARN of the policy that is the permissions boundary. Null: none.
  tags                     json,             -- Tags as an object, key to value.
  raw                      json,             -- The entry as received; for roles and users every answer, by operation.
  collected_at             timestamptz,      -- When the row was collected.
  run_id                   varchar,          -- Run that collected it.
  primary key (account_id, arn)
);

-- Inline policies of users, one row per user and policy.
create table aws_iam_user_policies (
  account_id           varchar not null, -- Account that was collected.
  region               varchar not null, -- Always global.
  user_arn             varchar not null, -- ARN of the user.
  user_name            varchar,          -- Name of the user.
  policy_name          varchar not null, -- Name of the policy.
  policy_document      json,             -- The policy document. Null: the text is not valid JSON.
  policy_document_text varchar,          -- The document's text, percent-decoded.
  raw                  json,             -- The entry as received.
  collected_at         timestamptz,      -- When the row was collected.
  run_id               varchar,          -- Run that collected it.
  primary key (account_id, user_arn, policy_name)
);

-- Managed policies attached to users, one row per user and policy.
create table aws_iam_user_attached_policies (
  account_id   varchar not null, -- Account that was collected.
  region       varchar not null, -- Always global.
  user_arn     varchar not null, -- ARN of the user.
  user_name    varchar,          -- Name of the user.
  policy_arn   varchar not null, -- ARN of the managed policy.
  policy_name  varchar,          -- Name of the managed policy.
  raw          json,             -- The entry as received.
  collected_at timestamptz,      -- When the row was collected.
  run_id       varchar,          -- Run that collected it.
  primary key (account_id, user_arn, policy_arn)
);

-- Groups, one row per group.
create table aws_iam_groups (
  account_id   varchar not null, -- Account that was collected.
  region       varchar not null, -- Always global.
  arn          varchar not null, -- ARN of the group.
  group_id     varchar,          -- Unique id of the group; a policy that names a deleted one shows it.
  group_name   varchar not null, -- Name of the group.
  path         varchar,          -- Path of the group.
  create_date  timestamptz,      -- When the group was created.
  raw          json,             -- The entry as received.
  collected_at timestamptz,      -- When the row was collected.
  run_id       varchar,          -- Run that collected it.
  primary key (account_id, arn)
);

-- Inline policies of groups, one row per group and policy.
create table aws_iam_group_policies (
  account_id           varchar not null, -- Account that was collected.
  region               varchar not null, -- Always global.
  group_arn            varchar not null, -- ARN of the group.
  group_name           varchar,          -- Name of the group.
  policy_name          varchar not null, -- Name of the policy.
  policy_document      json,             -- The policy document. Null: the text is not valid JSON.
  policy_document_text varchar,          -- The document's text, percent-decoded.
  raw                  json,             -- The entry as received.
  collected_at         timestamptz,      -- When the row was collected.
  run_id               varchar,          -- Run that collected it.
  primary key (account_id, group_arn, policy_name)
);

-- Managed policies attached to groups, one row per group and policy.
create table aws_iam_group_attached_policies (
  account_id   varchar not null, -- Account that was collected.
  region       varchar not null, -- Always global.
  group_arn    varchar not null, -- ARN of the group.
  group_name   varchar,          -- Name of the group.
  policy_arn   varchar not null, -- ARN of the managed policy.
  policy_name  varchar,          -- Name of the managed policy.
  raw          json,             -- The entry as received.
  collected_at timestamptz,      -- When the row was collected.
  run_id       varchar,          -- Run that collected it.
  primary key (account_id, group_arn, policy_arn)
);

-- Managed policies: the account's own, and those of AWS that are attached to something.
create table aws_iam_policies (
  account_id                       varchar not null, -- Account that was collected.
  region                           varchar not null, -- Always global.
  arn                              varchar not null, -- ARN of the policy.
  id                               varchar,          -- Unique id of the policy.
  policy_id                        varchar,          -- Unique id of the policy, under the name the API gives it.
  policy_name                      varchar,          -- Name of the policy.
  path                             varchar,          -- Path of the policy.
  description                      varchar,          -- Description given by the owner.
  is_aws_managed                   boolean,          -- Whether AWS owns the policy.
  is_attachable                    boolean,          -- Whether it can be attached.
  attachment_count                 integer,          -- Users, groups and roles it is attached to.
  permissions_boundary_usage_count integer,          -- Users and roles that have it as permissions boundary.
  default_version_id               varchar,          -- Version in force.
  create_date                      timestamptz,      -- When the policy was created.
  update_date                      timestamptz,      -- When it last got a version.
  raw                              json,             -- The entry as received.
  collected_at                     timestamptz,      -- When the row was collected.
  run_id                           varchar,          -- Run that collected it.
  primary key (account_id, arn)
);

-- The version in force of each managed policy.
create table aws_iam_policy_versions (
  account_id         varchar not null, -- Account that was collected.
  region             varchar not null, -- Always global.
  policy_arn         varchar not null, -- ARN of the policy.
  version_id         varchar not null, -- Id of the version.
  is_default_version boolean,          -- Always true: other versions are not kept.
  document_json      json,             -- The policy document. Null: the text is not valid JSON.
  document           varchar,          -- The document's text, percent-decoded.
  create_date        timestamptz,      -- When the version was created.
  raw                json,             -- The entry as received.
  collected_at       timestamptz,      -- When the row was collected.
  run_id             varchar,          -- Run that collected it.
  primary key (account_id, policy_arn, version_id)
);
