# shellcheck shell=bash
# The Cloud Run job: the same image, settings and secrets as the service, but it waits for the end of what it begins.
#
# It runs when a person, or another scheduler, executes it. As with the service its fingerprint is a label.

observe_job() {
  observe_if run "job-$FUNCTION" run jobs describe "$NAME" --region="$REGION" \
    --format="csv[no-heading,separator='|'](metadata.labels.tasuki-config,spec.template.spec.template.spec.containers[0].image)"
}

ensure_job() {
  local config image replace=(run jobs replace "$STATE/job.yaml" --region="$REGION")
  render_job
  IFS='|' read -r config image < <(observed "job-$FUNCTION") || true
  if [[ -z $config$image ]]; then
    change "make the job $NAME" "${replace[@]}"
  elif [[ $config == "$CONFIG" && $image == "$IMAGE" ]]; then
    unchanged "job $NAME, configuration $CONFIG"
  else
    change "bring the job $NAME up to date" "${replace[@]}"
  fi
}

# Writes $STATE/job.yaml; sets CONFIG to the fingerprint.
# shellcheck disable=SC2034 # render reads the upper-case names
render_job() {
  local VARIABLES MOUNTS VOLUMES ANNOTATIONS MEMORY
  name_parts
  ANNOTATIONS=$(connections)
  [[ -z $ANNOTATIONS ]] || ANNOTATIONS="      annotations:"$'\n'$ANNOTATIONS
  # The job's container stands two levels deeper than the service's.
  VARIABLES=$(deeper "$VARIABLES") MOUNTS=$(deeper "$MOUNTS") VOLUMES=$(deeper "$VOLUMES")
  CONFIG=''
  CONFIG=$(render "$ROOT/infra/gcp/job.yaml" | fingerprint)
  render "$ROOT/infra/gcp/job.yaml" | sed '/^ *$/d' >"$STATE/job.yaml"
}

# Executes the job at SCHEDULE in ZONE, as the invoker, who may do nothing else.
observe_executions() {
  observe_policy run "job-policy-$FUNCTION" run jobs get-iam-policy "$NAME" --region="$REGION"
  observe_if cloudscheduler "executions-$FUNCTION" scheduler jobs list --location="$REGION" \
    --format="csv[no-heading,separator='|'](name.basename(),schedule,timeZone,httpTarget.uri,httpTarget.oauthToken.serviceAccountEmail,state)"
}

ensure_executions() {
  local schedule=$1 zone=$2 uri="https://run.googleapis.com/v2/projects/$PROJECT/locations/$REGION/jobs/$NAME:run" wanted
  local target=("$NAME" --location="$REGION" --schedule="$schedule" --time-zone="$zone" --uri="$uri" --http-method=post
    --oauth-service-account-email="$INVOKER")
  wanted="$NAME|$schedule|$zone|$uri|$INVOKER"
  grant "job-policy-$FUNCTION" roles/run.invoker "serviceAccount:$INVOKER" "job $NAME" \
    run jobs add-iam-policy-binding "$NAME" --region="$REGION"
  ensure_scheduled "executions-$FUNCTION" "$wanted" http "$schedule $zone" "${target[@]}"
}

deeper() {
  printf '%s\n' "$1" | sed 's/^/    /'
}

# What the job is good FOR, and an EVENT for it.
next_steps_of_job() {
  cat <<WORDS
$1 and wait for its end, with its exit code:
  gcloud --project=$PROJECT run jobs execute $NAME --region=$REGION --wait --update-env-vars='^;^EVENT=$2'
WORDS
}
