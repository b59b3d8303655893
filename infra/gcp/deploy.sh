# shellcheck shell=bash
# Deploying to Google Cloud: read the settings, read what is there, change what differs, sum up.
#
# An environment holds one function or several, from the same settings. What they share is made once; the rest is
# made for each in turn, by the same steps.

# shellcheck source=infra/gcp/lib.sh
source "$ROOT/infra/gcp/lib.sh"
# shellcheck source=infra/gcp/settings.sh
source "$ROOT/infra/gcp/settings.sh"
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
# shellcheck source=infra/gcp/role.sh
source "$ROOT/infra/gcp/role.sh"
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
# shellcheck source=infra/gcp/iap.sh
source "$ROOT/infra/gcp/iap.sh"
# shellcheck source=infra/gcp/job.sh
source "$ROOT/infra/gcp/job.sh"
# shellcheck source=infra/gcp/schedule.sh
source "$ROOT/infra/gcp/schedule.sh"
# shellcheck source=infra/gcp/alerts.sh
source "$ROOT/infra/gcp/alerts.sh"
# shellcheck source=infra/gcp/functions/kintone-export.sh
source "$ROOT/infra/gcp/functions/kintone-export.sh"
# shellcheck source=infra/gcp/functions/kintone-restore.sh
source "$ROOT/infra/gcp/functions/kintone-restore.sh"
# shellcheck source=infra/gcp/functions/bigquery-transfer.sh
source "$ROOT/infra/gcp/functions/bigquery-transfer.sh"
# shellcheck source=infra/gcp/functions/table-sync.sh
source "$ROOT/infra/gcp/functions/table-sync.sh"
# shellcheck source=infra/gcp/functions/schema-migrate.sh
source "$ROOT/infra/gcp/functions/schema-migrate.sh"

deploy_gcp() {
  ENVIRONMENT=$1
  local action=$2 secret=$3
  PLAN=$4
  local file="infra/environments/$ENVIRONMENT.env"
  [[ $ENVIRONMENT =~ ^[a-z][a-z0-9-]*[a-z0-9]$ ]] ||
    refuse_usage "\`$ENVIRONMENT\` can't be an environment: use lower-case letters, digits and -, such as prod"
  [[ -f $ROOT/$file ]] || fail "$file does not exist; copy $SAMPLE_SETTINGS to it and fill it in" 2

  read_settings "$ROOT/$file" "${DEPLOYMENT_SETTINGS[@]}" "${SHARED_SETTINGS[@]}" "${KINTONE_SETTINGS[@]}" \
    "${EXPORT_SETTINGS[@]}" "${RESTORE_SETTINGS[@]}" "${TRANSFER_SETTINGS[@]}" "${SYNC_SETTINGS[@]}" "${MIGRATE_SETTINGS[@]}"
  check_shared
  check_kintone
  check_export
  check_restore
  check_transfer
  check_sync
  check_migrate
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
  if uses_bucket; then observe_bucket; fi
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
