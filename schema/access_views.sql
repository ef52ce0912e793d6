-- Accounts of AWS from which load balancers deliver logs, one row per region: no customer's, and no outsiders. Regions opened since August 2022 have none.
create table elb_log_accounts (
  account_id varchar not null primary key, -- Account id.
  region     varchar not null,             -- Region of the load balancers.
  source     varchar not null              -- Where AWS says so.
);
insert into elb_log_accounts
select account_id, region, 'https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html'
from (values
  ('098369216593', 'af-south-1'), ('754344448648', 'ap-east-1'), ('582318560864', 'ap-northeast-1'),
  ('600734575887', 'ap-northeast-2'), ('383597477331', 'ap-northeast-3'), ('718504428378', 'ap-south-1'),
  ('114774131450', 'ap-southeast-1'), ('783225319266', 'ap-southeast-2'), ('589379963580', 'ap-southeast-3'),
  ('985666609251', 'ca-central-1'), ('638102146993', 'cn-north-1'), ('037604701340', 'cn-northwest-1'),
  ('054676820928', 'eu-central-1'), ('897822967062', 'eu-north-1'), ('635631232127', 'eu-south-1'),
  ('156460612806', 'eu-west-1'), ('652711504416', 'eu-west-2'), ('009996457667', 'eu-west-3'),
  ('076674570225', 'me-south-1'), ('507241528517', 'sa-east-1'), ('127311923021', 'us-east-1'),
  ('033677994240', 'us-east-2'), ('190560391635', 'us-gov-east-1'), ('048591011584', 'us-gov-west-1'),
  ('027434742980', 'us-west-1'), ('797873946194', 'us-west-2')
) as listed (account_id, region);

-- Keys whose policy somebody wrote, one row per key: customer managed ones, and those of which that is not known.
create view customer_keys (
  account_id, -- Account that owns the key.
  region,     -- Region of the key.
  key_arn,    -- Key ARN.
  unread      -- Why nothing can be said about its policy, in words that go on from the key. Null: it was read.
) as
select
  k.account_id, k.region, k.arn as key_arn,
  case
    when k.key_manager is null then 'the key could not be described'
    when p.key_arn is null then 'its policy was not collected'
    when p.policy is null then 'its policy is not valid JSON'
    when exists (from policy_statements s where s.resource_arn = k.arn and s.effect = 'unknown')
      then 'a statement of its policy could not be understood'
  end as unread
from aws_kms_keys k
left join aws_kms_key_policies p
  on p.account_id = k.account_id and p.region = k.region and p.key_arn = k.arn and p.name = 'default'
where k.key_manager is null or k.key_manager = 'CUSTOMER';

-- Conditions of the statements in policy_statements, one row per statement, operator and key.
create view statement_conditions (
  account_id,      -- As in policy_statements.
  resource_arn,    -- As in policy_statements.
  policy_kind,     -- As in policy_statements.
  policy_name,     -- As in policy_statements.
  statement_index, -- As in policy_statements.
  operator,        -- Operator as written: StringEquals, ForAnyValue:StringLike and so on.
  key,             -- Condition key in lower case.
  values,          -- Values to compare with, as a list.
  binds            -- Whether it holds only for some of all values: no negation, no IfExists, no bare *.
) as
with operators as (
  select distinct
    account_id, resource_arn, policy_kind, policy_name, statement_index,
    unnest(map_entries(try_cast(condition as map(varchar, map(varchar, json))))) as entry
  from policy_statements
), keys as (
  select
    o.account_id, o.resource_arn, o.policy_kind, o.policy_name, o.statement_index, o.entry.key as operator,
    unnest(map_entries(o.entry.value)) as entry
  from operators o
), listed as (
  select
    k.*, lower(k.entry.key) as key,
    from_json(if(json_type(k.entry.value) = 'ARRAY', k.entry.value, json_array(k.entry.value)), '["VARCHAR"]') as values
  from keys k
)
select
  account_id, resource_arn, policy_kind, policy_name, statement_index, operator, key, values,
  not list_contains(values, '*') and regexp_matches(
    operator, '^(ForAnyValue:)?(String(Equals|EqualsIgnoreCase|Like)|Arn(Equals|Like)|Bool|IpAddress)$', 'i'
  ) as binds
from listed;

-- What the policies of roles and users say, groups' included, one row per holder and statement.
create view identity_statements (
  account_id,      -- Account of the holder.
  holder_arn,      -- Role or user.
  policy,          -- ARN of a managed policy, or name of an inline one.
  statement_index, -- As in policy_statements. Null: the policy could not be read.
  effect,          -- Allow or Deny. Null: the policy could not be read, or the statement not be understood.
  covered_actions, -- As in policy_statements.
  resources,       -- As in policy_statements.
  not_resources,   -- As in policy_statements.
  condition_keys,  -- As in policy_statements.
  condition_class  -- As in policy_statements.
) as
with memberships as (
  select account_id, arn as user_arn, unnest(groups) as group_name from aws_iam_users
), inline as (
  select account_id, role_arn as holder_arn, role_arn as owner_arn, policy_name, policy_document
  from aws_iam_role_policies
  union all
  select account_id, user_arn, user_arn, policy_name, policy_document from aws_iam_user_policies
  union all
  select m.account_id, m.user_arn, g.group_arn, g.policy_name, g.policy_document
  from memberships m
  join aws_iam_group_policies g on g.account_id = m.account_id and g.group_name = m.group_name
), attached as (
  select account_id, role_arn as holder_arn, policy_arn from aws_iam_role_attached_policies
  union
  select account_id, user_arn, policy_arn from aws_iam_user_attached_policies
  union
  select m.account_id, m.user_arn, g.policy_arn
  from memberships m
  join aws_iam_group_attached_policies g on g.account_id = m.account_id and g.group_name = m.group_name
)
select
  i.account_id, i.holder_arn, i.policy_name as policy, s.statement_index,
  nullif(s.effect, 'unknown') as effect, s.covered_actions, s.resources,
  s.not_resources, s.condition_keys, s.condition_class
from inline i
left join policy_statements s
  on s.policy_kind = 'inline_policy' and s.account_id = i.account_id and s.resource_arn = i.owner_arn
  and s.policy_name = i.policy_name
where s.effect is not null or i.policy_document is null
union all
select
  a.account_id, a.holder_arn, a.policy_arn, s.statement_index, nullif(s.effect, 'unknown'), s.covered_actions, s.resources,
  s.not_resources, s.condition_keys, s.condition_class
from attached a
left join aws_iam_policy_versions v on v.account_id = a.account_id and v.policy_arn = a.policy_arn
left join policy_statements s
  on s.policy_kind = 'managed_policy' and s.account_id = a.account_id and s.resource_arn = a.policy_arn
where s.effect is not null or v.document_json is null;

-- Statements of the organization's policies that bind each account, one row per account and statement. The management account is bound by none.
create view inherited_statements (
  account_id,      -- Account that is bound.
  policy_kind,     -- scp or rcp.
  policy_name,     -- Name of the policy.
  target_id,       -- Root, unit or account it is attached to.
  statement_index, -- As in policy_statements.
  effect,          -- Allow or Deny.
  covered_actions, -- As in policy_statements.
  resources,       -- As in policy_statements.
  not_resources,   -- As in policy_statements.
  condition_keys,  -- As in policy_statements.
  condition_class  -- As in policy_statements.
) as
with recursive places (account_id, target_id) as (
  select id, unnest([id, parent_id]) from aws_organizations_accounts where not coalesce(is_management_account, false)
  union
  select p.account_id, u.parent_id
  from places p
  join aws_organizations_organizational_units u on u.id = p.target_id
)
select distinct
  p.account_id, s.policy_kind, s.policy_name, p.target_id, s.statement_index, s.effect, s.covered_actions, s.resources,
  s.not_resources, s.condition_keys, s.condition_class
from places p
join aws_organizations_policy_targets t on t.target_id = p.target_id
join policy_statements s on s.resource_arn = t.policy_arn and s.policy_kind in ('scp', 'rcp');

-- Who may assume which role by its trust policy, one row per Allow statement, principal, and account or organization that it reaches. Services and federated users are left out.
create view role_trusts (
  account_id,           -- Account of the role.
  role_arn,             -- Role ARN.
  statement,            -- Sid of the statement, or its place in the document.
  principal,            -- As in policy_statements; * for NotPrincipal.
  party,                -- Account or organization that it reaches. *: anybody.
  relation,             -- What the party is to the role: own, organization, collected or trusted (see known_accounts), external, everybody, or unknown (the organization could not be listed).
  guarded               -- Whether an external id is asked for, or only named principals or members of an organization come in. Null: the condition cannot be understood.
) as
with trusts as (
  select
    *, coalesce(sid, 'statement ' || statement_index) as statement, if(not_principal, '*', principal) as named,
    list_has_any(condition_keys, ['sts:externalid', 'aws:principalarn', 'aws:principalorgid', 'aws:principalorgpaths'])
      and effect = 'Deny' as guard
  from policy_statements
  where policy_kind = 'trust_policy' and list_contains(covered_actions, 'sts:AssumeRole')
), reached as (
  select
    *,
    unnest(case
      when condition_class = 'org_bound'
        and (named = '*' or principal_account_id not in (select k.account_id from known_accounts k))
        then list_distinct(list_transform(bound_to, v -> split_part(v, '/', 1)))
      when named <> '*' then [principal_account_id]
      when condition_class = 'account_bound' then bound_to
      when condition_class = 'principal_bound' then list_distinct(list_transform(bound_to, v -> coalesce(
        nullif(regexp_extract(v, '^arn:[^:]*:(?:iam|sts)::([0-9]{12}):', 1), ''), '*')))
      else ['*']
    end) as reaches
  from trusts
  where effect = 'Allow' and condition_class <> 'service_bound'
    and (not_principal or principal_kind in ('everybody', 'account', 'role', 'user', 'session'))
)
select
  r.account_id, r.resource_arn as role_arn, r.statement, r.named as principal, r.reaches as party,
  case
    when reaches = r.account_id then 'own'
    when reaches = '*' then 'everybody'
    when k.relation is not null then k.relation
    when reaches in (select id from aws_organizations) then 'organization'
    when reaches like 'o-%' and not exists (from aws_organizations) then 'unknown'
    when exists (from sync_coverage where table_name = 'aws_organizations_accounts' and columns is null) then 'unknown'
    else 'external'
  end as relation,
  case
    when condition_class in ('org_bound', 'principal_bound') or exists (
      from statement_conditions c
      where c.policy_kind = 'trust_policy' and c.resource_arn = r.resource_arn
        and c.statement_index = r.statement_index and c.key = 'sts:externalid' and c.binds
    ) or exists (from trusts t where t.resource_arn = r.resource_arn and t.guard) then true
    when condition_class <> 'unknown' then false
  end as guarded
from reached r
left join known_accounts k on k.account_id = r.reaches;

-- What roles get at: keys that they may decrypt with, and buckets that they use across an account boundary. One row per role, target and use.
create view role_reach (
  role_arn, -- Role.
  target,   -- ARN of the key, or of the bucket.
  use,      -- decrypt, read or write.
  verdict   -- allowed, conditional or unknown: the best of all ways.
) as
with ways as (
  select principal_arn as role_arn, key_arn as target, capability as use, verdict
  from key_access
  where principal_kind = 'role' and via_role_arn is null and capability = 'decrypt'
  union all
  select coalesce(via_role_arn, principal_arn), bucket_arn, access, verdict
  from cross_account_paths
  where verdict <> 'blocked' and (via_role_arn is not null or principal_arn like 'arn:%:role/%')
)
select role_arn, target, use, min(verdict) as verdict
from ways
group by role_arn, target, use;

-- Paths of cross_account_paths without a role on the way, one row per path, with what else is needed to say whether something is broken.
create view direct_paths (
  account_id,           -- Account that owns the bucket.
  region,               -- Region of the bucket.
  resource_arn,         -- Access point that is used, or the bucket itself.
  bucket_arn,           -- Bucket ARN.
  access_point_arn,     -- Access point that is used. Null: the bucket itself.
  principal_arn,        -- As in cross_account_paths.
  principal_account_id, -- As in cross_account_paths.
  key_arn,              -- As in cross_account_paths.
  key_account_id,       -- As in cross_account_paths.
  key_basis,            -- As in cross_account_paths.
  access,               -- read or write.
  opened,               -- Whether S3's side lets it in, as far as was read: no policy of bucket or access point blocks, nor, within the bucket's account, the principal's own.
  needs_key,            -- Whether what is said about the key decides.
  blocked_by,           -- Legs that block; empty if none does.
  unread,               -- Legs that are needed and could not be read; assume_role: whether the detour is open.
  detour,               -- Role that the same principal may assume to get there. Null: none was found, or it needs none.
  otherwise,            -- The same in words that go on from a reason. Empty: none.
  evidence              -- Verdict, blocking legs, conditions and deciding statements.
) as
with detours as (
  select
    bucket_arn, principal_arn, access, arg_min(via_role_arn, (verdict = 'unknown', via_role_arn)) as detour,
    bool_and(verdict = 'unknown') as unsure
  from cross_account_paths
  where via_role_arn is not null and verdict <> 'blocked'
  group by bucket_arn, principal_arn, access
)
select
  p.bucket_account_id as account_id, p.region, coalesce(p.access_point_arn, p.bucket_arn) as resource_arn, p.bucket_arn,
  p.access_point_arn, p.principal_arn, p.principal_account_id, p.key_arn, p.key_account_id, p.key_basis, p.access,
  not list_has_any(coalesce(p.blocked_by, []), if(
    p.principal_account_id = p.bucket_account_id,
    ['bucket_policy', 'access_point_policy', 's3_identity'], ['bucket_policy', 'access_point_policy']
  )) as opened,
  p.key_policy <> 'not_applicable' as needs_key, coalesce(p.blocked_by, []) as blocked_by,
  if(p.verdict in ('allowed', 'conditional'), [], list_where(
    ['bucket_policy', 'access_point_policy', 's3_identity', 'key_policy', 'key_grant', 'kms_identity', 'scp',
      'permissions_boundary', 's3_rcp', 'kms_rcp', 'public_access_block', 'key_usable', 'assume_role'],
    [p.bucket_policy = 'unknown', p.access_point_policy = 'unknown', p.s3_identity = 'unknown',
      p.key_policy = 'unknown' and p.key_grant not in ('allow', 'conditional'),
      p.key_grant = 'unknown' and p.key_policy not in ('allow', 'conditional'), p.kms_identity = 'unknown',
      p.scp = 'unknown', p.permissions_boundary = 'unknown', p.s3_rcp = 'unknown', p.kms_rcp = 'unknown',
      p.public_access_block = 'unknown', p.key_usable = 'unknown', coalesce(d.unsure, false)]
  )) as unread,
  d.detour, coalesce('; it ' || if(d.unsure, 'perhaps ', '') || 'gets there by ' || d.detour, '') as otherwise,
  to_json({
    'access': p.access, 'verdict': p.verdict, 'blocked_by': p.blocked_by, 'conditions': p.conditions,
    'evidence': p.evidence
  }) as evidence
from cross_account_paths p
left join detours d on d.bucket_arn = p.bucket_arn and d.principal_arn = p.principal_arn and d.access = p.access
where p.via_role_arn is null;

-- Whom a wide principal of direct_paths (an account as a whole, the organization, everybody) includes, one row per path and member with a path of its own.
create view path_members (
  resource_arn,  -- Access point or bucket.
  access,        -- read or write.
  principal_arn, -- The wide principal.
  member_arn,    -- Who belongs to it.
  opened,        -- Whether S3's side lets the member in, as in direct_paths.
  blocked_by     -- Legs that block the member's path; empty if none does.
) as
select w.resource_arn, w.access, w.principal_arn, m.principal_arn as member_arn, m.opened, m.blocked_by
from direct_paths w
join direct_paths m
  on m.resource_arn = w.resource_arn and m.access = w.access and m.principal_arn <> w.principal_arn
where w.principal_arn = '*'
  or (w.principal_arn like 'arn:%:root' and m.principal_account_id = w.principal_account_id)
  or (w.principal_arn like 'arn:%:organizations:%'
    and m.principal_account_id in (select id from aws_organizations_accounts));

-- What bucket policies allow other accounts, one row per Allow statement and principal. Everybody counts, unless bound to the bucket's own account.
create view bucket_shares (
  account_id,           -- Account that owns the bucket.
  region,               -- Region of the bucket.
  bucket_arn,           -- Bucket ARN.
  statement,            -- Sid of the statement, or its place in the document.
  principal,            -- As in policy_statements; * for NotPrincipal.
  principal_account_id, -- Account of the principal. Null: everybody.
  covered_actions,      -- As in policy_statements.
  condition_keys,       -- As in policy_statements.
  condition_class,      -- As in policy_statements.
  bound_to              -- As in policy_statements.
) as
select
  account_id, region, resource_arn as bucket_arn, coalesce(sid, 'statement ' || statement_index) as statement,
  if(not_principal, '*', principal) as principal, if(not_principal, null, principal_account_id) as principal_account_id,
  covered_actions, condition_keys, condition_class, bound_to
from policy_statements
where policy_kind = 'bucket_policy' and effect = 'Allow'
  and case
    when not_principal or principal_kind = 'everybody'
      then condition_class <> 'account_bound'
        or len(list_filter(bound_to, v -> coalesce(nullif(split_part(v, ':', 5), ''), v) <> account_id)) > 0
    else principal_account_id <> account_id
  end;

-- What key policies permit, one row per Allow statement, principal, and account or organization that it reaches.
create view key_policy_permissions (
  account_id,      -- Account that owns the key.
  region,          -- Region of the key.
  key_arn,         -- Key ARN.
  statement,       -- Sid of the statement, or its place in the document.
  principal_kind,  -- As in policy_statements; everybody for NotPrincipal.
  principal,       -- As in policy_statements; * for NotPrincipal.
  party,           -- Account or organization that it reaches: the principal's, or what the conditions leave of everybody. *: anybody. Null: services, or somebody whose account is not told.
  relation,        -- What the party is to the key: own (its account), organization, collected or trusted (see known_accounts), elb (see elb_log_accounts), external, everybody, or unknown (the organization could not be listed). Null: there is no party.
  actions,         -- Actions of KMS that it covers.
  uses,            -- Those that use the key or pass its use on, and that KMS takes from other accounts too.
  condition_class, -- As in policy_statements.
  binding_keys,    -- Keys of the condition in lower case, as far as they bind: no negated operator, no IfExists, no bare *, no false.
  condition,       -- Condition as written. Null: none.
  held_back_by     -- Resource control policies and statements of the same policy that deny such actions to outsiders, as far as a look at their condition keys tells. Null: none, or it does not reach outside.
) as
with permitted as (
  select
    *, if(not_principal, 'everybody', principal_kind) as kind, if(not_principal, '*', principal) as named,
    coalesce(list_distinct(flatten(list_transform(
      map_entries(try_cast(condition as map(varchar, map(varchar, json)))),
      o -> if(
        regexp_matches(o.key, '^(ForAnyValue:)?(String(Equals|EqualsIgnoreCase|Like)|Arn(Equals|Like)|Bool)$', 'i'),
        list_transform(
          list_filter(map_entries(o.value), e -> not regexp_matches(lower(e.value::varchar), '"\*"|^\[?"?false"?\]?$')),
          e -> lower(e.key)
        ),
        []
      )
    ))), []) as binding_keys
  from policy_statements
  where policy_kind = 'key_policy' and effect = 'Allow'
), denials as (
  select account_id, null as key_arn, policy_name as name, covered_actions as denied
  from inherited_statements
  where policy_kind = 'rcp' and effect = 'Deny' and list_has_any(condition_keys, [
    'aws:principalorgid', 'aws:principalorgpaths', 'aws:principalaccount'
  ])
  union
  select account_id, resource_arn, coalesce(sid, 'statement ' || statement_index), covered_actions
  from policy_statements
  where policy_kind = 'key_policy' and effect = 'Deny' and (not_principal or (
    principal_kind = 'everybody' and list_has_any(condition_keys, [
      'aws:principalorgid', 'aws:principalorgpaths', 'aws:principalaccount', 'kms:calleraccount'
    ])
  ))
), reached as (
  select
    *,
    unnest(case
      when kind = 'everybody'
        and (condition_class = 'service_bound' or list_contains(binding_keys, 'aws:principalisawsservice')) then [null]
      when (kind = 'everybody' and condition_class in ('org_bound', 'account_bound', 'principal_bound'))
        or (condition_class = 'org_bound' and principal_account_id not in (select k.account_id from known_accounts k))
        then list_distinct(list_transform(bound_to, v -> case
          when regexp_matches(v, '^(o-[a-z0-9]+)(/|$)') then split_part(v, '/', 1)
          when regexp_matches(v, '^[0-9]{12}$') then v
          when regexp_matches(v, '^arn:[^:]*:(iam|sts)::[0-9]{12}:') then split_part(v, ':', 5)
          when lower(v) = '${aws:resourceaccount}' then account_id
          when regexp_matches(v, '^A[A-Z]{3}[A-Z0-9]{12,}') then ''
          else '*'
        end))
      when kind = 'everybody' then ['*']
      else [principal_account_id]
    end) as reaches
  from permitted
), related as (
  select
    r.*, nullif(r.reaches, '') as party,
    case
      when reaches is null or reaches = '' then null
      when reaches = r.account_id then 'own'
      when reaches = '*' then 'everybody'
      when k.relation is not null then k.relation
      when reaches in (select id from aws_organizations) then 'organization'
      when reaches like 'o-%' and not exists (from aws_organizations) then 'unknown'
      when reaches in (select e.account_id from elb_log_accounts e) then 'elb'
      when exists (from sync_coverage where table_name = 'aws_organizations_accounts' and columns is null) then 'unknown'
      else 'external'
    end as relation
  from reached r
  left join known_accounts k on k.account_id = r.reaches
)
select
  account_id, region, resource_arn as key_arn, coalesce(sid, 'statement ' || statement_index) as statement,
  kind as principal_kind, named as principal, party, relation, covered_actions as actions,
  list_filter(covered_actions, a -> a in (
    'kms:CreateGrant', 'kms:Decapsulate', 'kms:Decrypt', 'kms:DeriveSharedSecret', 'kms:Encapsulate', 'kms:Encrypt',
    'kms:GenerateDataKey', 'kms:GenerateDataKeyPair', 'kms:GenerateDataKeyPairWithoutPlaintext',
    'kms:GenerateDataKeyWithoutPlaintext', 'kms:GenerateMac', 'kms:ReEncryptFrom', 'kms:ReEncryptTo', 'kms:Sign',
    'kms:Verify', 'kms:VerifyMac'
  )) as uses,
  condition_class, binding_keys, condition,
  case when relation in ('external', 'everybody', 'unknown') then (
    select list(distinct d.name order by d.name)
    from denials d
    where d.account_id = r.account_id and coalesce(d.key_arn, r.resource_arn) = r.resource_arn
      and list_has_any(d.denied, r.covered_actions)
  ) end as held_back_by
from related r;

-- Names by which a policy or a grant may mean the roles and users that were collected, one row per name.
create view identity_names (
  account_id, -- Account of the role or user.
  name        -- Its ARN, its unique id, or for the sessions of a role the ARN of those without the session's name.
) as
select
  account_id,
  unnest([arn, role_id, replace(split_part(arn, ':role/', 1), ':iam:', ':sts:') || ':assumed-role/' || role_name]) as name
from aws_iam_roles
union all
select account_id, unnest([arn, user_id])
from aws_iam_users;

-- Roles and users that key policies name and that are not there, one row per name.
create view missing_principals (
  principal, -- As in policy_statements: an ARN, or the unique id that is left of a principal that was deleted.
  certain    -- Whether it is missing for sure: false where the roles and users of its account could not be listed.
) as
with named as (
  select distinct
    principal, principal_account_id as account_id, principal_kind = 'unique_id' as is_id,
    regexp_replace(principal, '(:assumed-role/[^/]+)/.*', '\1') as name
  from policy_statements
  where policy_kind = 'key_policy' and principal_kind in ('role', 'user', 'session', 'unique_id')
    and principal not like 'arn:%:role/aws-service-role/%'
), unlisted as (
  select account_id from sync_coverage where table_name in ('aws_iam_roles', 'aws_iam_users') and columns is null
)
select principal, is_id or account_id not in (from unlisted) as certain
from named
where name not in (select i.name from identity_names i where i.name is not null)
  and (is_id or account_id in (select i.account_id from identity_names i) or account_id in (from unlisted));
