# shellcheck shell=bash
# The Cloud Scheduler job that publishes the function's message; `{}` is "do what is due".

observe_schedule() {
  observe_if cloudscheduler jobs scheduler jobs list --location="$REGION" \
    --format="csv[no-heading,separator='|'](name.basename(),schedule,timeZone,pubsubTarget.topicName.basename(),pubsubTarget.data,state)"
}

ensure_schedule() {
  local schedule=$1 zone=$2 message=$3 data
  data=$(printf '%s' "$message" | base64)
  local target=("$NAME" --location="$REGION" --schedule="$schedule" --time-zone="$zone"
    --topic="projects/$PROJECT/topics/$TRIGGER_TOPIC" --message-body="$message")
  ensure_scheduled jobs "$NAME|$schedule|$zone|$TRIGGER_TOPIC|$data" pubsub "$schedule $zone" "${target[@]}"
}

# The job of Cloud Scheduler with KIND of target, which is as WANTED in what was read under KEY. WORDS say when.
ensure_scheduled() {
  local key=$1 wanted=$2 kind=$3 words=$4
  shift 4
  if observed_line "$key" "$wanted|ENABLED"; then
    unchanged "schedule $words"
  elif observed_line "$key" "$wanted|PAUSED"; then
    # Somebody paused it, perhaps for a reason; that is not ours to undo.
    unchanged "schedule $words, which is PAUSED: nothing runs until: gcloud --project=$PROJECT scheduler jobs resume $NAME --location=$REGION"
  elif grep -q "^$NAME|" "$STATE/$key"; then
    change "bring the schedule to $words" scheduler jobs update "$kind" "$@"
  else
    change "schedule $words" scheduler jobs create "$kind" "$@"
  fi
}
