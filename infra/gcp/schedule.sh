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
  if observed_line jobs "$NAME|$schedule|$zone|$TRIGGER_TOPIC|$data|ENABLED"; then
    unchanged "schedule $schedule $zone"
  elif observed_line jobs "$NAME|$schedule|$zone|$TRIGGER_TOPIC|$data|PAUSED"; then
    # Somebody paused it, perhaps for a reason; that is not ours to undo.
    unchanged "schedule $schedule $zone, which is PAUSED: nothing runs until: gcloud --project=$PROJECT scheduler jobs resume $NAME --location=$REGION"
  elif grep -q "^$NAME|" "$STATE/jobs"; then
    change "bring the schedule to $schedule $zone" scheduler jobs update pubsub "${target[@]}"
  else
    change "schedule $schedule $zone" scheduler jobs create pubsub "${target[@]}"
  fi
}
