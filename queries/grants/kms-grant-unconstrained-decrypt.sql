-- /// check
-- title = "Grants to people and applications are limited to an encryption context"
-- severity = "medium"
-- description = """
-- A grant can be bound to an encryption context, or to a resource on whose behalf a service acts; without either it
-- opens everything under the key. Only symmetric keys have an encryption context.
-- """
-- remediation = "grant again with --constraints EncryptionContextSubset=..., then aws kms revoke-grant --key-id <resource_id> --grant-id <related_id>"
-- ///
select
  g.account_id, g.region, g.key_arn as resource_id, g.grant_id as related_id,
  case
    when g.encryption_context_equals is not null or g.encryption_context_subset is not null
      or g.source_arn is not null then 'pass'
    when k.key_spec is null then 'unknown'
    when k.key_spec <> 'SYMMETRIC_DEFAULT' then 'pass'
    else 'fail'
  end as status,
  case
    when g.encryption_context_equals is not null or g.encryption_context_subset is not null
      or g.source_arn is not null then 'it is bound to ' || coalesce(g.source_arn, 'an encryption context')
    when k.key_spec is null then 'the key could not be described'
    when k.key_spec <> 'SYMMETRIC_DEFAULT' then 'its key has no encryption context'
    else g.grantee_principal || ' may use the key for everything that is encrypted under it'
  end as reason,
  to_json({'name': g.name, 'operations': g.operations}) as evidence
from aws_kms_key_grants g
left join aws_kms_keys k on k.arn = g.key_arn
where regexp_matches(g.grantee_principal, '^arn:[^:]*:iam::[0-9]{12}:(role/|user/|root)')
  and g.grantee_principal not like 'arn:%:role/aws-service-role/%'
  and len(list_filter(g.operations, op -> op in ('Decrypt', 'ReEncryptFrom') or op like 'GenerateDataKey%')) > 0;

-- /// cases
-- [[case]]
-- name = "bound by context or source, not bound, an asymmetric key, a service, a harmless operation, an unseen key"
-- given.aws_kms_keys = [
--   { arn = "k", key_spec = "SYMMETRIC_DEFAULT" }, { arn = "rsa", key_spec = "RSA_2048" }, { arn = "unseen" },
-- ]
-- given.aws_kms_key_grants = [
--   { key_arn = "k", grant_id = "open", grantee_principal = "arn:aws:iam::111122223333:role/app", operations = ["Decrypt"] },
--   { key_arn = "k", grant_id = "data-key", grantee_principal = "arn:aws:iam::111122223333:user/ann", operations = ["GenerateDataKeyWithoutPlaintext"] },
--   { key_arn = "k", grant_id = "context", grantee_principal = "arn:aws:iam::111122223333:role/app", operations = ["Decrypt"], encryption_context_subset = { "aws:s3:arn" = "arn:aws:s3:::b" } },
--   { key_arn = "k", grant_id = "source", grantee_principal = "arn:aws:iam::111122223333:root", operations = ["Decrypt"], source_arn = "arn:aws:dynamodb:eu-west-1:111122223333:table/t" },
--   { key_arn = "rsa", grant_id = "asymmetric", grantee_principal = "arn:aws:iam::111122223333:role/app", operations = ["Decrypt"] },
--   { key_arn = "k", grant_id = "service", grantee_service_principal = "dynamodb.amazonaws.com", operations = ["Decrypt"] },
--   { key_arn = "k", grant_id = "look", grantee_principal = "arn:aws:iam::111122223333:role/app", operations = ["DescribeKey"] },
--   { key_arn = "unseen", grant_id = "unseen", grantee_principal = "arn:aws:iam::111122223333:role/app", operations = ["Decrypt"] },
-- ]
-- expect = { "k open" = "fail", "k data-key" = "fail", "k context" = "pass", "k source" = "pass", "rsa asymmetric" = "pass", "unseen unseen" = "unknown" }
-- ///
