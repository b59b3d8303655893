# shellcheck shell=bash
# Who is told, and of what: an error, a trigger that was given up, and silence.
#
# Silence is the hard one. A metric-absence condition looks back 23.5 hours at most, and never fires for a
# metric that has had no value yet. So it is PromQL: no verified run within 24 hours, and that for 2
# hours more, which makes 26; a service that never ran is told of after those 2 hours. Sources that are known
# are each asked for by name, so that one app's success can't hide the silence of another.

observe_alerts() {
  observe_if monitoring channels beta monitoring channels list \
    --filter="userLabels.tasuki=\"$ENVIRONMENT\"" --format='value(name,labels.email_address)'
  observe_if monitoring policies alpha monitoring policies list \
    --filter="userLabels.tasuki=\"$ENVIRONMENT\"" --format='value(displayName,name,userLabels.tasuki-config)'
}

observe_metric() {
  observe_if logging "metric-$FUNCTION" logging metrics list --filter="name=$METRIC" \
    --format='value(filter,labelExtractors.list(separator=";"))'
}

# Errors, and messages that were given up. AFTER_ERROR and its Japanese say what to do.
ensure_alerts() {
  once ensure_channel
  # shellcheck disable=SC2034 # render reads it by name
  ERRORS=$(quoted "$(logs) AND severity>=ERROR")
  ensure_policy errors "errors of $FUNCTION"
  takes_messages || return 0
  ensure_policy dead-letters "triggers given up by $FUNCTION"
}

# The logs of the function: of its service, and of its job where nobody waits for the job's end.
logs() {
  if ! has_service; then
    logs_in cloud_run_job
  elif [[ $RUNS_IN == cloud_run_job ]]; then
    # That rows differ, exit code 3, is news and no error, which Google's own log does not know.
    printf '((%s) OR (%s AND NOT logName:"cloudaudit.googleapis.com" AND NOT jsonPayload.exit=3))' \
      "$(logs_in cloud_run_revision)" "$(logs_in cloud_run_job)"
  else
    logs_in cloud_run_revision
  fi
}

logs_in() {
  local label=service_name
  [[ $1 == cloud_run_revision ]] || label=job_name
  printf 'resource.type="%s" AND resource.labels.%s="%s"' "$1" "$label" "$NAME"
}

# The sources of the function, a LABEL=VALUE each: an alarm on silence is kept for every one. Without any it is one for all.
# What does not run every day says in SILENCE_HOURS how long it may be silent; an alarm may look back up to two years.
ensure_silence() {
  local QUERY HOURS source query='' hours=${SILENCE_HOURS:-24}
  (($#)) || set -- ''
  for source in "$@"; do
    query+="${query:+ or }absent_over_time(logging_googleapis_com:user_$METRIC"
    query+="{monitored_resource=\"$RUNS_IN\"${source:+,${source%%=*}=\"${source#*=}\"}}[${hours}h])"
  done
  # shellcheck disable=SC2034 # render reads them by name
  QUERY=$(quoted "$query") HOURS=$((hours + 2))
  ensure_policy silence "silence of $FUNCTION"
}

# Counts verified runs by LABEL, a field of what is logged.
ensure_metric() {
  local label=$1 filter action=''
  filter="$(logs_in "$RUNS_IN") AND jsonPayload.message=\"run finished\" AND jsonPayload.state=\"verified\""
  if observed_line "metric-$FUNCTION" "$filter"$'\t'"$label=EXTRACT(jsonPayload.$label)"; then
    unchanged "metric $METRIC"
    return
  fi
  cat >"$STATE/metric.yaml" <<METRIC
description: Verified runs of $FUNCTION in $ENVIRONMENT, by $label
filter: $(quoted "$filter")
labelExtractors: {$label: EXTRACT(jsonPayload.$label)}
metricDescriptor: {metricKind: DELTA, valueType: INT64, labels: [{key: $label, valueType: STRING}]}
METRIC
  if [[ -s $STATE/metric-$FUNCTION ]]; then action=update; else action=create; fi
  change "$action the metric $METRIC" logging metrics "$action" "$METRIC" --config-from-file="$STATE/metric.yaml"
}

# The e-mail address of the environment. Sets CHANNEL to its name, which Google chooses.
ensure_channel() {
  local address email
  email=$(setting ALERT_EMAIL)
  IFS=$'\t' read -r CHANNEL address < <(observed channels) || true
  if [[ -z $CHANNEL ]]; then
    change "send alarms to $email" beta monitoring channels create --type=email \
      --display-name="Tasuki $ENVIRONMENT" --channel-labels="email_address=$email" \
      --user-labels="$LABELS" --format='value(name)'
    if [[ $PLAN == yes ]]; then CHANNEL='(the channel made above)'; else CHANNEL=$(observed answer); fi
  elif [[ $address == "$email" ]]; then
    unchanged "alarms to $email"
  else
    change "send alarms to $email instead of $address" beta monitoring channels update "$CHANNEL" \
      --update-channel-labels="email_address=$email"
  fi
}

# The policy of alerts/KIND.json.
ensure_policy() {
  local kind=$1 POLICY="Tasuki $ENVIRONMENT: $2" CONFIG='' name config
  local file="$STATE/policy-$kind.json"
  CONFIG=$(render "$ROOT/infra/gcp/alerts/$kind.json" | fingerprint)
  render "$ROOT/infra/gcp/alerts/$kind.json" >"$file"
  IFS=$'\t' read -r name config < <(grep -F "$POLICY"$'\t' "$STATE/policies" | cut -f2-) || true
  if [[ -z ${name:-} ]]; then
    change "alarm on $2" alpha monitoring policies create --policy-from-file="$file"
  elif [[ ${config:-} == "$CONFIG" ]]; then
    unchanged "alarm on $2"
  else
    change "bring the alarm on $2 up to date" alpha monitoring policies update "$name" --policy-from-file="$file"
  fi
}
