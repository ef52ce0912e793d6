-- Regions as the account sees them, one row per region, whether enabled or not.
create table aws_regions (
  account_id    varchar not null, -- Account that was collected.
  region        varchar not null, -- Region.
  region_name   varchar,          -- Region, under the name the API gives it.
  partition     varchar,          -- aws, aws-us-gov or aws-cn.
  enabled       boolean,          -- Whether the account can use the region.
  opt_in_status varchar,          -- opt-in-not-required, opted-in or not-opted-in.
  endpoint      varchar,          -- Endpoint of EC2 in the region.
  raw           json,             -- The list entry as received.
  collected_at  timestamptz,      -- When the row was collected.
  run_id        varchar,          -- Run that collected it.
  primary key (account_id, region)
);
