-- /// check
-- title = "Who writes to buckets encrypts with keys of the organization only"
-- severity = "high"
-- description = """
-- A role or user that may write objects, or set a bucket's default encryption, and encrypt with keys of whatever
-- account, or of a named outsider, can be made to lock the data away under an attacker's key. A condition with aws:ResourceOrgID or
-- aws:ResourceAccount keeps outsiders' keys out: in the policy, in its permissions boundary, or in a Deny of a service
-- control policy on its path, which does not reach the management account. kms:ViaService does not. The more buckets,
-- the worse: those of its account that its policies let it write to are counted.
-- """
-- remediation = "deny keys whose aws:ResourceOrgID is not yours in a service control policy, or name the account in Resource"
-- ///
with bounded as (
  select account_id, arn, permissions_boundary_arn from aws_iam_roles where permissions_boundary_arn is not null
  union all
  select account_id, arn, permissions_boundary_arn from aws_iam_users where permissions_boundary_arn is not null
), statements as (
  select
    account_id, holder_arn, 'own' as layer, effect, covered_actions, resources, not_resources, condition_keys,
    condition_class
  from identity_statements
  union all
  select
    b.account_id, b.arn, 'boundary', s.effect, s.covered_actions, s.resources, s.not_resources, s.condition_keys,
    s.condition_class
  from bounded b
  left join policy_statements s
    on s.policy_kind = 'managed_policy' and s.account_id = b.account_id and s.resource_arn = b.permissions_boundary_arn
  union all
  select account_id, null, 'scp', effect, covered_actions, resources, not_resources, condition_keys, condition_class
  from inherited_statements
  where policy_kind = 'scp' and effect = 'Deny'
), known as (
  select list(account_id) as ids from known_accounts
), judged as (
  select
    account_id, holder_arn, layer, effect, resources, not_resources,
    list_filter(covered_actions, a -> a in ('kms:Encrypt', 'kms:ReEncryptTo') or a like 'kms:GenerateDataKey%') as uses,
    list_has_any(covered_actions, ['s3:PutObject', 's3:PutEncryptionConfiguration']) as writes,
    coalesce(list_has_any(condition_keys, [
      'aws:resourceorgid', 'aws:resourceorgpaths', 'aws:resourceaccount'
    ]), false) as perimeter,
    condition_class = 'none' as always,
    case
      when not_resources is not null
        then not list_has_any(not_resources, ['*', 'arn:aws:kms:*', 'arn:aws:kms:*:*:*', 'arn:aws:kms:*:*:key/*'])
      else len(list_filter(resources, r -> regexp_matches(
        r, '^(\*+|arn:\*|arn:[^:]*:((k|km|kms)?\*.*|kms:([^:]*\*|[^:]*:\*(:(\*|key.*))?)))$'))) > 0
    end as anywhere,
    coalesce(len(list_filter(resources, r -> regexp_matches(r, '^arn:[^:]*:kms:[^:]*:[0-9]{12}:(\*|key)')
      and not list_contains(list_append(ids, account_id), split_part(r, ':', 5)))) > 0, false) as outside
  from statements
  cross join known
), summed as (
  select
    account_id, holder_arn,
    flatten(list(uses) filter (layer = 'own' and effect = 'Allow')) as uses,
    flatten(list(uses) filter (layer = 'own' and effect = 'Allow' and (anywhere or outside) and not perimeter))
      as foreign_uses,
    flatten(list(uses) filter (layer = 'boundary' and effect = 'Allow' and (anywhere or outside) and not perimeter))
      as limit_uses,
    flatten(list(uses) filter (effect = 'Deny' and anywhere and (perimeter or always))) as denied,
    coalesce(bool_or(writes) filter (layer = 'own' and effect = 'Allow'), false) as writes,
    bool_or(writes) filter (layer = 'boundary' and effect = 'Allow') as limit_writes,
    flatten(list(if(not_resources is null, resources, ['*']))
      filter (layer = 'own' and effect = 'Allow' and writes)) as targets,
    bool_or(layer = 'boundary') as is_limited, bool_or(effect is null) as unread
  from judged
  group by account_id, holder_arn
), perimeters as (
  select account_id, denied from summed where holder_arn is null
), left_over as (
  select
    s.account_id, s.holder_arn, s.unread, s.targets,
    s.writes and (not s.is_limited or coalesce(s.limit_writes, false)) as writes,
    s.writes and len(s.uses) > 0 as in_scope,
    list_sort(list_distinct(list_filter(s.foreign_uses, a -> (
        not s.is_limited or list_contains(coalesce(s.limit_uses, []), a)
      ) and not list_contains(coalesce(s.denied, []), a) and not list_contains(coalesce(p.denied, []), a)
    ))) as actions
  from summed s
  left join perimeters p on p.account_id = s.account_id
  where s.holder_arn not like '%:role/aws-service-role/%'
), guardrails as (
  select exists (from sync_coverage where table_name like 'aws_organizations_%') as unlisted
), buckets as (
  select t.account_id, t.holder_arn, count(distinct b.arn) as writable
  from (select account_id, holder_arn, unnest(targets) as target from left_over where len(actions) > 0) t
  join aws_s3_buckets b on b.account_id = t.account_id and ((b.arn || '/x') glob t.target or b.arn glob t.target)
  group by t.account_id, t.holder_arn
)
select
  l.account_id, 'global' as region, l.holder_arn as resource_id, null as related_id,
  case
    when l.unread or (l.writes and len(l.actions) > 0 and g.unlisted) then 'unknown'
    when l.writes and len(l.actions) > 0 then 'fail'
    else 'pass'
  end as status,
  case
    when l.unread then 'one of its policies was not collected, or is not valid JSON'
    when l.writes and len(l.actions) > 0 and g.unlisted
      then 'a policy of the organization that was not collected may keep outsiders'' keys out'
    when l.writes and len(l.actions) > 0
      then 'it encrypts with keys outside the organization, and writes to '
        || printf('%d buckets of its own', coalesce(b.writable, 0))
    else 'outsiders'' keys are kept out, or it does not write'
  end as reason,
  if(b.writable > 0, 'high', 'medium') as severity,
  to_json({'actions': l.actions, 'buckets': coalesce(b.writable, 0)}) as evidence
from left_over l
cross join guardrails g
left join buckets b on b.account_id = l.account_id and b.holder_arn = l.holder_arn
where l.in_scope or l.unread;

-- /// cases
-- [[case]]
-- name = "keys of any account together with writing; named accounts, conditions, no writing, other keys' uses; not read"
-- given.aws_organizations_accounts = [{ arn = "o1", id = "111122223333" }, { arn = "o2", id = "444455556666" }]
-- given.aws_s3_buckets = [{ arn = "arn:aws:s3:::b" }, { arn = "arn:aws:s3:::c" }]
-- given.aws_iam_roles = [
--   { region = "global", arn = "star" }, { region = "global", arn = "any" }, { region = "global", arn = "settings" }, { region = "global", arn = "but" },
--   { region = "global", arn = "named" }, { region = "global", arn = "bound" }, { region = "global", arn = "via" }, { region = "global", arn = "reads" },
--   { region = "global", arn = "decrypts" }, { region = "global", arn = "unread" }, { region = "global", arn = "stranger" },
-- ]
-- given.aws_iam_users = [{ region = "global", arn = "user", groups = ["g"] }]
-- given.aws_iam_group_policies = [{ region = "global", group_arn = "group", group_name = "g", policy_name = "p", policy_document = {} }]
-- given.aws_iam_role_policies = [
--   { region = "global", role_arn = "star", policy_name = "p", policy_document = {} }, { region = "global", role_arn = "any", policy_name = "p", policy_document = {} },
--   { region = "global", role_arn = "settings", policy_name = "p", policy_document = {} }, { region = "global", role_arn = "but", policy_name = "p", policy_document = {} },
--   { region = "global", role_arn = "named", policy_name = "p", policy_document = {} }, { region = "global", role_arn = "bound", policy_name = "p", policy_document = {} },
--   { region = "global", role_arn = "stranger", policy_name = "p", policy_document = {} }, { region = "global", role_arn = "via", policy_name = "p", policy_document = {} }, { region = "global", role_arn = "reads", policy_name = "p", policy_document = {} },
--   { region = "global", role_arn = "decrypts", policy_name = "p", policy_document = {} }, { region = "global", role_arn = "unread", policy_name = "p" },
--   { region = "global", role_arn = "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/X", policy_name = "p", policy_document = {} },
-- ]
-- given.policy_statements = [
--   { resource_arn = "star", policy_kind = "inline_policy", policy_name = "p", effect = "Allow", covered_actions = ["kms:GenerateDataKey", "s3:PutObject"], resources = ["*"], condition_class = "none" },
--   { resource_arn = "any", statement_index = 0, policy_kind = "inline_policy", policy_name = "p", effect = "Allow", covered_actions = ["kms:ReEncryptTo"], resources = ["arn:aws:kms:*:*:key/*"], condition_class = "none" },
--   { resource_arn = "any", statement_index = 1, policy_kind = "inline_policy", policy_name = "p", effect = "Allow", covered_actions = ["s3:PutObject"], resources = ["arn:aws:s3:::b/*"], condition_class = "none" },
--   { resource_arn = "settings", policy_kind = "inline_policy", policy_name = "p", effect = "Allow", covered_actions = ["kms:Encrypt", "s3:PutEncryptionConfiguration"], resources = ["*"], condition_class = "none" },
--   { resource_arn = "but", policy_kind = "inline_policy", policy_name = "p", effect = "Allow", covered_actions = ["kms:Encrypt", "s3:PutObject"], not_resources = ["arn:aws:kms:*:111122223333:key/*"], condition_class = "none" },
--   { resource_arn = "named", statement_index = 0, policy_kind = "inline_policy", policy_name = "p", effect = "Allow", covered_actions = ["kms:GenerateDataKey"], resources = ["arn:aws:kms:*:111122223333:key/*", "arn:aws:kms:eu-west-1:444455556666:key/k"], condition_class = "none" },
--   { resource_arn = "stranger", policy_kind = "inline_policy", policy_name = "p", effect = "Allow", covered_actions = ["kms:Encrypt", "s3:PutObject"], resources = ["arn:aws:kms:eu-west-1:999999999999:key/k", "arn:aws:s3:::b/*"], condition_class = "none" },
--   { resource_arn = "named", statement_index = 1, policy_kind = "inline_policy", policy_name = "p", effect = "Allow", covered_actions = ["s3:PutObject"], resources = ["*"], condition_class = "none" },
--   { resource_arn = "bound", policy_kind = "inline_policy", policy_name = "p", effect = "Allow", covered_actions = ["kms:GenerateDataKey", "s3:PutObject"], resources = ["*"], condition_keys = ["aws:resourceorgid"], condition_class = "weak" },
--   { resource_arn = "via", policy_kind = "inline_policy", policy_name = "p", effect = "Allow", covered_actions = ["kms:GenerateDataKey", "s3:PutObject"], resources = ["*"], condition_keys = ["kms:viaservice"], condition_class = "weak" },
--   { resource_arn = "reads", policy_kind = "inline_policy", policy_name = "p", effect = "Allow", covered_actions = ["kms:GenerateDataKey", "s3:GetObject"], resources = ["*"], condition_class = "none" },
--   { resource_arn = "decrypts", policy_kind = "inline_policy", policy_name = "p", effect = "Allow", covered_actions = ["kms:Decrypt", "s3:PutObject"], resources = ["*"], condition_class = "none" },
--   { resource_arn = "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/X", policy_kind = "inline_policy", policy_name = "p", effect = "Allow", covered_actions = ["kms:GenerateDataKey", "s3:PutObject"], resources = ["*"], condition_class = "none" },
--   { resource_arn = "group", policy_kind = "inline_policy", policy_name = "p", effect = "Allow", covered_actions = ["kms:GenerateDataKey", "s3:PutObject"], resources = ["*"], condition_class = "none" },
-- ]
-- expect = { star = "fail", any = "fail", settings = "fail", but = "fail", via = "fail", stranger = "fail", user = "fail", named = "pass", bound = "pass", unread = "unknown" }
--
-- [[case]]
-- name = "service control policies and boundaries that keep outsiders' keys out, for all of it or for a part; the management account"
-- given.aws_organizations_accounts = [
--   { arn = "o1", id = "111122223333", parent_id = "ou-a" }, { arn = "o2", id = "444455556666", parent_id = "r-ab12", is_management_account = true },
--   { arn = "o3", id = "777788889999", parent_id = "r-ab12" },
-- ]
-- given.aws_organizations_organizational_units = [{ arn = "u", id = "ou-a", parent_id = "r-ab12" }, { arn = "r", id = "r-ab12" }]
-- given.aws_organizations_policy_targets = [{ policy_arn = "perimeter", target_id = "ou-a" }, { policy_arn = "half", target_id = "r-ab12" }]
-- given.aws_iam_roles = [
--   { region = "global", arn = "inside" }, { region = "global", arn = "half-inside", account_id = "777788889999" },
--   { region = "global", arn = "free", account_id = "444455556666" },
--   { region = "global", arn = "limited", account_id = "444455556666", permissions_boundary_arn = "s3-only" },
--   { region = "global", arn = "wide", account_id = "444455556666", permissions_boundary_arn = "all" },
--   { region = "global", arn = "unsure", account_id = "444455556666", permissions_boundary_arn = "gone" },
-- ]
-- given.aws_iam_role_attached_policies = [
--   { region = "global", role_arn = "inside", policy_arn = "rw" }, { region = "global", role_arn = "half-inside", policy_arn = "rw", account_id = "777788889999" },
--   { region = "global", role_arn = "free", policy_arn = "rw", account_id = "444455556666" }, { region = "global", role_arn = "limited", policy_arn = "rw", account_id = "444455556666" },
--   { region = "global", role_arn = "wide", policy_arn = "rw", account_id = "444455556666" }, { region = "global", role_arn = "unsure", policy_arn = "rw", account_id = "444455556666" },
-- ]
-- given.aws_iam_policy_versions = [
--   { region = "global", policy_arn = "rw", version_id = "v1", document_json = {} },
--   { region = "global", policy_arn = "rw", version_id = "v1", document_json = {}, account_id = "777788889999" },
--   { region = "global", policy_arn = "rw", version_id = "v1", document_json = {}, account_id = "444455556666" },
-- ]
-- given.policy_statements = [
--   { resource_arn = "rw", policy_kind = "managed_policy", effect = "Allow", covered_actions = ["kms:Encrypt", "kms:GenerateDataKey", "s3:PutObject"], resources = ["*"], condition_class = "none" },
--   { resource_arn = "rw", account_id = "777788889999", policy_kind = "managed_policy", effect = "Allow", covered_actions = ["kms:Encrypt", "kms:GenerateDataKey", "s3:PutObject"], resources = ["*"], condition_class = "none" },
--   { resource_arn = "rw", account_id = "444455556666", policy_kind = "managed_policy", effect = "Allow", covered_actions = ["kms:Encrypt", "kms:GenerateDataKey", "s3:PutObject"], resources = ["*"], condition_class = "none" },
--   { resource_arn = "s3-only", account_id = "444455556666", policy_kind = "managed_policy", effect = "Allow", covered_actions = ["s3:PutObject"], resources = ["*"], condition_class = "none" },
--   { resource_arn = "all", account_id = "444455556666", policy_kind = "managed_policy", effect = "Allow", covered_actions = ["kms:Encrypt", "kms:GenerateDataKey", "s3:PutObject"], resources = ["*"], condition_class = "none" },
--   { resource_arn = "perimeter", account_id = "444455556666", policy_kind = "scp", policy_name = "perimeter", effect = "Deny", covered_actions = ["kms:Encrypt", "kms:GenerateDataKey"], resources = ["*"], condition_keys = ["aws:resourceorgid"], condition_class = "weak" },
--   { resource_arn = "half", account_id = "444455556666", policy_kind = "scp", policy_name = "half", effect = "Deny", covered_actions = ["kms:Encrypt"], resources = ["*"], condition_keys = ["aws:resourceorgid"], condition_class = "weak" },
-- ]
-- expect = { inside = "pass", half-inside = "fail", free = "fail", limited = "pass", wide = "fail", unsure = "unknown" }
--
-- [[case]]
-- name = "while policies of the organization were not collected, one of them may keep outsiders' keys out"
-- given.aws_iam_role_policies = [
--   { region = "global", role_arn = "r", policy_name = "p", policy_document = {} },
--   { region = "global", role_arn = "named", policy_name = "p", policy_document = {} },
-- ]
-- given.policy_statements = [
--   { resource_arn = "r", policy_kind = "inline_policy", policy_name = "p", effect = "Allow", covered_actions = ["kms:GenerateDataKey", "s3:PutObject"], resources = ["*"], condition_class = "none" },
--   { resource_arn = "named", policy_kind = "inline_policy", policy_name = "p", effect = "Allow", covered_actions = ["kms:GenerateDataKey", "s3:PutObject"], resources = ["arn:aws:kms:*:111122223333:key/*", "arn:aws:s3:::b/*"], condition_class = "none" },
-- ]
-- given.sync_scopes = [
--   { run_id = "r1", account_id = "999999999999", region = "global", table_name = "aws_organizations_policies", operation = "ListPolicies", outcome = "denied" },
-- ]
-- expect = { r = "unknown", named = "pass" }
-- ///
