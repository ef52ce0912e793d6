-- Regions of each account, switched off ones too.
create table aws_regions (
  account_id    varchar not null, -- Account that was collected.
  region        varchar not null, -- Name of the region.
  region_name   varchar not null, -- Name of the region, under the name the API gives it.
  partition     varchar,          -- Partition the region is in: aws, aws-us-gov or aws-cn.
  endpoint      varchar,          -- Endpoint of EC2 in the region.
  opt_in_status varchar,          -- Either opt-in-not-required, opted-in or not-opted-in.
  enabled       boolean,          -- Whether the account may use the region.
  raw           json,             -- The list entry as received.
  collected_at  timestamptz,      -- When the row was collected.
  run_id        varchar,          -- Run that collected it.
  primary key (account_id, region)
);
