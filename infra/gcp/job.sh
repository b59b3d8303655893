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
  local VARIABLES MOUNTS VOLUMES MEMORY
  name_parts
  # The job's container stands two levels deeper than the service's.
  VARIABLES=$(deeper "$VARIABLES") MOUNTS=$(deeper "$MOUNTS") VOLUMES=$(deeper "$VOLUMES")
  CONFIG=''
  CONFIG=$(render "$ROOT/infra/gcp/job.yaml" | fingerprint)
  render "$ROOT/infra/gcp/job.yaml" | sed '/^ *$/d' >"$STATE/job.yaml"
}

deeper() {
  printf '%s\n' "$1" | sed 's/^/    /'
}

next_steps_of_job() {
  cat <<WORDS
Start a day again and wait for its end, with its exit code:
  gcloud --project=$PROJECT run jobs execute $NAME --region=$REGION --wait --update-env-vars='^;^EVENT={"date": "2026-11-21", "force": true}'
WORDS
}
