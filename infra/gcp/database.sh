# shellcheck shell=bash
# The way to the database: the socket of Cloud SQL, an import that Cloud SQL does itself, or a private
# address (AlloyDB) through the network.
#
# CLOUDSQL_INSTANCE=PROJECT:REGION:INSTANCE lets the function connect to that one instance; several have commas between
# them.
# LOAD_URL=cloudsql-import://PROJECT/INSTANCE/DATABASE lets it start imports of that one instance, and
# lets the instance read the bucket. NETWORK and SUBNET need no right: the service's network card is there.

# What an import needs. The predefined roles that have it could also change or delete the instance.
IMPORT_ROLE=tasuki_sql_import
IMPORT_PERMISSIONS=cloudsql.instances.get,cloudsql.instances.import

# Whether any function of the environment does.
connects_to_cloud_sql() {
  [[ -n ${ALL[CLOUDSQL_INSTANCE]:-}${ALL[SYNC_CLOUDSQL_INSTANCES]:-}${ALL[MIGRATE_CLOUDSQL_INSTANCE]:-} || ${ALL[LOAD_URL]:-} == cloudsql-import://* ]]
}

# Runs COMMAND with SQL_PROJECT and SQL_INSTANCE set, for each instance whose socket is asked for.
each_instance() {
  local one instances
  IFS=, read -ra instances <<<"$(setting CLOUDSQL_INSTANCE)"
  for one in "${instances[@]}"; do
    IFS=: read -r SQL_PROJECT _ SQL_INSTANCE <<<"$one"
    "$@"
  done
}

# Sets the same to the instance that is to import.
name_import() {
  IFS=/ read -r _ _ SQL_PROJECT SQL_INSTANCE _ <<<"$(setting LOAD_URL)"
}

# Whether Cloud SQL fetches the records itself.
imports() {
  [[ $(setting LOAD_URL) == cloudsql-import://* ]]
}

observe_database() {
  each_instance observe_sql_policy
  if imports; then
    name_import
    observe_sql_policy
    observe_role "$IMPORT_ROLE" "$SQL_PROJECT"
    if api_enabled sqladmin; then observe_instance; fi
  fi
}

observe_sql_policy() {
  once observe_policy cloudresourcemanager "sql-policy-$SQL_PROJECT" projects get-iam-policy "$SQL_PROJECT"
}

observe_instance() {
  observe sql-account sql instances describe "$SQL_INSTANCE" --project="$SQL_PROJECT" \
    --format='value(serviceAccountEmailAddress)'
}

ensure_database() {
  each_instance grant_on_instance roles/cloudsql.client
  if imports; then
    name_import
    ensure_import
  fi
}

# ROLE for the function on the one instance: the title of the condition names it, so that the same role
# on another instance does not count.
grant_on_instance() {
  grant_where "sql-policy-$SQL_PROJECT" "$1" "serviceAccount:$RUNTIME" "the instance $SQL_INSTANCE" "tasuki-$SQL_INSTANCE" \
    "resource.name == 'projects/$SQL_PROJECT/instances/$SQL_INSTANCE' && resource.service == 'sqladmin.googleapis.com'" \
    projects add-iam-policy-binding "$SQL_PROJECT"
}

ensure_import() {
  local account
  ensure_role "$IMPORT_ROLE" "$SQL_PROJECT" "Tasuki: import into Cloud SQL" "$IMPORT_PERMISSIONS"
  grant_on_instance "projects/$SQL_PROJECT/roles/$IMPORT_ROLE"
  account=$(instance_account)
  grant_on_bucket roles/storage.objectViewer "$account"
}

# The account that the instance itself acts as, which Google chose when it was made.
instance_account() {
  if ! api_enabled sqladmin; then
    if [[ $PLAN == yes ]]; then
      printf '(the account of %s)' "$SQL_INSTANCE"
      return
    fi
    # Its API was enabled by this very run.
    observe_instance
    finish_reads
  fi
  [[ -s $STATE/sql-account ]] ||
    fail "LOAD_URL names the instance $SQL_INSTANCE of $SQL_PROJECT, which does not exist; see: gcloud sql instances list --project=$SQL_PROJECT"
  observed sql-account
}
