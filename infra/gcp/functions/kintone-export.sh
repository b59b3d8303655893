# shellcheck shell=bash
# kintone-export: Cloud Scheduler → Pub/Sub → Cloud Run → bucket, and on into a database.

FUNCTION=kintone-export
# What the deployed binary is built with.
FUNCTION_FEATURES=cloud
# The variables that the function reads, as it names them. Patterns, matched against a whole name.
FUNCTION_SETTINGS=(
  DOMAIN KINTONE_BASE_URL APPID 'TOKEN(_[1-9][0-9]*)?_FILE' KINTONE_USERNAME KINTONE_PASSWORD_FILE
  KINTONE_BASIC_AUTH_USERNAME KINTONE_BASIC_AUTH_PASSWORD_FILE KINTONE_GUEST_SPACE_ID KINTONE_CA_FILE WINDOWS
  QUERY ORDER_BY FIELDS CSV_DIALECT NDJSON_LEVEL ATTACHMENTS INCREMENTAL MAX_SHRINK_PERCENT RUNS_URL
  LOAD_URL LOAD_URL_FILE LOAD_TABLE LOAD_MODE LOAD_COLUMNS NOTIFY_WEBHOOK_FILE NOTIFY_LANGUAGE LOG_LEVEL
)
# What the function is told in its environment, by name.
declare -A VARIABLE=()

check_function() {
  local name
  is_set KINTONE_BASE_URL || require_setting DOMAIN "the first label of your Kintone address, such as example for example.cybozu.com"
  require_setting APPID "the number of the app to back up, or several: 1,12"
  require_setting BUCKET "the bucket of the backups: a name, or gs://name/folder"
  SETTING[APPID]=${SETTING[APPID]:-}
  SETTING[APPID]=${SETTING[APPID]//[[:space:]]/}
  match_setting APPID '[1-9][0-9]*(,[1-9][0-9]*)*' "app numbers with commas between them, such as 1,12"
  check_bucket
  check_load
  for name in "${!SETTING[@]}"; do
    if [[ $name == *_FILE ]]; then
      match_setting "$name" '[a-z][a-z0-9-]*[a-z0-9]' "the short name of a secret, such as kintone-token; its value goes to ./deploy.sh gcp $ENVIRONMENT secret NAME"
    fi
  done
  check_tokens
}

# A token for each app, unless a user logs in. Without a word about it there is one for all.
check_tokens() {
  local apps app
  if is_set KINTONE_USERNAME; then
    require_setting KINTONE_PASSWORD_FILE "the secret that holds the password of KINTONE_USERNAME"
    return
  fi
  [[ " ${!SETTING[*]} " =~ \ TOKEN(_[0-9]+)?_FILE\  ]] || SETTING[TOKEN_FILE]=kintone-token
  IFS=, read -ra apps <<<"${SETTING[APPID]}"
  for app in "${apps[@]}"; do
    is_set TOKEN_FILE ||
      require_setting "TOKEN_${app}_FILE" "the secret that holds the API token of app $app; TOKEN_FILE is for all apps"
  done
}

# BUCKET as an address, and the name in it, which is what is made and granted.
check_bucket() {
  is_set BUCKET || return 0
  match_setting BUCKET '(gs://)?[a-z0-9][a-z0-9._-]{1,220}[a-z0-9](/.*)?' "a bucket's name, or gs://name/folder"
  BUCKET_URL="gs://${SETTING[BUCKET]#gs://}"
  BUCKET_NAME=${BUCKET_URL#gs://}
  BUCKET_NAME=${BUCKET_NAME%%/*}
  match_setting RUNS_URL "gs://$BUCKET_NAME(/.*)?" "run records go into the bucket of the backups, the only one that the function may write to: gs://$BUCKET_NAME/runs"
}

check_load() {
  if [[ $(setting LOAD_URL) =~ ://[^/@]*:[^/@]+@|[?\&]password= ]]; then
    # The value is not shown: it holds a password.
    FAULTS+=("LOAD_URL holds a password: remove the line, write LOAD_URL_FILE=load-url, and give the address to ./deploy.sh gcp $ENVIRONMENT secret load-url")
  fi
  if imports; then
    match_setting LOAD_URL 'cloudsql-import://[^/:]+/[^/:]+/[^/]+' "write cloudsql-import://project/instance/database"
  fi
  if is_set LOAD_URL && is_set LOAD_URL_FILE; then
    refuse_setting LOAD_URL_FILE "LOAD_URL is set too; keep one of the two"
  fi
}

# Several apps: the function sends itself one message for each.
fans_out() {
  [[ $(setting APPID) == *,* ]]
}

deploy_function() {
  local apps
  name_accounts
  name_topics
  observe_everything
  ensure_apis
  ensure_registry
  ensure_identity
  ensure_secrets
  ensure_bucket
  ensure_database
  ensure_topics
  require_secret_values
  ensure_image
  name_variables
  ensure_service
  ensure_subscriptions "$(service_url)"
  ensure_schedule "$(setting SCHEDULE '0 3 * * *')" "$(setting TIME_ZONE Asia/Tokyo)"
  IFS=, read -ra apps <<<"$(setting APPID)"
  ensure_alerts "${apps[@]}"
}

observe_everything() {
  observe_registry
  observe_identity
  observe_secrets
  observe_bucket
  observe_database
  observe_topics
  observe_service
  observe_schedule
  observe_alerts
  finish_reads
}

# The settings as the function reads them: secrets become the paths of their files.
name_variables() {
  local name
  for name in "${!SETTING[@]}"; do
    case $name in
      PROJECT | REGION | SCHEDULE | ALERT_EMAIL | KEEP_DAYS | MEMORY | CLOUDSQL_INSTANCE | NETWORK | SUBNET) ;;
      *_FILE) VARIABLE[$name]=$SECRETS_FOLDER/${SETTING[$name]}/value ;;
      *) VARIABLE[$name]=${SETTING[$name]} ;;
    esac
  done
  VARIABLE[BUCKET]=$BUCKET_URL
  VARIABLE[GOOGLE_CLOUD_PROJECT]=$PROJECT
  VARIABLE[NOTIFY_TOPIC]=projects/$PROJECT/topics/$NOTIFY_TOPIC
  VARIABLE[TIME_ZONE]=$(setting TIME_ZONE Asia/Tokyo)
  if fans_out; then VARIABLE[FANOUT_TOPIC]=projects/$PROJECT/topics/$TRIGGER_TOPIC; fi
}

next_steps() {
  cat <<WORDS

Run it once now, so that the first alarm on silence has nothing to tell:
  gcloud --project=$PROJECT scheduler jobs run $NAME --location=$REGION
See what it says:
  gcloud --project=$PROJECT run services logs read $NAME --region=$REGION --limit=20
See the backups; latest.json of an app points to its newest verified one:
  gcloud --project=$PROJECT storage ls --recursive $BUCKET_URL
WORDS
}
