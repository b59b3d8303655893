# shellcheck shell=bash
# The settings of an environment on AWS, and what must hold for them.

SAMPLE_SETTINGS=infra/environments/sample-aws.env
# What decides about the deployment only.
DEPLOYMENT_SETTINGS=(REGION ACCOUNT GOOGLE_CREDENTIALS_FILE)
# Parameters of infra/aws/foundation.yaml.
FOUNDATION_SETTINGS=(S3_PREFIX KEEP_DAYS KEEP_OVERWRITTEN_DAYS ALERT_EMAIL BIGQUERY_READER)
# Parameters of template.yaml: the same name, in words without underscores.
TEMPLATE_SETTINGS=(
  DB_CLUSTER_IDENTIFIER DB_INSTANCE_IDENTIFIER ENV SNAPSHOT_TYPE MAX_SNAPSHOT_AGE EXPORT_ONLY ALLOW_SKIPPED RDS_SCHEDULE
  TABLES TABLE_TAG EXPORT_S3_BUCKET S3_BUCKET_OWNER EXPORT_TYPE FULL_EVERY_DAYS EXPORT_AT VERIFY DYNAMODB_SCHEDULE
  RESTORE_TABLES RESTORE_IMPORT RESTORE_VERIFY MAX_WRU MAX_CONCURRENCY WRU_PRICE IMPORT_PRICE MAX_INVOCATIONS DRILL_SCHEDULE
  DRILL_TABLES DRILL_MAX_AGE_DAYS
  S3_PREFIX RUNS_URL TIME_ZONE EXPORT_TIMEOUT EXPORT_ATTEMPTS MAX_SHRINK_PERCENT VERIFIED_TOPIC NOTIFY_LANGUAGE LOG_LEVEL
  NOTIFY_WEBHOOK_SECRET ARCHITECTURE LOG_RETENTION_DAYS
)
AWS_SETTINGS=("${DEPLOYMENT_SETTINGS[@]}" "${FOUNDATION_SETTINGS[@]}" "${TEMPLATE_SETTINGS[@]}")
# What an unset one is: the template's own default. It has to be given, or CloudFormation would go on
# with what an earlier deployment gave. The others are empty.
declare -A DEFAULT=(
  [RDS_SCHEDULE]='cron(0 0 * * ? *)' [DYNAMODB_SCHEDULE]='cron(0 3 * * ? *)' [TIME_ZONE]=Asia/Tokyo
  [ARCHITECTURE]=x86_64 [LOG_RETENTION_DAYS]=90 [KEEP_DAYS]=0 [KEEP_OVERWRITTEN_DAYS]=30
  [DRILL_MAX_AGE_DAYS]=9
)
# The functions that the settings ask for, and the logical id of each.
FUNCTIONS=()
declare -A RESOURCE=(
  ["rds-snapshot-export"]=RdsSnapshotExport ["dynamodb-export"]=DynamodbExport ["dynamodb-restore"]=DynamodbRestore
)

# How to give the secret NAME, which can't be in the file.
secret_repair() {
  printf 'put the value into Secrets Manager and write %s_SECRET=ITS-NAME' "$1"
}

check_aws_settings() {
  local name
  for name in DB_CLUSTER_IDENTIFIER DB_INSTANCE_IDENTIFIER EXPORT_ONLY TABLES RESTORE_TABLES DRILL_TABLES; do
    remove_blanks "$name"
  done
  if is_set DB_CLUSTER_IDENTIFIER || is_set DB_INSTANCE_IDENTIFIER; then FUNCTIONS+=(rds-snapshot-export); fi
  if is_set TABLES || is_set TABLE_TAG; then FUNCTIONS+=(dynamodb-export); fi
  if is_set RESTORE_TABLES; then FUNCTIONS+=(dynamodb-restore); fi
  ((${#FUNCTIONS[@]})) ||
    FAULTS+=("nothing is to be exported: set DB_CLUSTER_IDENTIFIER, DB_INSTANCE_IDENTIFIER, TABLES or TABLE_TAG; or RESTORE_TABLES, only to restore")
  check_deployment
  check_rds
  check_reader
  check_dynamodb
  check_restore
  check_several
  check_google
}

check_deployment() {
  local prefix="[A-Za-z0-9_.-]+"
  match_setting REGION '[a-z]+(-[a-z]+)+-[0-9]' "a Region looks like ap-northeast-1"
  match_setting ACCOUNT '[0-9]{12}' "an account's number has 12 digits"
  require_setting ALERT_EMAIL "the address that alarms and notices are sent to"
  match_setting ALERT_EMAIL '[^@ ]+@[^@ ]+' "an e-mail address has one @"
  match_setting S3_PREFIX "$prefix(/$prefix)*" "folders of letters, digits, . _ and - with / between them, none at either end"
  match_setting KEEP_DAYS '[3-9][0-9]|[1-9][0-9]{2,4}' "at least 30 days, or a fault unseen for a while takes the last good export along"
  match_setting KEEP_OVERWRITTEN_DAYS '[1-9][0-9]{0,3}' "a number of days"
  match_setting ARCHITECTURE 'x86_64|arm64' "x86_64 or arm64"
  match_setting LOG_RETENTION_DAYS '1|3|5|7|14|30|60|90|120|150|180|365|400|545|731|1096|1827|2192|2557|2922|3288|3653' \
    "CloudWatch keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365 or 400 days, or some years"
}

check_rds() {
  local identifier='[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*'
  local identifiers="$identifier(,$identifier)*"
  match_setting DB_CLUSTER_IDENTIFIER "$identifiers" "identifiers of clusters, with commas between them"
  match_setting DB_INSTANCE_IDENTIFIER "$identifiers" "identifiers of instances, with commas between them"
  match_setting SNAPSHOT_TYPE 'automated|manual|awsbackup' "automated, manual or awsbackup"
  match_setting MAX_SNAPSHOT_AGE '[0-9]+[hm]( ?[0-9]+m)?' "hours and minutes, such as 30h"
  match_setting RDS_SCHEDULE '(cron|rate)\(.+\)' "an expression of EventBridge Scheduler, such as cron(0 0 * * ? *)"
  if is_set DB_CLUSTER_IDENTIFIER && [[ $(setting SNAPSHOT_TYPE) == awsbackup ]]; then
    refuse_setting SNAPSHOT_TYPE "RDS lists snapshots of AWS Backup for instances only; take DB_CLUSTER_IDENTIFIER away, or use automated"
  fi
  is_set ENV || SETTING[ENV]=$ENVIRONMENT
  match_setting ENV '[A-Za-z0-9]+(-[A-Za-z0-9]+)*' "letters, digits and single hyphens, such as prod"
  ((${#SETTING[ENV]} <= 16)) || refuse_setting ENV "at most 16 characters, because an export's name has 60; write ENV=prod or the like"
  match_setting EXPORT_ONLY '[A-Za-z0-9_$.,]+' "database, database.table, database.schema or database.schema.table, with commas between them"
}

check_reader() {
  match_setting BIGQUERY_READER 'on' "on, or leave it away"
  if is_set BIGQUERY_READER && ! is_set DB_CLUSTER_IDENTIFIER && ! is_set DB_INSTANCE_IDENTIFIER; then
    refuse_setting BIGQUERY_READER "it reads exports of RDS, and there are none; set DB_CLUSTER_IDENTIFIER or DB_INSTANCE_IDENTIFIER, too"
  fi
}

check_dynamodb() {
  match_setting TABLES '[A-Za-z0-9_.*-]+(,[A-Za-z0-9_.*-]+)*' "names of tables, with commas between them; * stands for any characters"
  match_setting TABLE_TAG '[^=]+=.*' "a tag looks like key=value"
  if is_set TABLES && is_set TABLE_TAG; then refuse_setting TABLE_TAG "TABLES is set too; keep one of the two"; fi
  match_setting EXPORT_S3_BUCKET '[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]' "the name of a bucket"
  match_setting S3_BUCKET_OWNER '[0-9]{12}' "an account's number has 12 digits"
  if is_set EXPORT_S3_BUCKET; then require_setting S3_BUCKET_OWNER "the account that owns EXPORT_S3_BUCKET; for a bucket of this account set neither"; fi
  if is_set S3_BUCKET_OWNER; then require_setting EXPORT_S3_BUCKET "the bucket of the account S3_BUCKET_OWNER"; fi
  match_setting EXPORT_TYPE 'full|chain' "full or chain"
  match_setting FULL_EVERY_DAYS '[1-9][0-9]?|[12][0-9]{2}|3[0-5][0-9]|36[0-6]' "1 to 366 days"
  match_setting EXPORT_AT '([01][0-9]|2[0-3]):[0-5][0-9]' "hour and minute, such as 00:00"
  match_setting VERIFY 'manifest|full' "manifest or full"
  match_setting DYNAMODB_SCHEDULE '(cron|rate)\(.+\)' "an expression of EventBridge Scheduler, such as cron(0 3 * * ? *)"
  check_chain_is_kept
}

# The newest changes are worth nothing without the full export that their chain began with, which is
# FULL_EVERY_DAYS older; while it is being replaced, the chain before is the one to restore from.
check_chain_is_kept() {
  local days
  days=$(setting FULL_EVERY_DAYS 28)
  if [[ $(setting EXPORT_TYPE) == chain && $days =~ ^[0-9]+$ && $(setting KEEP_DAYS) =~ ^[0-9]+$ ]] &&
    (($(setting KEEP_DAYS) <= 2 * days)); then
    refuse_setting KEEP_DAYS "a chain is $days days long (FULL_EVERY_DAYS) and two must be kept: more than $((2 * days)) days"
  fi
}

check_restore() {
  local name
  match_setting RESTORE_TABLES '[A-Za-z0-9_.*-]+(,[A-Za-z0-9_.*-]+)*' "names of tables, with commas between them; * stands for any characters"
  match_setting RESTORE_IMPORT 'yes' "yes, or leave it away"
  match_setting RESTORE_VERIFY 'count|sample|full' "count, sample or full"
  match_setting MAX_WRU '[1-9][0-9]{0,5}|1000000' "write units a second, 1 to 1000000"
  match_setting MAX_CONCURRENCY '[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-6]' "requests at the same time, 1 to 256"
  match_setting WRU_PRICE '[0-9]+([.][0-9]+)?' "USD for a million write units, such as 0.715"
  match_setting IMPORT_PRICE '[0-9]+([.][0-9]+)?' "USD for a GB that DynamoDB imports, such as 0.15"
  match_setting MAX_INVOCATIONS '[1-9][0-9]{0,4}|100000' "1 to 100000"
  match_setting DRILL_SCHEDULE '(cron|rate)\(.+\)' "an expression of EventBridge Scheduler, such as cron(0 12 ? * SUN *)"
  match_setting DRILL_MAX_AGE_DAYS '2|9|16|33|95' "days: 2, 9, 16, 33 or 95, for daily, weekly, fortnightly, monthly or quarterly drills"
  match_setting DRILL_TABLES '[A-Za-z0-9_.-]+(,[A-Za-z0-9_.-]+)*' "names of tables, with commas between them"
  for name in RESTORE_IMPORT DRILL_SCHEDULE; do
    if is_set "$name"; then require_setting RESTORE_TABLES "the tables that may be restored into, without which $name has nothing to act on"; fi
  done
  if is_set DRILL_TABLES; then require_setting DRILL_SCHEDULE "when the backups of DRILL_TABLES are to be proven"; fi
}

check_several() {
  match_setting RUNS_URL 's3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/.*[^/]' "s3://BUCKET/FOLDER without / at the end"
  match_setting TIME_ZONE '[A-Za-z_]+(/[A-Za-z_+0-9-]+)*' "a zone looks like Asia/Tokyo"
  match_setting EXPORT_TIMEOUT '[0-9]+[hm]( ?[0-9]+m)?' "hours and minutes, such as 12h"
  match_setting EXPORT_ATTEMPTS '[1-9]' "1 to 9"
  match_setting MAX_SHRINK_PERCENT '[0-9]|[1-9][0-9]|100' "0 to 100"
  match_setting VERIFIED_TOPIC 'arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:.+|projects/[^/]+/topics/[^/]+' \
    "the ARN of an SNS topic, or projects/P/topics/T of Pub/Sub"
  match_setting NOTIFY_LANGUAGE 'en|ja' "en or ja"
  match_setting NOTIFY_WEBHOOK_SECRET '[A-Za-z0-9/_+=.@-]+' "the name of a secret in Secrets Manager"
  match_setting LOG_LEVEL 'error|warn|info|debug' "error, warn, info or debug"
}

# Pub/Sub is reached by federation: the file says how, and holds no secret.
check_google() {
  local file
  if [[ $(setting VERIFIED_TOPIC) == projects/* ]]; then
    require_setting GOOGLE_CREDENTIALS_FILE "the file that lets AWS publish to $(setting VERIFIED_TOPIC), from: gcloud iam workload-identity-pools create-cred-config"
  elif is_set GOOGLE_CREDENTIALS_FILE; then
    refuse_setting GOOGLE_CREDENTIALS_FILE "VERIFIED_TOPIC is not one of Pub/Sub (projects/P/topics/T), so nothing would use it"
  fi
  is_set GOOGLE_CREDENTIALS_FILE || return 0
  file=$(google_credentials)
  if [[ ! -f $file ]]; then
    refuse_setting GOOGLE_CREDENTIALS_FILE "there is no such file; it is looked for from infra/environments"
  elif ! grep -Eq '"type": *"external_account"' "$file"; then
    refuse_setting GOOGLE_CREDENTIALS_FILE "not the configuration of a workload identity (\"type\": \"external_account\"); a key of a service account must not be in a package"
  elif [[ ! ${file##*/} =~ ^[A-Za-z0-9._-]+$ ]]; then
    refuse_setting GOOGLE_CREDENTIALS_FILE "a file's name has letters, digits, ., _ and -"
  fi
}

# The path of GOOGLE_CREDENTIALS_FILE, which is written as seen from the settings.
google_credentials() {
  case $(setting GOOGLE_CREDENTIALS_FILE) in
    /*) setting GOOGLE_CREDENTIALS_FILE ;;
    *) printf '%s/infra/environments/%s' "$ROOT" "$(setting GOOGLE_CREDENTIALS_FILE)" ;;
  esac
}
