# shellcheck shell=bash
# Deploying to Google Cloud: read the settings, read what is there, change what differs, sum up.
#
# An environment holds one function or two, from the same settings. What they share is made once; the rest is
# made for each in turn, by the same steps.

# shellcheck source=infra/gcp/lib.sh
source "$ROOT/infra/gcp/lib.sh"
# shellcheck source=infra/gcp/function.sh
source "$ROOT/infra/gcp/function.sh"
# shellcheck source=infra/gcp/kintone.sh
source "$ROOT/infra/gcp/kintone.sh"
# shellcheck source=infra/gcp/apis.sh
source "$ROOT/infra/gcp/apis.sh"
# shellcheck source=infra/gcp/registry.sh
source "$ROOT/infra/gcp/registry.sh"
# shellcheck source=infra/gcp/image.sh
source "$ROOT/infra/gcp/image.sh"
# shellcheck source=infra/gcp/identity.sh
source "$ROOT/infra/gcp/identity.sh"
# shellcheck source=infra/gcp/secret.sh
source "$ROOT/infra/gcp/secret.sh"
# shellcheck source=infra/gcp/bucket.sh
source "$ROOT/infra/gcp/bucket.sh"
# shellcheck source=infra/gcp/database.sh
source "$ROOT/infra/gcp/database.sh"
# shellcheck source=infra/gcp/topic.sh
source "$ROOT/infra/gcp/topic.sh"
# shellcheck source=infra/gcp/service.sh
source "$ROOT/infra/gcp/service.sh"
# shellcheck source=infra/gcp/schedule.sh
source "$ROOT/infra/gcp/schedule.sh"
# shellcheck source=infra/gcp/alerts.sh
source "$ROOT/infra/gcp/alerts.sh"
# shellcheck source=infra/gcp/functions/kintone-export.sh
source "$ROOT/infra/gcp/functions/kintone-export.sh"
# shellcheck source=infra/gcp/functions/kintone-restore.sh
source "$ROOT/infra/gcp/functions/kintone-restore.sh"

SAMPLE_SETTINGS=infra/environments/sample.env
# What every function of an environment shares. Patterns, matched against a whole name.
DEPLOYMENT_SETTINGS=(PROJECT REGION SCHEDULE TIME_ZONE ALERT_EMAIL BUCKET KEEP_DAYS MEMORY CLOUDSQL_INSTANCE NETWORK SUBNET)

# How to give the secret NAME, which can't be in the file.
secret_repair() {
  printf 'write %s_FILE=SECRET-NAME, and give the value to ./deploy.sh gcp ENV secret SECRET-NAME' "$1"
}

deploy_gcp() {
  ENVIRONMENT=$1
  local action=$2 secret=$3
  PLAN=$4
  local file="infra/environments/$ENVIRONMENT.env"
  [[ $ENVIRONMENT =~ ^[a-z][a-z0-9-]*[a-z0-9]$ ]] ||
    refuse_usage "\`$ENVIRONMENT\` can't be an environment: use lower-case letters, digits and -, such as prod"
  [[ -f $ROOT/$file ]] || fail "$file does not exist; copy $SAMPLE_SETTINGS to it and fill it in" 2

  read_settings "$ROOT/$file" "${DEPLOYMENT_SETTINGS[@]}" "${KINTONE_SETTINGS[@]}" "${EXPORT_SETTINGS[@]}" "${RESTORE_SETTINGS[@]}"
  check_deployment
  check_kintone
  check_export
  check_restore
  finish_settings "$file"
  name_functions
  require_gcloud

  STATE=$(mktemp -d)
  trap 'rm -rf "$STATE"' EXIT
  start_words
  observe_project
  case $action in
    secret) add_secret_version "$secret" ;;
    deploy) deploy_functions ;;
  esac
  sum_up "$action"
}

check_deployment() {
  require_setting PROJECT "the id of the Google Cloud project"
  match_setting PROJECT '[a-z][a-z0-9-]{4,28}[a-z0-9]' "a project id is 6 to 30 lower-case letters, digits and -"
  match_setting REGION '[a-z]+-[a-z]+[0-9]+' "a region looks like asia-northeast1"
  require_setting ALERT_EMAIL "the address that alarms are sent to"
  match_setting ALERT_EMAIL '[^@ ]+@[^@ ]+' "an e-mail address has one @"
  match_setting SCHEDULE '[^ ]+( [^ ]+){4}' "a schedule has five fields: minute hour day month weekday, such as 0 3 * * *"
  match_setting KEEP_DAYS '[3-9][0-9]|[1-9][0-9]{2,4}' "at least 30 days, or a fault unseen for a while takes the last good backup along"
  match_setting MEMORY '[1-9][0-9]*(Mi|Gi)' "a memory limit looks like 256Mi or 1Gi"
  match_setting CLOUDSQL_INSTANCE '[^:]+:[^:]+:[^:]+' "a connection name looks like PROJECT:REGION:INSTANCE; see: gcloud sql instances list"
  if is_set NETWORK && ! is_set SUBNET; then require_setting SUBNET "the subnet of NETWORK in the region"; fi
  if is_set SUBNET && ! is_set NETWORK; then require_setting NETWORK "the network of SUBNET"; fi
  PROJECT=$(setting PROJECT)
  REGION=$(setting REGION asia-northeast1)
  LABELS="tasuki=$ENVIRONMENT"
  NOTIFY_TOPIC=tasuki-$ENVIRONMENT-notify
}

# All reads, then what the functions share and what each needs to start, then each function.
deploy_functions() {
  observe_shared
  each observe_function
  finish_reads
  each prepare_function
  require_secret_values
  each start_function
}

observe_shared() {
  observe_registry
  observe_identity
  observe_secrets
  observe_bucket
  observe_topics
  observe_schedule
  observe_alerts
}

start_words() {
  printf '%s of %s in %s, %s\n' "$(joined ' and ' "${FUNCTIONS[@]}")" "$ENVIRONMENT" "$PROJECT" "$REGION"
  [[ $PLAN == no ]] || printf 'Only a plan: nothing is changed.\n'
  printf '\n'
}

# The last lines: what was done, and with --plan whether anything is to be done.
sum_up() {
  if [[ $PLAN == yes ]]; then
    printf '\n%s to change, %s unchanged. To do it: the same command without --plan\n' "$CHANGES" "$UNCHANGED"
    ((CHANGES == 0)) || exit 3
    return
  fi
  printf '\n%s changed, %s unchanged.\n' "$CHANGES" "$UNCHANGED"
  [[ $1 == secret ]] || each own next_steps
}
