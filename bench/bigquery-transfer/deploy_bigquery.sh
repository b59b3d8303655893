#!/usr/bin/env bash
# The article's way, command for command: a transfer config for each line of target_tables.txt in this folder.
# usage: deploy_bigquery.sh DATABASE APP ENV PREFIX, with the reader's key in ACCESS_KEY_ID and SECRET_ACCESS_KEY:
# the article asks Secret Manager for both before the loop, which is left out here in favour of the script.
database_name=$1 app_name=$2 env=$3 prefix=$4

mapfile -t target_tables <target_tables.txt
for target_table in "${target_tables[@]}"; do
  # A line that contains the name, on the first page, in `us`.
  if bq ls --transfer_config --transfer_location=us | grep "$database_name-$target_table-transfer"; then
    continue
  fi
  bq mk --transfer_config --data_source=amazon_s3 \
    --display_name="$database_name-$target_table-transfer" \
    --target_dataset="${app_name}_${env}_rds_data" \
    --schedule='every day 03:00' \
    --params='{
      "destination_table_name_template":"'"$target_table"'",
      "data_path":"s3://'"$prefix-$env"'-cluster-snapshot-limited-access/export-id-'"$env"'-{run_time|\"%Y%m%d\"}/'"$database_name/$database_name.$target_table"'/1/*.parquet",
      "access_key_id":"'"$ACCESS_KEY_ID"'",
      "secret_access_key":"'"$SECRET_ACCESS_KEY"'",
      "file_format":"PARQUET",
      "write_disposition":"WRITE_TRUNCATE"
    }' || echo "$target_table: no config was made" >&2
done
