-- /// check
-- title = "Policies do not allow decrypting with all keys"
-- severity = "medium"
-- description = """
-- kms:Decrypt or kms:ReEncryptFrom on every key opens whatever the key policies of the account, and of other accounts
-- that let this one in, leave to IAM. Customer managed and inline policies are looked at, with wildcards, NotAction and
-- NotResource resolved. Low if a condition limits it (a service, an account, an organization, tags or aliases of the
-- key), or if the policy is attached to nobody.
-- """
-- frameworks = ["aws_fsbp/KMS.1", "aws_fsbp/KMS.2"]
-- remediation = "name the keys by ARN under Resource, or add a condition such as aws:ResourceAccount or kms:ResourceAliases"
-- ///
with policies as (
  select
    p.account_id, 'managed_policy' as policy_kind, p.arn as resource_arn, null as policy_name,
    v.document_json is null as unread, p.attachment_count = 0 and p.permissions_boundary_usage_count = 0 as unused
  from aws_iam_policies p
  left join aws_iam_policy_versions v on v.account_id = p.account_id and v.policy_arn = p.arn
  where not p.is_aws_managed
  union all
  select account_id, 'inline_policy', role_arn, policy_name, policy_document is null, false from aws_iam_role_policies
  union all
  select account_id, 'inline_policy', user_arn, policy_name, policy_document is null, false from aws_iam_user_policies
  union all
  select account_id, 'inline_policy', group_arn, policy_name, policy_document is null, false from aws_iam_group_policies
), decrypting as (
  select
    account_id, policy_kind, resource_arn, policy_name, coalesce(sid, 'statement ' || statement_index) as statement,
    (not_resources is not null and not list_has_any(not_resources, [
      '*', 'arn:aws:kms:*', 'arn:aws:kms:*:*:*', 'arn:aws:kms:*:*:key/*'
    ])) or len(list_filter(resources, r -> regexp_matches(
      r, '^(\*|arn:(\*|[^:]*:\*|[^:]*:(kms|\*)(:[^:]*){0,2}(:(\*|key/?\*))?))$'
    ))) > 0 as on_all,
    coalesce(len(list_filter(condition_keys, k -> regexp_matches(
      k, '^(kms:(viaservice|calleraccount|resourcealiases|requestalias)|aws:resource(account|orgid|orgpaths|tag/.*))$'
    ))) > 0, false) as limited
  from policy_statements
  where policy_kind in ('managed_policy', 'inline_policy') and effect = 'Allow'
    and list_has_any(covered_actions, ['kms:Decrypt', 'kms:ReEncryptFrom'])
), judged as (
  select
    p.account_id, p.resource_arn, p.policy_name, any_value(p.unread) as unread, any_value(p.unused) as unused,
    list(d.statement order by d.statement) filter (d.on_all) as broad,
    coalesce(bool_and(d.limited) filter (d.on_all), false) as limited
  from policies p
  left join decrypting d
    on d.account_id = p.account_id and d.policy_kind = p.policy_kind and d.resource_arn = p.resource_arn
    and (p.policy_name is null or d.policy_name = p.policy_name)
  where p.unread or d.statement is not null
  group by p.account_id, p.resource_arn, p.policy_name
)
select
  account_id, 'global' as region, resource_arn as resource_id, policy_name as related_id,
  case when broad is not null then 'fail' when unread then 'unknown' else 'pass' end as status,
  case
    when broad is not null then array_to_string(broad, ', ') || ' allows decrypting with all keys'
      || if(limited, ', on a condition', '') || if(unused, ', though it is attached to nobody', '')
    when unread then 'its document was not collected, or is not valid JSON'
    else 'it names the keys to decrypt with'
  end as reason,
  if(limited or unused, 'low', 'medium') as severity,
  to_json({'statements': broad, 'limited': limited, 'attached': not unused}) as evidence
from judged;

-- /// cases
-- [[case]]
-- name = "all keys by *, by pattern, of an account, by NotResource; one key; a condition; attached to nobody; not read"
-- given.aws_iam_policies = [
--   { arn = "star", is_aws_managed = false, attachment_count = 1, permissions_boundary_usage_count = 0 }, { arn = "account", is_aws_managed = false, attachment_count = 1, permissions_boundary_usage_count = 0 },
--   { arn = "one", is_aws_managed = false, attachment_count = 1, permissions_boundary_usage_count = 0 }, { arn = "unused", is_aws_managed = false, attachment_count = 0, permissions_boundary_usage_count = 0 },
--   { arn = "via", is_aws_managed = false, attachment_count = 1, permissions_boundary_usage_count = 0 }, { arn = "unread", is_aws_managed = false, attachment_count = 1, permissions_boundary_usage_count = 0 },
--   { arn = "aws", is_aws_managed = true, attachment_count = 1, permissions_boundary_usage_count = 0 }, { arn = "other", is_aws_managed = false, attachment_count = 1, permissions_boundary_usage_count = 0 },
-- ]
-- given.aws_iam_policy_versions = [
--   { policy_arn = "star", document_json = {} }, { policy_arn = "account", document_json = {} }, { policy_arn = "one", document_json = {} },
--   { policy_arn = "unused", document_json = {} }, { policy_arn = "via", document_json = {} }, { policy_arn = "aws", document_json = {} }, { policy_arn = "other", document_json = {} },
-- ]
-- given.aws_iam_role_policies = [
--   { role_arn = "role", policy_name = "pattern", policy_document = {} }, { role_arn = "role", policy_name = "but", policy_document = {} },
--   { role_arn = "role", policy_name = "broken" },
-- ]
-- given.aws_iam_user_policies = [{ user_arn = "user", policy_name = "all", policy_document = {} }]
-- given.aws_iam_group_policies = [{ group_arn = "group", policy_name = "some", policy_document = {} }]
-- given.policy_statements = [
--   { resource_arn = "star", policy_kind = "managed_policy", policy_name = "star", effect = "Allow", covered_actions = ["kms:Decrypt", "kms:Encrypt"], resources = ["arn:aws:kms:eu-west-1:111122223333:key/k", "*"], condition_class = "none" },
--   { resource_arn = "account", policy_kind = "managed_policy", effect = "Allow", covered_actions = ["kms:ReEncryptFrom"], resources = ["arn:aws:kms:eu-west-1:111122223333:key/*"], condition_class = "none" },
--   { resource_arn = "one", policy_kind = "managed_policy", effect = "Allow", covered_actions = ["kms:Decrypt"], resources = ["arn:aws:kms:*:111122223333:key/0a1b", "arn:aws:kms:*:*:alias/*"], condition_class = "none" },
--   { resource_arn = "one", policy_kind = "managed_policy", effect = "Deny", covered_actions = ["kms:Decrypt"], resources = ["*"], condition_class = "none", statement_index = 1 },
--   { resource_arn = "unused", policy_kind = "managed_policy", effect = "Allow", covered_actions = ["kms:Decrypt"], resources = ["arn:aws:kms:*"], condition_class = "none" },
--   { resource_arn = "via", policy_kind = "managed_policy", effect = "Allow", covered_actions = ["kms:Decrypt"], resources = ["*"], condition_keys = ["kms:viaservice"], condition_class = "weak" },
--   { resource_arn = "aws", policy_kind = "managed_policy", effect = "Allow", covered_actions = ["kms:Decrypt"], resources = ["*"], condition_class = "none" },
--   { resource_arn = "other", policy_kind = "managed_policy", effect = "Allow", covered_actions = ["kms:Encrypt"], resources = ["*"], condition_class = "none" },
--   { resource_arn = "role", policy_kind = "inline_policy", policy_name = "pattern", effect = "Allow", covered_actions = ["kms:Decrypt"], resources = ["arn:aws:kms:*:*:key/*"], condition_class = "none" },
--   { resource_arn = "role", policy_kind = "inline_policy", policy_name = "but", effect = "Allow", not_actions = ["iam:*"], covered_actions = ["kms:Decrypt"], not_resources = ["arn:aws:kms:*:*:key/secret"], condition_class = "none" },
--   { resource_arn = "user", policy_kind = "inline_policy", policy_name = "all", effect = "Allow", covered_actions = ["kms:Decrypt"], resources = ["arn:aws:kms:eu-west-1:*:*"], condition_class = "none" },
--   { resource_arn = "group", policy_kind = "inline_policy", policy_name = "some", effect = "Allow", covered_actions = ["kms:Decrypt"], resources = ["arn:aws:kms:eu-west-1:111122223333:key/mrk-1"], condition_class = "none" },
-- ]
-- expect = { star = "fail", account = "fail", one = "pass", unused = "fail", via = "fail", unread = "unknown", "role pattern" = "fail", "role but" = "fail", "role broken" = "unknown", "user all" = "fail", "group some" = "pass" }
--
-- [[case]]
-- name = "NotResource that leaves out all keys, or those of one account; two statements; what is no key"
-- given.aws_iam_role_policies = [
--   { region = "global", role_arn = "r", policy_name = "others", policy_document = {} }, { region = "global", role_arn = "r", policy_name = "mixed", policy_document = {} },
--   { region = "global", role_arn = "r", policy_name = "buckets", policy_document = {} }, { region = "global", role_arn = "r", policy_name = "alias", policy_document = {} },
-- ]
-- given.aws_iam_group_policies = [{ region = "global", group_arn = "g", policy_name = "but", policy_document = {} }]
-- given.policy_statements = [
--   { resource_arn = "r", policy_kind = "inline_policy", policy_name = "others", effect = "Allow", covered_actions = ["kms:Decrypt", "s3:GetObject"], not_resources = ["arn:aws:kms:*:*:key/*"], condition_class = "none" },
--   { resource_arn = "r", policy_kind = "inline_policy", policy_name = "mixed", statement_index = 0, effect = "Allow", covered_actions = ["kms:Decrypt"], resources = ["arn:aws:kms:eu-west-1:111122223333:key/1234"], condition_class = "none" },
--   { resource_arn = "r", policy_kind = "inline_policy", policy_name = "mixed", statement_index = 1, effect = "Allow", not_actions = ["iam:*"], covered_actions = ["kms:ReEncryptFrom", "s3:GetObject"], resources = ["*"], condition_class = "none" },
--   { resource_arn = "r", policy_kind = "inline_policy", policy_name = "buckets", effect = "Allow", covered_actions = ["kms:Decrypt", "s3:GetObject"], resources = ["arn:aws:s3:::*"], condition_class = "none" },
--   { resource_arn = "r", policy_kind = "inline_policy", policy_name = "alias", effect = "Allow", covered_actions = ["kms:Decrypt"], resources = ["arn:aws:kms:*:111122223333:alias/*"], condition_class = "none" },
--   { resource_arn = "g", policy_kind = "inline_policy", policy_name = "but", effect = "Allow", covered_actions = ["kms:Decrypt"], not_resources = ["arn:aws:kms:*:111122223333:key/*"], condition_class = "none" },
-- ]
-- expect = { "r others" = "pass", "r mixed" = "fail", "r buckets" = "pass", "r alias" = "pass", "g but" = "fail" }
-- ///
