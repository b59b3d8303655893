# shellcheck shell=bash
# schema-migrate: a pipeline → a Cloud Run job → the schema of one PostgreSQL database. It is there when MIGRATIONS_DIR is set.
#
# The migrations are in the image, so a digest names the program and what it will do. Nothing starts the job by itself: the
# pipeline does, before it rolls out what needs the new schema.

# The settings of the environment that only this function reads. Patterns, matched against a whole name. The rest is as the
# function calls it; what another function calls so, too, or what only deploying needs, begins with MIGRATE_.
MIGRATE_SETTINGS=(
  MIGRATIONS_DIR MIGRATIONS_TABLE JOB_LOCK_TIMEOUT LOCK_ATTEMPTS OUT_OF_ORDER DATABASE_AUTH DATABASE_URL_FILE DATABASE_PASSWORD_FILE
  MIGRATE_LOCK_TIMEOUT MIGRATE_STATEMENT_TIMEOUT MIGRATE_CLOUDSQL_INSTANCE MIGRATE_NETWORK MIGRATE_SUBNET
)
# Where the image has the migrations.
MIGRATIONS_FOLDER=/migrations

# Whether this environment migrates a schema.
migrates() {
  is_set MIGRATIONS_DIR
}

check_migrate() {
  local duration='[0-9]+(h|m|s|ms)( ?[0-9]+(m|s|ms))*'
  if ! migrates; then
    refuse_settings "it says how to migrate a schema, but MIGRATIONS_DIR does not say where the migrations are" "${MIGRATE_SETTINGS[@]}"
    return
  fi
  check_migrations
  match_setting MIGRATIONS_TABLE '[^.]+(\.[^.]+)?' "a table, or schema.table"
  match_setting JOB_LOCK_TIMEOUT "0|$duration" "minutes, such as 5m, or 0 to wait for nobody"
  match_setting MIGRATE_LOCK_TIMEOUT "$duration" "seconds, such as 5s"
  match_setting MIGRATE_STATEMENT_TIMEOUT "0|$duration" "minutes, such as 15m, or 0 for none"
  match_setting LOCK_ATTEMPTS '[1-9][0-9]?' "1 to 99"
  match_setting OUT_OF_ORDER 'on|off' "on or off"
  match_setting DATABASE_AUTH 'password|iam' "password or iam"
  check_migrate_database
}

# An image without a migration would fail each time it is executed.
check_migrations() {
  local folder
  folder=$(migrations_dir)
  if [[ ! -d $folder ]]; then
    refuse_setting MIGRATIONS_DIR "there is no such folder; it is looked for from infra/environments"
  elif [[ -z $(find "$folder" -maxdepth 1 -name '[0-9]*_*.up.*' -print -quit) ]]; then
    refuse_setting MIGRATIONS_DIR "the folder has no migration; they are called VERSION_TITLE.up.sql, such as 20230330013250_init.up.sql"
  fi
}

# The path of MIGRATIONS_DIR, which is written as seen from the settings.
migrations_dir() {
  case $(setting MIGRATIONS_DIR) in
    /*) setting MIGRATIONS_DIR ;;
    *) printf '%s/infra/environments/%s' "$ROOT" "$(setting MIGRATIONS_DIR)" ;;
  esac
}

check_migrate_database() {
  match_setting MIGRATE_CLOUDSQL_INSTANCE '[^:, ]+:[^:, ]+:[^:, ]+' \
    "a connection name looks like PROJECT:REGION:INSTANCE; see: gcloud sql instances list"
  if is_set MIGRATE_NETWORK; then require_setting MIGRATE_SUBNET "the subnet of MIGRATE_NETWORK in the region"; fi
  if is_set MIGRATE_SUBNET; then require_setting MIGRATE_NETWORK "the network of MIGRATE_SUBNET"; fi
  # An address may hold a password, so it is a secret.
  is_set DATABASE_URL_FILE || SETTING[DATABASE_URL_FILE]=database-url
}

# Who logs in with a token needs a right beside that of connecting.
# Source: Cloud SQL, "Manage IAM users"; AlloyDB, "Manage IAM authentication".
logs_in_by_token() {
  [[ $(setting DATABASE_AUTH) == iam ]]
}

# shellcheck disable=SC2034 # the steps read them
use_schema_migrate() {
  take_settings PROJECT REGION ALERT_EMAIL MEMORY LOG_LEVEL "${MIGRATE_SETTINGS[@]}"
  # The steps that reach databases know these by one name.
  SETTING[CLOUDSQL_INSTANCE]=$(setting MIGRATE_CLOUDSQL_INSTANCE)
  SETTING[NETWORK]=$(setting MIGRATE_NETWORK)
  SETTING[SUBNET]=$(setting MIGRATE_SUBNET)
  FEATURES=cloud
  DIGEST_VARIABLE=MIGRATE_IMAGE_DIGEST
  OPENED_BY=a-pipeline
  RUNS_IN=cloud_run_job
  AFTER_ERROR="The log names the file, the line and the repair, and whether the schema is as before. Read it: \`gcloud --project=$PROJECT run jobs logs read $NAME --region=$REGION --limit=20\`"
  AFTER_ERROR_IN_JAPANESE="失敗したファイルと行、直し方、スキーマが元のままかどうかはログに書いてあります。上のコマンドで確認してください。"
}

observe_schema_migrate() {
  each_instance observe_sql_policy
  if logs_in_by_token && ! is_set CLOUDSQL_INSTANCE; then observe_policy cloudresourcemanager project-policy projects get-iam-policy "$PROJECT"; fi
  observe_job
}

# Its only right in Google Cloud is to reach the database: what it may do there, its role in the database says.
grant_schema_migrate() {
  each_instance grant_on_instance roles/cloudsql.client
  logs_in_by_token || return 0
  if is_set CLOUDSQL_INSTANCE; then
    each_instance grant_on_instance roles/cloudsql.instanceUser
  else
    grant project-policy roles/alloydb.databaseUser "serviceAccount:$RUNTIME" "$PROJECT" \
      projects add-iam-policy-binding "$PROJECT" --condition=None
    grant project-policy roles/serviceusage.serviceUsageConsumer "serviceAccount:$RUNTIME" "$PROJECT" \
      projects add-iam-policy-binding "$PROJECT" --condition=None
  fi
}

# Puts the migrations beside the binary, so that the image has them.
stage_schema_migrate() {
  local staged="$ROOT/dist/$FUNCTION$MIGRATIONS_FOLDER"
  rm -rf "$staged"
  mkdir -p "$staged"
  cp -R "$(migrations_dir)/." "$staged"
}

tell_schema_migrate() {
  unset "VARIABLE[BUCKET]" "VARIABLE[NOTIFY_TOPIC]" "VARIABLE[TIME_ZONE]"
  VARIABLE[MIGRATIONS_DIR]=$MIGRATIONS_FOLDER
  if is_set MIGRATE_LOCK_TIMEOUT; then VARIABLE[LOCK_TIMEOUT]=$(setting MIGRATE_LOCK_TIMEOUT); fi
  if is_set MIGRATE_STATEMENT_TIMEOUT; then VARIABLE[STATEMENT_TIMEOUT]=$(setting MIGRATE_STATEMENT_TIMEOUT); fi
}

ensure_schema_migrate() {
  ensure_job
  ensure_alerts
}

next_steps_schema_migrate() {
  cat <<WORDS

Look at what is pending, migrate, and look again; each waits for the end, and fails when it failed (status also while something is pending):
  gcloud --project=$PROJECT run jobs execute $NAME --region=$REGION --wait --args=status
  gcloud --project=$PROJECT run jobs execute $NAME --region=$REGION --wait
  gcloud --project=$PROJECT run jobs execute $NAME --region=$REGION --wait --args=describe,TABLE
Read what it said:
  gcloud --project=$PROJECT run jobs logs read $NAME --region=$REGION --limit=20
.github/workflows/cd.yaml migrates before each rollout; infra/README.md says what it needs.
WORDS
  if logs_in_by_token; then
    printf 'It logs in as %s, which must be a user of the database.\n' "${RUNTIME%.gserviceaccount.com}"
  fi
}
