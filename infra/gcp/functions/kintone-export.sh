# shellcheck shell=bash
# kintone-export: Cloud Scheduler → Pub/Sub → Cloud Run → bucket, and on into a database.

# The settings that only this function has. Patterns, matched against a whole name.
EXPORT_SETTINGS=(
  KEEP_DAYS CLOUDSQL_INSTANCE NETWORK SUBNET
  APPID 'TOKEN(_[1-9][0-9]*)?_FILE' KINTONE_USERNAME KINTONE_PASSWORD_FILE QUERY ORDER_BY FIELDS CSV_DIALECT
  NDJSON_LEVEL ATTACHMENTS INCREMENTAL MAX_SHRINK_PERCENT LOAD_URL LOAD_URL_FILE LOAD_TABLE LOAD_MODE LOAD_COLUMNS
  SCHEDULE
)

# Whether this environment backs up Kintone.
exports() {
  is_set APPID || is_set DOMAIN || is_set KINTONE_BASE_URL
}

check_export() {
  local apps
  if ! exports; then
    refuse_settings "it is for backups of Kintone, but neither DOMAIN nor APPID is set; the schedule of transfers is TRANSFER_SCHEDULE" \
      "${EXPORT_SETTINGS[@]}"
    return
  fi
  require_setting APPID "the number of the app to back up, or several: 1,12"
  check_apps APPID
  match_setting SCHEDULE '[^ ]+( [^ ]+){4}' "a schedule has five fields: minute hour day month weekday, such as 0 3 * * *"
  match_setting KEEP_DAYS '[3-9][0-9]|[1-9][0-9]{2,4}' "at least 30 days, or a fault unseen for a while takes the last good backup along"
  check_load
  check_way_to_database
  IFS=, read -ra apps <<<"${SETTING[APPID]}"
  check_tokens '' kintone-token "${apps[@]}"
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

check_way_to_database() {
  match_setting CLOUDSQL_INSTANCE '[^:]+:[^:]+:[^:]+' "a connection name looks like PROJECT:REGION:INSTANCE; see: gcloud sql instances list"
  if is_set NETWORK && ! is_set SUBNET; then require_setting SUBNET "the subnet of NETWORK in the region"; fi
  if is_set SUBNET && ! is_set NETWORK; then require_setting NETWORK "the network of SUBNET"; fi
}

# With several apps it sends itself one message for each.
# shellcheck disable=SC2034 # the steps read them
use_kintone_export() {
  take_settings "${DEPLOYMENT_SETTINGS[@]}" "${SHARED_SETTINGS[@]}" "${KINTONE_SETTINGS[@]}" "${EXPORT_SETTINGS[@]}"
  # What the deployed binary is built with.
  FEATURES=cloud
  DIGEST_VARIABLE=IMAGE_DIGEST
  if [[ $(setting APPID) == *,* ]]; then PUBLISHERS=("serviceAccount:$RUNTIME"); fi
  # Three at once are gentle with Kintone.
  INSTANCES=3
  # Minutes between deliveries, so that a database that is down for half an hour, or a run that is longer than Pub/Sub
  # waits, does not use them up.
  DELIVERY_ATTEMPTS=5
  SHORTEST_WAIT=300s
  AFTER_ERROR="Backups made before are untouched. When the cause is repaired, run it again: \`gcloud --project=$PROJECT scheduler jobs run $NAME --location=$REGION\`"
  AFTER_ERROR_IN_JAPANESE="以前のバックアップは無事です。原因を直したら上のコマンドで再実行してください。"
  AFTER_SILENCE="The label \`app\` says of which app. Run it now and read its log: \`gcloud --project=$PROJECT scheduler jobs run $NAME --location=$REGION\`"
  AFTER_SILENCE_IN_JAPANESE="26時間、検証済みのバックアップがありません。上のコマンドで実行し、ログを確認してください。"
}

observe_kintone_export() {
  observe_database
}

# Replacing latest.json needs the right to delete, so a role that can only create does not do; versions and soft
# delete are what protects the generations.
grant_kintone_export() {
  grant_on_bucket roles/storage.objectUser "$RUNTIME"
  ensure_database
}

tell_kintone_export() {
  if ((${#PUBLISHERS[@]})); then VARIABLE[FANOUT_TOPIC]=projects/$PROJECT/topics/$TRIGGER_TOPIC; fi
}

ensure_kintone_export() {
  local apps
  ensure_schedule "$(setting SCHEDULE '0 3 * * *')" "$(setting TIME_ZONE Asia/Tokyo)" '{}'
  ensure_metric app
  ensure_alerts
  IFS=, read -ra apps <<<"$(setting APPID)"
  ensure_silence "${apps[@]/#/app=}"
}

next_steps_kintone_export() {
  cat <<WORDS

Run it once now, so that the first alarm on silence has nothing to tell:
  gcloud --project=$PROJECT scheduler jobs run $NAME --location=$REGION
See what it says:
  gcloud --project=$PROJECT run services logs read $NAME --region=$REGION --limit=20
See the backups; latest.json of an app points to its newest verified one:
  gcloud --project=$PROJECT storage ls --recursive $BUCKET_URL
WORDS
}
