# shellcheck shell=bash
# table-sync: people → IAP → a page on Cloud Run → two databases. It is there when TABLES is set.
#
# No message starts it. With SYNC_JOB there is a job beside the page, and with SYNC_SCHEDULE that compares by itself.

# The settings of the environment that only this function reads. Patterns, matched against a whole name. The rest is as the
# function calls it; what another function calls so, too, or what only deploying needs, begins with SYNC_.
SYNC_SETTINGS=(
  TABLES KEYS TIMES LEAVE_OUT COMPARE EXACT PARALLEL LOCK_TIMEOUT STATEMENT_TIMEOUT DELETE_ROWS_MAX DELETE_PERCENT_MAX
  PLAN_MAX_AGE SOURCE_NAME TARGET_NAME PLANS_URL APPROVERS PAGE_LANGUAGE SOURCE_URL_FILE TARGET_URL_FILE APPLY_URL_FILE
  REVERSE_APPLY_URL_FILE PAGE_SECRET_FILE
  SYNC_CA_FILE SYNC_USERS SYNC_EXCLUDE SYNC_CLOUDSQL_INSTANCES SYNC_NETWORK SYNC_SUBNET SYNC_JOB SYNC_SCHEDULE
)

# Whether this environment synchronises tables.
syncs() {
  is_set TABLES
}

check_sync() {
  local names='[^,]+(,[^,]+)*' columns='[^,:]+:[^,:]+(,[^,:]+:[^,:]+)*' duration='[0-9]+[hms]( ?[0-9]+[ms])*'
  if ! syncs; then
    refuse_settings "it says how to synchronise tables, but TABLES does not say which" "${SYNC_SETTINGS[@]}"
    return
  fi
  match_setting TABLES "$names" "schema.table, with * for any characters and commas between them"
  match_setting SYNC_EXCLUDE "$names" "schema.table, with * for any characters and commas between them"
  match_setting KEYS "$columns" "schema.table:column+column, with commas between tables"
  match_setting TIMES "$columns" "schema.table:column, with commas between tables"
  match_setting LEAVE_OUT "$columns" "schema.table:column+column, with commas between tables"
  match_setting COMPARE 'content|time' "content or time"
  match_setting EXACT 'on|off' "on or off"
  match_setting PARALLEL '[1-9]|[12][0-9]|3[0-2]' "1 to 32 sessions a side"
  match_setting LOCK_TIMEOUT "$duration" "seconds, such as 5s"
  match_setting STATEMENT_TIMEOUT "$duration" "minutes, such as 5m"
  match_setting PLAN_MAX_AGE "$duration" "hours, such as 24h"
  match_setting DELETE_ROWS_MAX '[0-9]+' "a number of rows"
  match_setting DELETE_PERCENT_MAX '[0-9]|[1-9][0-9]|100' "0 to 100"
  match_setting PAGE_LANGUAGE 'ja|en' "ja or en; without it as the browser asks"
  check_plans
  check_sync_people
  check_sync_databases
  check_sync_job
  match_setting MEMORY '(51[2-9]|5[2-9][0-9]|[6-9][0-9]{2}|[1-9][0-9]{3,})Mi|[1-9][0-9]*Gi' \
    "the page works on after its answers, and Cloud Run wants 512Mi for that"
}

check_plans() {
  match_setting PLANS_URL "gs://${BUCKET_NAME:-}/.+" "plans go into a folder of the bucket of the run records, the only one that the function may write to: gs://${BUCKET_NAME:-BUCKET}/plans"
}

# Who is named by an address alone is a user.
check_sync_people() {
  local address='[^@ ,:]+@[^@ ,:]+'
  require_setting SYNC_USERS "who may open the page: e-mail addresses, or group:ADDRESS, with commas between them"
  remove_blanks SYNC_USERS
  remove_blanks APPROVERS
  match_setting SYNC_USERS "((user:|group:)?$address|domain:[^@ ,:]+)(,((user:|group:)?$address|domain:[^@ ,:]+))*" \
    "e-mail addresses, group:ADDRESS or domain:DOMAIN, with commas between them"
  match_setting APPROVERS "$address(,$address)*" "e-mail addresses with commas between them; IAP tells of a person, not of a group"
}

# The addresses hold passwords, so all of them are secrets.
check_sync_databases() {
  remove_blanks SYNC_CLOUDSQL_INSTANCES
  match_setting SYNC_CLOUDSQL_INSTANCES '[^:, ]+:[^:, ]+:[^:, ]+(,[^:, ]+:[^:, ]+:[^:, ]+)*' \
    "connection names look like PROJECT:REGION:INSTANCE, with commas between them; see: gcloud sql instances list"
  if is_set SYNC_NETWORK; then require_setting SYNC_SUBNET "the subnet of SYNC_NETWORK in the region"; fi
  if is_set SYNC_SUBNET; then require_setting SYNC_NETWORK "the network of SYNC_SUBNET"; fi
  is_set SOURCE_URL_FILE || SETTING[SOURCE_URL_FILE]=source-url
  is_set TARGET_URL_FILE || SETTING[TARGET_URL_FILE]=target-url
  # One for each start would do, were it not that a form outlives the instance that made it.
  is_set PAGE_SECRET_FILE || SETTING[PAGE_SECRET_FILE]=page-secret
  PARTS["$(setting PAGE_SECRET_FILE)"]=$(setting PAGE_SECRET_FILE)
  ORIGIN["$(setting PAGE_SECRET_FILE)"]='openssl rand -hex 32'
}

check_sync_job() {
  match_setting SYNC_JOB 'on' "on, or leave it away"
  match_setting SYNC_SCHEDULE '[^ ]+( [^ ]+){4}' "a schedule has five fields: minute hour day month weekday, such as 0 6 * * *"
  if is_set SYNC_SCHEDULE; then require_setting SYNC_JOB "a schedule executes the job: write SYNC_JOB=on, or take SYNC_SCHEDULE away"; fi
}

# shellcheck disable=SC2034 # the steps read them
use_table_sync() {
  take_settings "${DEPLOYMENT_SETTINGS[@]}" "${SHARED_SETTINGS[@]}" "${SYNC_SETTINGS[@]}"
  # The steps that reach databases know these by one name.
  SETTING[CLOUDSQL_INSTANCE]=$(setting SYNC_CLOUDSQL_INSTANCES)
  SETTING[NETWORK]=$(setting SYNC_NETWORK)
  SETTING[SUBNET]=$(setting SYNC_SUBNET)
  FEATURES=cloud
  DIGEST_VARIABLE=SYNC_IMAGE_DIGEST
  OPENED_BY=people
  CALLER=$(iap_agent)
  # One: what a person approved is applied where it was approved, and many people read at the same time.
  INSTANCES=1
  CONCURRENCY=80
  # The least that Cloud Run gives to what works after its answers.
  MEMORY_UNLESS_SET=512Mi
  if is_set SYNC_SCHEDULE; then RUNS_IN=cloud_run_job; fi
  AFTER_ERROR="Nothing was written, or all that was approved: never a part; the page says which. When the cause is repaired, compare again and approve the new plan."
  AFTER_ERROR_IN_JAPANESE="承認した内容は、すべて書き込まれたか、まったく書き込まれていないかのどちらかです。画面で確認し、原因を直したら、もう一度比較して承認してください。"
  AFTER_SILENCE="The nightly comparison did not run to its end. Run it now and read its log: \`gcloud --project=$PROJECT run jobs execute $NAME --region=$REGION --wait\`"
  AFTER_SILENCE_IN_JAPANESE="定期の比較が26時間終わっていません。上のコマンドで実行し、ログを確認してください。"
}

observe_table_sync() {
  each_instance observe_sql_policy
  if is_set SYNC_JOB; then observe_job; fi
  if is_set SYNC_SCHEDULE; then observe_executions; fi
}

# It reads and writes plans and run records only; what it lists are names.
grant_table_sync() {
  if is_set SYNC_SCHEDULE; then ensure_invoker; fi
  ensure_iap_agent
  grant_on_bucket roles/storage.legacyBucketReader "$RUNTIME"
  grant_below roles/storage.objectUser "$RUNTIME" "$(runs_folder)"
  grant_below roles/storage.objectUser "$RUNTIME" "$(folder_of "$(plans_url)")"
  each_instance grant_on_instance roles/cloudsql.client
}

plans_url() {
  setting PLANS_URL "$BUCKET_URL/plans"
}

tell_table_sync() {
  unset "VARIABLE[BUCKET]"
  VARIABLE[RUNS_URL]=$(setting RUNS_URL "$BUCKET_URL/runs")
  VARIABLE[PLANS_URL]=$(plans_url)
  VARIABLE[IAP_AUDIENCE]=$(iap_audience)
  if is_set SYNC_EXCLUDE; then VARIABLE[EXCLUDE]=$(setting SYNC_EXCLUDE); fi
}

ensure_table_sync() {
  local people
  read -ra people <<<"$(sync_users)"
  ensure_visitors "${people[@]}"
  if is_set SYNC_JOB; then ensure_job; fi
  ensure_alerts
  if is_set SYNC_SCHEDULE; then
    ensure_executions "$(setting SYNC_SCHEDULE)" "$(setting TIME_ZONE Asia/Tokyo)"
    ensure_metric source
    ensure_silence source=diff
  fi
}

# SYNC_USERS as policies write them, with blanks between them.
sync_users() {
  setting SYNC_USERS | tr , '\n' | sed '/:/! s/^/user:/' | paste -sd ' '
}

next_steps_table_sync() {
  cat <<WORDS

Open the page, and compare:
  $(service_url)/
See what it says:
  gcloud --project=$PROJECT run services logs read $NAME --region=$REGION --limit=20
The two roles in the databases are made once by a person; functions/$FUNCTION/README.md says how.
WORDS
  is_set APPLY_URL_FILE || printf 'Nothing can be applied yet: set APPLY_URL_FILE=apply-url.\n'
  if is_set SYNC_JOB; then next_steps_of_job 'Compare without the page' '{}'; fi
}
