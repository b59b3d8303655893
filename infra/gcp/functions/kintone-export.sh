# shellcheck shell=bash
# kintone-export: Cloud Scheduler → Pub/Sub → Cloud Run → bucket, and on into a database.

# The variables that the function reads, as it names them. Patterns, matched against a whole name.
EXPORT_SETTINGS=(
  APPID 'TOKEN(_[1-9][0-9]*)?_FILE' KINTONE_USERNAME KINTONE_PASSWORD_FILE QUERY ORDER_BY FIELDS CSV_DIALECT
  NDJSON_LEVEL ATTACHMENTS INCREMENTAL MAX_SHRINK_PERCENT LOAD_URL LOAD_URL_FILE LOAD_TABLE LOAD_MODE LOAD_COLUMNS
)

check_export() {
  local apps
  require_setting APPID "the number of the app to back up, or several: 1,12"
  check_apps APPID
  check_load
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

# Its settings are all but the restore's. With several apps it sends itself one message for each.
# shellcheck disable=SC2034 # the steps read them
use_kintone_export() {
  local name
  for name in "${!SETTING[@]}"; do
    if [[ $name =~ $RESTORE_PATTERN ]]; then unset "SETTING[$name]"; fi
  done
  # What the deployed binary is built with.
  FEATURES=cloud
  DIGEST_VARIABLE=IMAGE_DIGEST
  if [[ $(setting APPID) == *,* ]]; then FANS_OUT=yes; else FANS_OUT=no; fi
  # Three at once are gentle with Kintone.
  INSTANCES=3
  # Minutes between deliveries, so that a database that is down for half an hour, or a run that is longer than Pub/Sub
  # waits, does not use them up.
  DELIVERY_ATTEMPTS=5
  SHORTEST_WAIT=300s
  AFTER_ERROR="Backups made before are untouched. When the cause is repaired, run it again: \`gcloud --project=$PROJECT scheduler jobs run $NAME --location=$REGION\`"
  AFTER_ERROR_IN_JAPANESE="以前のバックアップは無事です。原因を直したら上のコマンドで再実行してください。"
}

# Replacing latest.json needs the right to delete, so a role that can only create does not do; versions and soft
# delete are what protects the generations.
grant_kintone_export() {
  grant_on_bucket roles/storage.objectUser "$RUNTIME"
}

tell_kintone_export() {
  if [[ $FANS_OUT == yes ]]; then VARIABLE[FANOUT_TOPIC]=projects/$PROJECT/topics/$TRIGGER_TOPIC; fi
}

ensure_kintone_export() {
  local apps
  ensure_schedule "$(setting SCHEDULE '0 3 * * *')" "$(setting TIME_ZONE Asia/Tokyo)" '{}'
  ensure_metric
  ensure_alerts
  IFS=, read -ra apps <<<"$(setting APPID)"
  ensure_silence "${apps[@]}"
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
