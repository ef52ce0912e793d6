-- /// check
-- title = "Access points are backed by their buckets, and not open to the internet"
-- severity = "medium"
-- description = """
-- An access point opens nothing that its bucket's policy does not permit, too, best by s3:DataAccessPointAccount or
-- s3:DataAccessPointArn: in vain is an access point that lets in another account, or that belongs to one, without
-- that. One row per access point, and one per principal that its policy lets in. An access point that takes requests
-- from the internet needs all four settings of its public access block, which can never be changed; one that is bound
-- to a VPC does not. The key must let in whom the access point lets in, as for the bucket. Where somebody gets there
-- by a role that he may assume, the finding is low.
-- """
-- frameworks = ["aws_fsbp/S3.19"]
-- remediation = "allow the access point's account by s3:DataAccessPointAccount in the bucket's policy, or delete the access point; create it anew with its public access block"
-- ///
with openings as (
  select
    bucket_arn,
    unnest(case
      when principal <> '*' then [principal_account_id]
      when condition_class <> 'account_bound' then ['*']
      else bound_to
    end) as pattern
  from bucket_shares
), points as (
  select
    p.account_id, p.region, p.arn, p.bucket, p.bucket_account_id, p.network_origin, b.has_policy,
    p.block_public_acls and p.ignore_public_acls and p.block_public_policy and p.restrict_public_buckets as blocked,
    p.bucket_account_id <> p.account_id and not exists (
      from openings o where o.bucket_arn = b.arn and (o.pattern = p.account_id or p.arn glob o.pattern)
    ) as unbacked
  from aws_s3_access_points p
  left join aws_s3_buckets b on b.name = p.bucket and b.account_id = coalesce(p.bucket_account_id, p.account_id)
), ways as (
  select
    *, list_intersect(['bucket_policy', 'key_policy', 'key_usable'], blocked_by) as blocking,
    len(blocking) > 0 and not list_contains(unread, 'access_point_policy') as broken,
    len(blocking) > 0 or list_has_any(unread, ['bucket_policy', 'key_policy', 'key_grant', 'key_usable']) as unsure
  from direct_paths
  where access_point_arn is not null and not list_contains(blocked_by, 'access_point_policy')
)
select
  account_id, region, arn as resource_id, null as related_id,
  case
    when network_origin <> 'VPC' and not blocked then 'fail'
    when unbacked and has_policy is not null then 'fail'
    when unbacked or network_origin is null or (network_origin <> 'VPC' and blocked is null) then 'unknown'
    else 'pass'
  end as status,
  case
    when network_origin <> 'VPC' and not blocked
      then 'it takes requests from the internet, and its public access block is not on'
    when unbacked and has_policy is not null
      then 'the policy of ' || bucket || ' in account ' || bucket_account_id || ' does not let its account in'
    when unbacked then 'the policy of ' || bucket || ' in account ' || bucket_account_id || ' was not collected'
    when network_origin is null or (network_origin <> 'VPC' and blocked is null) then 'its settings were not collected'
    when network_origin = 'VPC' then 'it is bound to a VPC'
    else 'its public access block is on'
  end as reason,
  null as severity,
  to_json({'bucket': bucket, 'bucket_account_id': bucket_account_id, 'network_origin': network_origin}) as evidence
from points
union all
select
  account_id, region, resource_arn, principal_arn,
  case when bool_or(broken) then 'fail' when bool_or(unsure) then 'unknown' else 'pass' end,
  case
    when bool_or(broken) then 'it lets in for ' || string_agg(access, ' and ' order by access) filter (broken)
      || ', but not so: ' || array_to_string(list_sort(list_distinct(flatten(list(blocking) filter (broken)))), ', ')
      || min(otherwise) filter (broken)
    when bool_or(unsure) then 'not all policies on the way were collected'
    else 'bucket and key permit what it permits'
  end,
  if(bool_and(detour is not null) filter (broken), 'low', null), to_json(list(evidence order by access))
from ways
group by account_id, region, resource_arn, principal_arn;

-- /// cases
-- [[case]]
-- name = "a principal that the access point lets in: not backed by the bucket, by the key, backed, not read, by a role; one that it keeps out"
-- given.cross_account_paths = [
--   { bucket_arn = "b", bucket_account_id = "111122223333", access_point_arn = "p1", principal_arn = "arn:aws:iam::444455556666:role/etl", access = "read", bucket_policy = "none", access_point_policy = "allow", verdict = "blocked", blocked_by = ["bucket_policy"] },
--   { bucket_arn = "b", bucket_account_id = "111122223333", access_point_arn = "p1", principal_arn = "arn:aws:iam::444455556666:role/etl", access = "write", bucket_policy = "none", access_point_policy = "none", verdict = "blocked", blocked_by = ["bucket_policy", "access_point_policy"] },
--   { bucket_arn = "b", bucket_account_id = "111122223333", access_point_arn = "p2", principal_arn = "arn:aws:iam::444455556666:role/etl", access = "read", bucket_policy = "allow", access_point_policy = "allow", key_policy = "none", verdict = "blocked", blocked_by = ["key_policy"] },
--   { bucket_arn = "b", bucket_account_id = "111122223333", access_point_arn = "p3", principal_arn = "arn:aws:iam::444455556666:role/etl", access = "read", bucket_policy = "unknown", access_point_policy = "allow", verdict = "unknown" },
--   { bucket_arn = "b", bucket_account_id = "111122223333", access_point_arn = "p4", principal_arn = "arn:aws:iam::444455556666:role/etl", access = "read", bucket_policy = "none", access_point_policy = "unknown", verdict = "blocked", blocked_by = ["bucket_policy"] },
--   { bucket_arn = "b", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", access = "read", bucket_policy = "none", verdict = "blocked", blocked_by = ["bucket_policy"] },
--   { bucket_arn = "b", bucket_account_id = "111122223333", access_point_arn = "p6", principal_arn = "arn:aws:iam::444455556666:role/etl", access = "read", bucket_policy = "allow", access_point_policy = "allow", key_policy = "none", key_grant = "conditional", s3_identity = "none", verdict = "blocked", blocked_by = ["s3_identity"] },
--   { bucket_arn = "b", bucket_account_id = "111122223333", access_point_arn = "p7", principal_arn = "arn:aws:iam::444455556666:role/etl", access = "read", bucket_policy = "allow", access_point_policy = "allow", key_policy = "unknown", key_grant = "unknown", verdict = "unknown" },
--   { bucket_arn = "b2", bucket_account_id = "111122223333", access_point_arn = "p5", principal_arn = "arn:aws:iam::444455556666:role/etl", access = "read", bucket_policy = "none", access_point_policy = "allow", verdict = "blocked", blocked_by = ["bucket_policy"] },
--   { bucket_arn = "b2", bucket_account_id = "111122223333", principal_arn = "arn:aws:iam::444455556666:role/etl", via_role_arn = "arn:aws:iam::111122223333:role/reader", access = "read", verdict = "allowed" },
-- ]
-- expect = { "p1 arn:aws:iam::444455556666:role/etl" = "fail", "p2 arn:aws:iam::444455556666:role/etl" = "fail", "p3 arn:aws:iam::444455556666:role/etl" = "unknown", "p4 arn:aws:iam::444455556666:role/etl" = "unknown", "p5 arn:aws:iam::444455556666:role/etl" = "fail", "p6 arn:aws:iam::444455556666:role/etl" = "pass", "p7 arn:aws:iam::444455556666:role/etl" = "unknown" }
--
-- [[case]]
-- name = "another account's bucket: delegated by account, by ARN, to the account itself, not at all, not collected"
-- given.aws_s3_buckets = [
--   { account_id = "444455556666", arn = "arn:aws:s3:::b1", name = "b1", has_policy = true }, { account_id = "444455556666", arn = "arn:aws:s3:::b2", name = "b2", has_policy = true },
--   { account_id = "444455556666", arn = "arn:aws:s3:::b3", name = "b3", has_policy = true }, { account_id = "444455556666", arn = "arn:aws:s3:::b4", name = "b4", has_policy = true },
--   { account_id = "444455556666", arn = "arn:aws:s3:::b5", name = "b5", has_policy = false },
-- ]
-- given.policy_statements = [
--   { account_id = "444455556666", resource_arn = "arn:aws:s3:::b1", policy_kind = "bucket_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["s3:GetObject"], condition_keys = ["s3:dataaccesspointaccount"], condition_class = "account_bound", bound_to = ["111122223333"] },
--   { account_id = "444455556666", resource_arn = "arn:aws:s3:::b2", policy_kind = "bucket_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["s3:GetObject"], condition_keys = ["s3:dataaccesspointarn"], condition_class = "account_bound", bound_to = ["arn:aws:s3:eu-west-1:111122223333:accesspoint/*"] },
--   { account_id = "444455556666", resource_arn = "arn:aws:s3:::b3", policy_kind = "bucket_policy", effect = "Allow", principal_kind = "account", principal = "arn:aws:iam::111122223333:root", principal_account_id = "111122223333", covered_actions = ["s3:GetObject"], condition_class = "none" },
--   { account_id = "444455556666", resource_arn = "arn:aws:s3:::b4", policy_kind = "bucket_policy", effect = "Allow", principal_kind = "everybody", principal = "*", covered_actions = ["s3:GetObject"], condition_keys = ["s3:dataaccesspointaccount"], condition_class = "account_bound", bound_to = ["444455556666"] },
-- ]
-- given.aws_s3_access_points = [
--   { arn = "arn:aws:s3:eu-west-1:111122223333:accesspoint/p1", bucket = "b1", bucket_account_id = "444455556666", network_origin = "VPC" },
--   { arn = "arn:aws:s3:eu-west-1:111122223333:accesspoint/p2", bucket = "b2", bucket_account_id = "444455556666", network_origin = "VPC", alias = "p2-abc-s3alias" },
--   { arn = "arn:aws:s3:eu-west-1:111122223333:accesspoint/p3", bucket = "b3", bucket_account_id = "444455556666", network_origin = "VPC" },
--   { arn = "arn:aws:s3:eu-west-1:111122223333:accesspoint/p4", bucket = "b4", bucket_account_id = "444455556666", network_origin = "VPC" },
--   { arn = "arn:aws:s3:eu-west-1:111122223333:accesspoint/p5", bucket = "b5", bucket_account_id = "444455556666", network_origin = "VPC" },
--   { arn = "arn:aws:s3:eu-west-1:111122223333:accesspoint/p6", bucket = "b6", bucket_account_id = "999999999999", network_origin = "VPC" },
-- ]
-- [case.expect]
-- "arn:aws:s3:eu-west-1:111122223333:accesspoint/p1" = "pass"
-- "arn:aws:s3:eu-west-1:111122223333:accesspoint/p2" = "pass"
-- "arn:aws:s3:eu-west-1:111122223333:accesspoint/p3" = "pass"
-- "arn:aws:s3:eu-west-1:111122223333:accesspoint/p4" = "fail"
-- "arn:aws:s3:eu-west-1:111122223333:accesspoint/p5" = "fail"
-- "arn:aws:s3:eu-west-1:111122223333:accesspoint/p6" = "unknown"
--
-- [[case]]
-- name = "internet with and without its public access block, VPC, no bucket behind it, and not collected"
-- given.aws_s3_access_points = [
--   { arn = "open", bucket = "b", bucket_account_id = "111122223333", network_origin = "Internet", alias = "open-abc-s3alias", block_public_acls = true, ignore_public_acls = true, block_public_policy = true, restrict_public_buckets = false },
--   { arn = "shut", bucket = "b", bucket_account_id = "111122223333", network_origin = "Internet", alias = "shut-abc-s3alias", block_public_acls = true, ignore_public_acls = true, block_public_policy = true, restrict_public_buckets = true },
--   { arn = "vpc", bucket = "b", bucket_account_id = "111122223333", network_origin = "VPC", vpc_id = "vpc-1", block_public_acls = false, ignore_public_acls = false, block_public_policy = false, restrict_public_buckets = false },
--   { arn = "volume", network_origin = "Internet", block_public_acls = true, ignore_public_acls = true, block_public_policy = true, restrict_public_buckets = true },
--   { arn = "unread", bucket = "b", bucket_account_id = "111122223333", network_origin = "Internet" },
-- ]
-- expect = { open = "fail", shut = "pass", vpc = "pass", volume = "pass", unread = "unknown" }
-- ///
