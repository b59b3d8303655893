# shellcheck shell=bash
# The Google APIs that a function needs.

APIS=(
  artifactregistry.googleapis.com
  cloudresourcemanager.googleapis.com
  cloudscheduler.googleapis.com
  iam.googleapis.com
  logging.googleapis.com
  monitoring.googleapis.com
  pubsub.googleapis.com
  run.googleapis.com
  secretmanager.googleapis.com
  storage.googleapis.com
)

# The only two reads that other reads depend on: which APIs answer, and the project's number.
observe_project() {
  observe apis services list --enabled --format='value(config.name)'
  observe project projects describe "$PROJECT" --format='value(projectNumber)'
  finish_reads
  PROJECT_NUMBER=$(observed project)
  [[ -n $PROJECT_NUMBER ]] ||
    fail "PROJECT is \`$PROJECT\`: no such project, or no right to see it; check the name and: gcloud auth list"
  PUBSUB_AGENT="serviceAccount:service-$PROJECT_NUMBER@gcp-sa-pubsub.iam.gserviceaccount.com"
}

api_enabled() {
  observed_line apis "$1.googleapis.com"
}

ensure_apis() {
  local api missing=()
  if connects_to_cloud_sql; then APIS+=(sqladmin.googleapis.com); fi
  if [[ " ${FUNCTIONS[*]} " == *" bigquery-transfer "* ]]; then APIS+=("${TRANSFER_APIS[@]}"); fi
  if [[ " ${FUNCTIONS[*]} " == *" table-sync "* ]]; then APIS+=(iap.googleapis.com); fi
  for api in "${APIS[@]}"; do
    observed_line apis "$api" || missing+=("$api")
  done
  if ((${#missing[@]} == 0)); then
    unchanged "${#APIS[@]} APIs enabled"
  else
    change "enable ${#missing[@]} APIs" services enable "${missing[@]}"
  fi
}
