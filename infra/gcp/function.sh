# shellcheck shell=bash
# One function at a time: the steps of deploying know the present one by the names that are set here.
#
# A file of functions/ holds what is a function's own: its settings, how it is triggered and alarmed, and what
# to do after it is deployed. What it needs before it can start, and how it is started, is the same for all.

# The functions of this environment.
FUNCTIONS=()
# The settings of the whole environment, from which each function takes its own.
declare -A ALL=()
# What the function is told in its environment, by name.
declare -A VARIABLE=()
# Who may send it messages, beside Cloud Scheduler.
PUBLISHERS=()
# What was done once for all functions.
declare -A MADE=()

# Notes which functions there are, and checks their names.
name_functions() {
  local name
  for name in "${!SETTING[@]}"; do ALL[$name]=${SETTING[$name]}; done
  if exports; then FUNCTIONS+=(kintone-export); fi
  if restores; then FUNCTIONS+=(kintone-restore); fi
  if transfers; then FUNCTIONS+=(bigquery-transfer); fi
  if syncs; then FUNCTIONS+=(table-sync); fi
  if migrates; then FUNCTIONS+=(schema-migrate); fi
  each check_accounts
}

# Runs COMMAND for each function; afterwards the settings are those of the environment again.
each() {
  local function
  for function in "${FUNCTIONS[@]}"; do
    use_function "$function"
    "$@"
  done
  SETTING=()
  copy_settings
}

# Runs COMMAND the first time only, whichever function asks.
once() {
  if [[ ! -v MADE["$*"] ]]; then
    MADE["$*"]=yes
    "$@"
  fi
}

# Gives each setting of the environment to SETTING.
copy_settings() {
  local name
  for name in "${!ALL[@]}"; do SETTING["$name"]=${ALL[$name]}; done
}

# Makes NAME the present function, with its own settings.
use_function() {
  FUNCTION=$1
  NAME="tasuki-$ENVIRONMENT-$FUNCTION"
  # Google limits the names of accounts to 30 characters, so a long word is shortened there.
  local account=$ENVIRONMENT-${FUNCTION/bigquery/bq}
  RUNTIME="tasuki-$account@$PROJECT.iam.gserviceaccount.com"
  INVOKER="push-$account@$PROJECT.iam.gserviceaccount.com"
  TRIGGER_TOPIC=$NAME
  DEAD_TOPIC=$NAME-dead
  METRIC=${NAME//-/_}_verified
  # Messages on its topic start a function, unless it says that people open it as a page, or that a pipeline executes it.
  OPENED_BY=messages
  CALLER=serviceAccount:$INVOKER
  # One message at a time in each instance.
  CONCURRENCY=1
  MEMORY_UNLESS_SET=256Mi
  # Where the runs are whose silence is an alarm: in the service, or in the job.
  RUNS_IN=cloud_run_revision
  SETTING=() VARIABLE=() PUBLISHERS=()
  own use
}

# Whether messages start the present function.
takes_messages() {
  [[ $OPENED_BY == messages ]]
}

# Whether it is a service; else it is a job only.
has_service() {
  [[ $OPENED_BY != a-pipeline ]]
}

# Gives the present function what matches one of PATTERNS.
take_settings() {
  local name patterns
  patterns=$(joined '|' "$@")
  for name in "${!ALL[@]}"; do
    if [[ $name =~ ^($patterns)$ ]]; then SETTING["$name"]=${ALL[$name]}; fi
  done
}

# Calls what the present function has of its own: `own use` is `use_kintone_export`.
own() {
  "$1_${FUNCTION//-/_}"
}

# Whether it has that.
owns() {
  declare -F "$1_${FUNCTION//-/_}" >/dev/null
}

observe_function() {
  if takes_messages; then observe_invoker; fi
  if takes_messages; then observe_trigger; fi
  if has_service; then observe_service; fi
  observe_metric
  if owns observe; then own observe; fi
}

# What the function needs before it can start.
prepare_function() {
  once ensure_apis
  once ensure_registry
  ensure_identity
  ensure_secrets
  if uses_bucket; then once ensure_bucket; fi
  own grant
  # What nobody waits for without a service is told by the alarms alone.
  if has_service; then ensure_topics; fi
}

start_function() {
  ensure_image
  name_variables
  if has_service; then ensure_service; fi
  if takes_messages; then ensure_subscriptions "$(service_url)"; fi
  own ensure
}

# The settings as the function reads them: secrets become the paths of their files.
name_variables() {
  local name
  for name in "${!SETTING[@]}"; do
    case $name in
      PROJECT | REGION | SCHEDULE | DRILL_SCHEDULE | ALERT_EMAIL | KEEP_DAYS | MEMORY | CLOUDSQL_INSTANCE | NETWORK | SUBNET) ;;
      TRANSFER_* | SYNC_* | MIGRATE_* | VERIFIED_PUBLISHER) ;;
      *_FILE) VARIABLE[$name]=$SECRETS_FOLDER/${SETTING[$name]}/value ;;
      *) VARIABLE[$name]=${SETTING[$name]} ;;
    esac
  done
  VARIABLE[BUCKET]=${BUCKET_URL:-}
  VARIABLE[GOOGLE_CLOUD_PROJECT]=$PROJECT
  VARIABLE[NOTIFY_TOPIC]=projects/$PROJECT/topics/$NOTIFY_TOPIC
  VARIABLE[TIME_ZONE]=$(setting TIME_ZONE Asia/Tokyo)
  own tell
}
