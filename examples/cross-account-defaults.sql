-- Buckets whose default key belongs to another account, and whether that account is known.
select
  r.account_id, r.resource_arn, r.key_arn, r.key_account_id, coalesce(k.relation, 'external') as key_owner_is,
  k.label as key_owner
from key_references r
left join known_accounts k on k.account_id = r.key_account_id
where r.key_account_id <> r.account_id
order by r.account_id, r.resource_arn;
