# shellcheck shell=bash
# The settings that do not belong to one function alone, and what must hold for them.

SAMPLE_SETTINGS=infra/environments/sample.env
# What decides about the deployment only. Patterns, matched against a whole name, here and for each function.
DEPLOYMENT_SETTINGS=(PROJECT REGION ALERT_EMAIL MEMORY)
# What every function is told.
SHARED_SETTINGS=(BUCKET RUNS_URL TIME_ZONE NOTIFY_WEBHOOK_FILE NOTIFY_LANGUAGE LOG_LEVEL)

# How to give the secret NAME, which can't be in the file.
secret_repair() {
  printf 'write %s_FILE=SECRET-NAME, and give the value to ./deploy.sh gcp ENV secret SECRET-NAME' "$1"
}

# Notes each setting that matches one of PATTERNS: nothing would use it, and RULE says why.
refuse_settings() {
  local rule=$1 name
  shift
  for name in "${!SETTING[@]}"; do
    if [[ $name =~ ^($(joined '|' "$@"))$ ]]; then refuse_setting "$name" "$rule"; fi
  done
}

check_shared() {
  require_setting PROJECT "the id of the Google Cloud project"
  match_setting PROJECT '[a-z][a-z0-9-]{4,28}[a-z0-9]' "a project id is 6 to 30 lower-case letters, digits and -"
  match_setting REGION '[a-z]+-[a-z]+[0-9]+' "a region looks like asia-northeast1"
  require_setting ALERT_EMAIL "the address that alarms are sent to"
  match_setting ALERT_EMAIL '[^@ ]+@[^@ ]+' "an e-mail address has one @"
  match_setting MEMORY '[1-9][0-9]*(Mi|Gi)' "a memory limit looks like 256Mi or 1Gi"
  exports || restores || transfers || syncs || migrates ||
    FAULTS+=("nothing is to be done: set DOMAIN and APPID to back up Kintone; DATASET, or APP_NAME, to transfer exports of RDS into BigQuery; TABLES to bring master data from one database to another; MIGRATIONS_DIR to migrate a schema; or several of them")
  check_bucket
  check_secret_names
  PROJECT=$(setting PROJECT)
  REGION=$(setting REGION asia-northeast1)
  LABELS="tasuki=$ENVIRONMENT"
  NOTIFY_TOPIC=tasuki-$ENVIRONMENT-notify
}

# Whether anything is kept: migrating alone keeps nothing.
uses_bucket() {
  is_set BUCKET || exports || restores || transfers || syncs || ! migrates
}

# BUCKET as an address, and the name in it, which is what is made and granted.
check_bucket() {
  uses_bucket || return 0
  require_setting BUCKET "the bucket of the backups and run records: a name, or gs://name/folder"
  is_set BUCKET || return 0
  match_setting BUCKET '(gs://)?[a-z0-9][a-z0-9._-]{1,220}[a-z0-9](/.*)?' "a bucket's name, or gs://name/folder"
  BUCKET_URL="gs://${SETTING[BUCKET]#gs://}"
  BUCKET_NAME=${BUCKET_URL#gs://}
  BUCKET_NAME=${BUCKET_NAME%%/*}
  match_setting RUNS_URL "gs://$BUCKET_NAME(/.*)?" "run records go into the bucket of the backups, the only one that the function may write to: gs://$BUCKET_NAME/runs"
}

check_secret_names() {
  local name
  for name in "${!SETTING[@]}"; do
    if [[ $name == *_FILE ]]; then
      match_setting "$name" '[a-z][a-z0-9-]*[a-z0-9]' "the short name of a secret, such as kintone-token; its value goes to ./deploy.sh gcp $ENVIRONMENT secret NAME"
    fi
  done
}
