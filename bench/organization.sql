-- An invented organization; $names are filled in by bench/paths.py.
create temp table accounts as
  select printf('%012d', 100000000000 + n) as id, printf('%012d', 100000000000 + (n + 1) % $accounts) as next, n
  from range($accounts) t(n);
insert into aws_organizations by name
  select '100000000000' as account_id, 'global' as region, 'arn:aws:organizations::100000000000:organization/o-bench' as arn,
    'o-bench' as id, 'ALL' as feature_set, '100000000000' as master_account_id;
insert into aws_organizations_organizational_units by name
  select '100000000000' as account_id, 'global' as region, 'arn:root' as arn, 'r-1' as id, 'ROOT' as type,
    '[{"Type":"SERVICE_CONTROL_POLICY","Status":"ENABLED"},{"Type":"RESOURCE_CONTROL_POLICY","Status":"ENABLED"}]'
      as policy_types;
insert into aws_organizations_accounts by name
  select '100000000000' as account_id, 'global' as region, 'arn:account/' || id as arn, id, 'ACTIVE' as state, 'r-1' as parent_id
  from accounts;
insert into aws_organizations_policies by name
  select '100000000000' as account_id, 'global' as region, 'arn:aws:organizations:::policy/' || name as arn, name, type, text as content_text
  from (values
    ('FullAWSAccess', 'SERVICE_CONTROL_POLICY', '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'),
    ('no-strangers', 'RESOURCE_CONTROL_POLICY', '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":["s3:*","kms:*"],"Resource":"*","Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-bench"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}}}')
  ) p(name, type, text);
insert into aws_organizations_policy_targets by name
  select account_id, region, arn as policy_arn, type as policy_type, 'r-1' as target_id from aws_organizations_policies
  union all by name
  select p.account_id, p.region, p.arn as policy_arn, p.type as policy_type, a.id as target_id
  from aws_organizations_policies p, accounts a where p.name = 'FullAWSAccess';
insert into aws_iam_roles by name
  select id as account_id, 'global' as region, 'arn:aws:iam::' || id || ':role/role-' || r as arn,
    'AROA' || id || printf('%06d', r) as role_id, 'role-' || r as role_name,
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}' as assume_role_policy_text
  from accounts, range($roles) t(r);
insert into aws_iam_role_policies by name
  select account_id, region, arn as role_arn, 'access' as policy_name,
    if(r < $everything, '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::'
      || if(r < $everything + $shared, 'bucket-' || previous || '-' || (r - $everything), 'bucket-' || account_id || '-' || (r % $buckets))
      || '/*"},{"Effect":"Allow","Action":["kms:Decrypt","kms:GenerateDataKey*"],"Resource":"arn:aws:kms:us-east-1:'
      || if(r < $everything + $shared, previous || ':key/*', account_id || ':key/' || (r % $keys)) || '"}]}') as policy_text
  from (select *, role_name[6:]::int as r,
    printf('%012d', 100000000000 + (account_id::bigint - 100000000000 + $accounts - 1) % $accounts) as previous from aws_iam_roles);
insert into aws_kms_keys by name
  select id as account_id, 'us-east-1' as region, 'arn:aws:kms:us-east-1:' || id || ':key/' || k as arn, k::varchar as key_id,
    'CUSTOMER' as key_manager, 'Enabled' as key_state, 'SYMMETRIC_DEFAULT' as key_spec, 'ENCRYPT_DECRYPT' as key_usage, 'AWS_KMS' as origin
  from accounts, range($keys) t(k);
insert into aws_kms_key_policies by name
  select account_id, region, arn as key_arn, 'default' as name,
    '{"Version":"2012-10-17","Statement":[{"Sid":"Own","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::' || account_id
    || ':root"},"Action":"kms:*","Resource":"*"}'
    || if(key_id::int < $shared, ',{"Sid":"Share","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::' || next
      || ':root"},"Action":["kms:Decrypt","kms:GenerateDataKey*"],"Resource":"*"}', '')
    || if(key_id::int >= $keys - 1, ',{"Sid":"Everybody","Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-bench"}}}', '')
    || ']}' as policy_text
  from aws_kms_keys join accounts on id = account_id;
insert into aws_s3_buckets by name
  select id as account_id, 'us-east-1' as region, 'arn:aws:s3:::bucket-' || id || '-' || b as arn, 'bucket-' || id || '-' || b as name,
    'aws:kms' as sse_algorithm, 'arn:aws:kms:us-east-1:' || id || ':key/'
      || if(b = $buckets - 1 and n < $wide, $keys - 1, b % ($keys - 1)) as kms_master_key_id,
    true as bucket_key_enabled, b < $shared or (b = $buckets - 1 and n < $wide) as has_policy, false as policy_is_public,
    true as restrict_public_buckets
  from accounts, range($buckets) t(b);
insert into aws_s3_bucket_policies by name
  select b.account_id, b.region, arn as bucket_arn,
    '{"Version":"2012-10-17","Statement":[{"Sid":"Share","Effect":"Allow","Principal":'
    || case when number = $buckets - 1 then '"*"' when number % 2 = 0 then '{"AWS":"arn:aws:iam::' || next || ':root"}'
       else '{"AWS":"arn:aws:iam::' || next || ':role/role-' || ($everything + number) || '"}' end
    || ',"Action":["s3:GetObject","s3:PutObject"],"Resource":"' || arn || '/*"'
    || if(number = $buckets - 1, ',"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-bench"}}', '')
    || '},{"Sid":"Tls","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"' || arn || '/*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}' as policy
  from (select *, regexp_extract(name, '[0-9]+$')::int as number from aws_s3_buckets where has_policy) b join accounts on id = b.account_id;
insert into aws_s3_accounts by name
  select id as account_id, 'global' as region, 'c' || id as canonical_user_id, true as restrict_public_buckets from accounts;
insert into sync_scopes by name
  select 'r1' as run_id, name as table_name, id as account_id, if(name like 'aws_kms%', 'us-east-1', 'global') as region, 'List' as operation,
    'ok' as outcome, 1 as planned, 0 as failed, 1 as rows, false as accepted, now() as started_at, now() as finished_at
  from accounts, (select table_name as name from duckdb_tables() where table_name like 'aws_%' and database_name = current_database());
