# shellcheck shell=bash
# bigquery-transfer: "export verified" on AWS → Pub/Sub → Cloud Run → transfers from S3 into BigQuery, which tell their
# end on the same topic. It is there when DATASET or APP_NAME is set.

# The settings that only this function has. Patterns, matched against a whole name.
TRANSFER_SETTINGS=(
  DATASET APP_NAME ENV LOCATION STACK TARGET_TABLES INCLUDE EXCLUDE DATABASE ENGINE EXPORT_S3_BUCKET S3_EXPORT_BUCKET_NAME
  EXPORT_PREFIX UNWANTED FILE_DELAY RUN_TIMEOUT S3_ACCESS_KEY_ID_FILE S3_SECRET_ACCESS_KEY_FILE VERIFIED_PUBLISHER
  TRANSFER_SCHEDULE TRANSFER_JOB
)

# The last one lets the functions on AWS in, by federation.
TRANSFER_APIS=(bigquery.googleapis.com bigquerydatatransfer.googleapis.com sts.googleapis.com)

# What making, running and looking at transfers of S3 needs in the project, and making the dataset where it is missing:
# one that is not there is below no condition, and who may not look at it is refused instead of being told so.
# Source: "Amazon S3 transfers", required permissions; "Create datasets", required permissions.
TRANSFER_ROLE=tasuki_transfer
TRANSFER_PERMISSIONS=bigquery.datasets.create,bigquery.datasets.get,bigquery.jobs.create
TRANSFER_PERMISSIONS+=,bigquery.transfers.get,bigquery.transfers.update
# What is needed in the dataset, and granted for that one only. Those of the dataset itself are what the service asks of
# whoever makes a transfer, so that its own account can be let in. Those of tables are what a load with WRITE_TRUNCATE asks
# for, which a run does with the account's credentials, and TRUNCATE TABLE. Nothing can be deleted.
# Source: "Amazon S3 transfers", "Authorize accounts for data transfer", "Load Parquet data", required permissions.
TRANSFER_DATA_ROLE=tasuki_transfer_data
TRANSFER_DATA_PERMISSIONS=bigquery.datasets.getIamPolicy,bigquery.datasets.setIamPolicy,bigquery.datasets.update
TRANSFER_DATA_PERMISSIONS+=,bigquery.tables.create,bigquery.tables.get,bigquery.tables.getData,bigquery.tables.list
TRANSFER_DATA_PERMISSIONS+=,bigquery.tables.update,bigquery.tables.updateData
# What the service asks of whoever names a topic for notifications; granted on that topic only.
# Source: "BigQuery Data Transfer Service run notifications", before you begin.
TRANSFER_TOPIC_ROLE=tasuki_transfer_topic
TRANSFER_TOPIC_PERMISSIONS=pubsub.topics.getIamPolicy,pubsub.topics.setIamPolicy

# Whether this environment transfers into BigQuery.
transfers() {
  is_set DATASET || is_set APP_NAME
}

check_transfer() {
  local names='[^,]+(,[^,]+)*' duration='[0-9]+[hms]( ?[0-9]+[ms])*'
  if ! transfers; then
    refuse_settings "it says how to transfer into BigQuery, but neither DATASET nor APP_NAME says where to" "${TRANSFER_SETTINGS[@]}"
    return
  fi
  check_dataset
  match_setting STACK '[A-Za-z0-9_-]+' "letters, digits, _ and -"
  match_setting INCLUDE "$names" "database.table, or database.schema.table, with * for any characters and commas between them"
  match_setting EXCLUDE "$names" "database.table, or database.schema.table, with * for any characters and commas between them"
  match_setting ENGINE 'mysql|postgresql' "mysql or postgresql"
  match_setting EXPORT_S3_BUCKET '[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]' "the name of a bucket of S3"
  match_setting S3_EXPORT_BUCKET_NAME '[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]' "the name of a bucket of S3"
  match_setting EXPORT_PREFIX '([^/]+/)*[^/]*\{date\}[^/]*(/[^/]+)*' "the folder of an export with {date} for its date and no / at either end, such as export-id-prod-{date}"
  match_setting TRANSFER_SCHEDULE '[A-Za-z0-9,:]+( [A-Za-z0-9,:]+)+' "as BigQuery writes it, in UTC, such as every day 17:00"
  match_setting UNWANTED 'report|disable|delete' "report, disable or delete"
  match_setting FILE_DELAY "$duration" "minutes and seconds, such as 5m"
  match_setting RUN_TIMEOUT "$duration" "hours and minutes, such as 6h"
  match_setting TRANSFER_JOB 'on' "on, or leave it away"
  match_setting VERIFIED_PUBLISHER \
    'serviceAccount:[^@ ]+@[^@ ]+|principal(Set)?://iam\.googleapis\.com/projects/[0-9]+/locations/global/workloadIdentityPools/[^ ]+' \
    "who may publish, as in a policy: serviceAccount:NAME@PROJECT.iam.gserviceaccount.com, or principalSet://iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/attribute.aws_role/…"
  check_target_tables
  check_key
}

# The dataset must have a name that BigQuery takes, and that deploy.sh can give rights for.
check_dataset() {
  is_set ENV || SETTING[ENV]=$ENVIRONMENT
  match_setting ENV '[A-Za-z0-9]+(-[A-Za-z0-9]+)*' "letters, digits and single hyphens, such as prod, as on AWS"
  match_setting LOCATION '[A-Za-z]+(-[a-z]+[0-9]+)?' "a location of BigQuery, such as asia-northeast1 or US"
  match_setting DATASET '[A-Za-z0-9_]{1,1024}' "a dataset's name has letters, digits and _"
  if ! is_set DATASET && [[ ! $(dataset) =~ ^[A-Za-z0-9_]{1,1024}$ ]]; then
    refuse_setting APP_NAME "the dataset would be called \`$(dataset)\`, and may have letters, digits and _; write DATASET=NAME instead"
  fi
}

# The article's name, unless another one is set.
dataset() {
  setting DATASET "$(setting APP_NAME)_$(setting ENV)_rds_data"
}

check_target_tables() {
  is_set TARGET_TABLES || return 0
  if [[ ! -f $(target_tables) ]]; then
    refuse_setting TARGET_TABLES "there is no such file; it is looked for from infra/environments"
  elif ! grep -Eqv '^[[:space:]]*(#.*)?$' "$(target_tables)"; then
    refuse_setting TARGET_TABLES "the file names no table; write one a line"
  fi
}

# The path of TARGET_TABLES, which is written as seen from the settings.
target_tables() {
  case $(setting TARGET_TABLES) in
    /*) setting TARGET_TABLES ;;
    *) printf '%s/infra/environments/%s' "$ROOT" "$(setting TARGET_TABLES)" ;;
  esac
}

# The key has two parts, which AWS gives at once and of which it shows the second only then: so both can be given at once.
check_key() {
  is_set S3_ACCESS_KEY_ID_FILE || SETTING[S3_ACCESS_KEY_ID_FILE]=s3-access-key-id
  is_set S3_SECRET_ACCESS_KEY_FILE || SETTING[S3_SECRET_ACCESS_KEY_FILE]=s3-secret-access-key
  PARTS["s3-key"]="$(setting S3_ACCESS_KEY_ID_FILE) $(setting S3_SECRET_ACCESS_KEY_FILE)"
  ORIGIN["s3-key"]="aws iam create-access-key --user-name READER --query 'AccessKey.[AccessKeyId,SecretAccessKey]' --output text"
}

# shellcheck disable=SC2034 # the steps read them
use_bigquery_transfer() {
  take_settings "${DEPLOYMENT_SETTINGS[@]}" "${SHARED_SETTINGS[@]}" "${TRANSFER_SETTINGS[@]}"
  FEATURES=cloud
  DIGEST_VARIABLE=TRANSFER_IMAGE_DIGEST
  # Two at once are safe, but the second would mostly find that the first one writes.
  INSTANCES=1
  # At night hundreds of transfers tell their end within minutes, and one instance takes one message at a time: those that
  # it has to turn away come again soon, and often.
  DELIVERY_ATTEMPTS=100
  SHORTEST_WAIT=10s
  TRANSFER_AGENT="serviceAccount:service-${PROJECT_NUMBER:-}@gcp-sa-bigquerydatatransfer.iam.gserviceaccount.com"
  PUBLISHERS=("$TRANSFER_AGENT")
  if is_set VERIFIED_PUBLISHER; then PUBLISHERS+=("$(setting VERIFIED_PUBLISHER)"); fi
  if is_set TARGET_TABLES; then
    TABLES_URL="$BUCKET_URL/$FUNCTION/target_tables-$(fingerprint <"$(target_tables)").txt"
  fi
  AFTER_ERROR="Each table keeps what was last loaded into it. When the cause is repaired, start the day again by a message with its \`date\` and \`force\`, such as functions/$FUNCTION/events/force.json: \`gcloud --project=$PROJECT pubsub topics publish $TRIGGER_TOPIC --message=…\`"
  AFTER_ERROR_IN_JAPANESE="各テーブルには前回取り込んだデータが残っています。原因を直したら、その日の date と force を持つメッセージを上のコマンドで送ってください。"
  AFTER_SILENCE="Either no verified export was told of (look at rds-snapshot-export on AWS, and at its VERIFIED_TOPIC), or a transfer has not ended. Read its log: \`gcloud --project=$PROJECT run services logs read $NAME --region=$REGION --limit=50\`"
  AFTER_SILENCE_IN_JAPANESE="26時間、BigQueryへの検証済みの転送がありません。AWS側のエクスポートと上のコマンドのログを確認してください。"
}

observe_bigquery_transfer() {
  observe_policy cloudresourcemanager project-policy projects get-iam-policy "$PROJECT"
  observe_policy iam "account-policy-$FUNCTION" iam service-accounts get-iam-policy "$RUNTIME"
  observe_role "$TRANSFER_ROLE" "$PROJECT"
  observe_role "$TRANSFER_DATA_ROLE" "$PROJECT"
  observe_role "$TRANSFER_TOPIC_ROLE" "$PROJECT"
  if is_set TARGET_TABLES; then observe_if storage target-tables storage objects describe "$TABLES_URL" --format='value(name)'; fi
  if has_job; then observe_job; fi
}

grant_bigquery_transfer() {
  ensure_transfer_agent
  grant_transfers
  grant_data
  # A transfer that a service account makes runs as one, and whoever makes it must be able to act as that: here as itself.
  # Source: "Use service accounts with BigQuery Data Transfer Service", required permissions.
  grant "account-policy-$FUNCTION" roles/iam.serviceAccountUser "serviceAccount:$RUNTIME" "itself" \
    iam service-accounts add-iam-policy-binding "$RUNTIME"
  # Who may not list a bucket is refused an object that is not there, instead of being told so. It sees names, and of
  # contents only its own.
  # Source: Cloud Storage, "IAM permissions for JSON methods", objects.get.
  grant_on_bucket roles/storage.legacyBucketReader "$RUNTIME"
  grant_below roles/storage.objectUser "$RUNTIME" "$(runs_folder)"
  if is_set TARGET_TABLES; then ensure_target_tables; fi
}

# The service's own account, which Google makes when it is first asked for. It then has its role, too, unless it was
# made like this.
# Source: "Enable the BigQuery Data Transfer Service", manual service agent creation.
ensure_transfer_agent() {
  local role=roles/bigquerydatatransfer.serviceAgent
  observed_line project-policy "$role"$'\t'"$TRANSFER_AGENT"$'\t' ||
    change "let the BigQuery Data Transfer Service have its own account" \
      beta services identity create --service=bigquerydatatransfer.googleapis.com
  grant project-policy "$role" "$TRANSFER_AGENT" "$PROJECT" projects add-iam-policy-binding "$PROJECT" --condition=None
}

grant_transfers() {
  ensure_role "$TRANSFER_ROLE" "$PROJECT" "Tasuki: transfers into BigQuery" "$TRANSFER_PERMISSIONS"
  grant project-policy "projects/$PROJECT/roles/$TRANSFER_ROLE" "serviceAccount:$RUNTIME" "$PROJECT" \
    projects add-iam-policy-binding "$PROJECT" --condition=None
}

# On the one dataset, which need not be there yet.
grant_data() {
  local name
  name=$(dataset)
  ensure_role "$TRANSFER_DATA_ROLE" "$PROJECT" "Tasuki: what transfers load into" "$TRANSFER_DATA_PERMISSIONS"
  grant_where project-policy "projects/$PROJECT/roles/$TRANSFER_DATA_ROLE" "serviceAccount:$RUNTIME" "the dataset $name" \
    "tasuki-$(printf '%s' "$name" | fingerprint)" \
    "resource.service == 'bigquery.googleapis.com' && (resource.name == 'projects/$PROJECT/datasets/$name' || resource.name.startsWith('projects/$PROJECT/datasets/$name/'))" \
    projects add-iam-policy-binding "$PROJECT"
}

# The list goes beside the run records, under a name that tells its content: a revision of the service keeps its own.
ensure_target_tables() {
  if [[ -s $STATE/target-tables ]]; then
    unchanged "list of tables ${TABLES_URL##*/}"
  else
    change "put $(setting TARGET_TABLES) to $TABLES_URL" storage cp "$(target_tables)" "$TABLES_URL"
  fi
  grant_below roles/storage.objectViewer "$RUNTIME" "$(folder_of "$BUCKET_URL/$FUNCTION")"
}

tell_bigquery_transfer() {
  unset "VARIABLE[BUCKET]"
  VARIABLE[RUNS_URL]=$(setting RUNS_URL "$BUCKET_URL/runs")
  VARIABLE[NOTIFICATION_TOPIC]=projects/$PROJECT/topics/$TRIGGER_TOPIC
  VARIABLE[SERVICE_ACCOUNT]=$RUNTIME
  if is_set TARGET_TABLES; then VARIABLE[TARGET_TABLES]=$TABLES_URL; fi
  if is_set TRANSFER_SCHEDULE; then VARIABLE[SCHEDULE]=$(setting TRANSFER_SCHEDULE); fi
}

has_job() {
  is_set TRANSFER_JOB
}

ensure_bigquery_transfer() {
  # What is told of by nobody is looked at: a transfer whose end was not told, and files that were too new.
  ensure_schedule '*/5 * * * *' "$(setting TIME_ZONE Asia/Tokyo)" '{}'
  ensure_topic_rights
  if has_job; then ensure_job; fi
  ensure_metric source
  ensure_alerts
  ensure_silence
}

ensure_topic_rights() {
  ensure_role "$TRANSFER_TOPIC_ROLE" "$PROJECT" "Tasuki: the topic that transfers tell" "$TRANSFER_TOPIC_PERMISSIONS"
  grant "trigger-policy-$FUNCTION" "projects/$PROJECT/roles/$TRANSFER_TOPIC_ROLE" "serviceAccount:$RUNTIME" "$TRIGGER_TOPIC" \
    pubsub topics add-iam-policy-binding "$TRIGGER_TOPIC"
}

next_steps_bigquery_transfer() {
  cat <<WORDS

In the settings on AWS, so that each verified export is transferred at once:
  VERIFIED_TOPIC=projects/$PROJECT/topics/$TRIGGER_TOPIC
See which transfers would be made, make them now, or only check them (the log tells the answer):
  gcloud --project=$PROJECT pubsub topics publish $TRIGGER_TOPIC --message='{"reconcile": true, "dryRun": true}'
  gcloud --project=$PROJECT pubsub topics publish $TRIGGER_TOPIC --message='{"reconcile": true}'
  gcloud --project=$PROJECT pubsub topics publish $TRIGGER_TOPIC --message='{"check": true}'
  gcloud --project=$PROJECT run services logs read $NAME --region=$REGION --limit=20
See how each night ended:
  gcloud --project=$PROJECT storage ls --recursive gs://$BUCKET_NAME/$(runs_folder)
After a new key was given and deployed, each transfer gets it by:
  gcloud --project=$PROJECT pubsub topics publish $TRIGGER_TOPIC --message='{"reconcile": true, "force": true}'
WORDS
  if is_set VERIFIED_PUBLISHER; then
    printf 'Told of exports by: %s\n' "$(setting VERIFIED_PUBLISHER)"
  else
    printf 'Nobody but people may tell of exports yet: set VERIFIED_PUBLISHER; infra/README.md says how.\n'
  fi
  if has_job; then next_steps_of_job 'Start a day again' '{"date": "2026-11-21", "force": true}'; fi
}
