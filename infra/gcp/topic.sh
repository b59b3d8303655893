# shellcheck shell=bash
# Topics and subscriptions: what triggers the function, what it could not do, and whom it tells.

# Pub/Sub gives up after this many deliveries and moves the message to the dead-letter topic.
DELIVERY_ATTEMPTS=5
# The longest that Pub/Sub waits for an answer, in seconds.
ACK_DEADLINE=600
# Between two deliveries. Minutes, so that a database that is down for half an hour, or a run that is longer than
# the deadline, does not use them up.
SHORTEST_WAIT=300s
LONGEST_WAIT=600s

name_topics() {
  TRIGGER_TOPIC=$NAME
  DEAD_TOPIC=$NAME-dead
  NOTIFY_TOPIC=tasuki-$ENVIRONMENT-notify
}

observe_topics() {
  local fields=name.basename,topic.basename,pushConfig.pushEndpoint,pushConfig.oidcToken.serviceAccountEmail
  fields+=,pushConfig.oidcToken.audience,ackDeadlineSeconds,retryPolicy.minimumBackoff,retryPolicy.maximumBackoff
  fields+=,deadLetterPolicy.deadLetterTopic.basename,deadLetterPolicy.maxDeliveryAttempts,expirationPolicy.ttl
  fields=${fields//basename/basename()}
  observe_if pubsub topics pubsub topics list --format='value(name.basename())'
  observe_if pubsub subscriptions pubsub subscriptions list --format="csv[no-heading,separator='|']($fields)"
  if fans_out; then observe_policy pubsub trigger-policy pubsub topics get-iam-policy "$TRIGGER_TOPIC"; fi
  observe_policy pubsub dead-policy pubsub topics get-iam-policy "$DEAD_TOPIC"
  observe_policy pubsub notify-policy pubsub topics get-iam-policy "$NOTIFY_TOPIC"
  observe_policy pubsub subscription-policy pubsub subscriptions get-iam-policy "$TRIGGER_TOPIC"
}

ensure_topics() {
  local runtime="serviceAccount:$RUNTIME"
  if ! observed_line topics "$DEAD_TOPIC"; then
    # Google makes Pub/Sub's own account when it is first asked for; the grants below need it.
    change "let Pub/Sub have its own account" beta services identity create --service=pubsub.googleapis.com
  fi
  ensure_topic "$TRIGGER_TOPIC"
  ensure_topic "$DEAD_TOPIC"
  ensure_topic "$NOTIFY_TOPIC"
  grant dead-policy roles/pubsub.publisher "$PUBSUB_AGENT" "$DEAD_TOPIC" \
    pubsub topics add-iam-policy-binding "$DEAD_TOPIC"
  grant notify-policy roles/pubsub.publisher "$runtime" "$NOTIFY_TOPIC" \
    pubsub topics add-iam-policy-binding "$NOTIFY_TOPIC"
  if fans_out; then
    grant trigger-policy roles/pubsub.publisher "$runtime" "$TRIGGER_TOPIC" \
      pubsub topics add-iam-policy-binding "$TRIGGER_TOPIC"
  fi
}

ensure_topic() {
  if observed_line topics "$1"; then
    unchanged "topic $1"
  else
    change "make the topic $1" pubsub topics create "$1" --labels="$LABELS"
  fi
}

# The dead letters wait to be looked at; the trigger is pushed to the service, signed as the invoker.
ensure_subscriptions() {
  local url=$1
  local backoff=(--min-retry-delay="$SHORTEST_WAIT" --max-retry-delay="$LONGEST_WAIT")
  local dead=(--dead-letter-topic="$DEAD_TOPIC" --max-delivery-attempts="$DELIVERY_ATTEMPTS")
  local push=(--push-endpoint="$url/" --push-auth-service-account="$INVOKER" --push-auth-token-audience="$url")
  ensure_subscription "$DEAD_TOPIC" "$DEAD_TOPIC" "|||60|||||" --ack-deadline=60
  ensure_subscription "$TRIGGER_TOPIC" "$TRIGGER_TOPIC" \
    "$url/|$INVOKER|$url|$ACK_DEADLINE|$SHORTEST_WAIT|$LONGEST_WAIT|$DEAD_TOPIC|$DELIVERY_ATTEMPTS|" \
    --ack-deadline="$ACK_DEADLINE" "${backoff[@]}" "${dead[@]}" "${push[@]}"
  # Moving a message to the dead letters takes it from the subscription first.
  grant subscription-policy roles/pubsub.subscriber "$PUBSUB_AGENT" "subscription $TRIGGER_TOPIC" \
    pubsub subscriptions add-iam-policy-binding "$TRIGGER_TOPIC"
}

# Makes NAME on TOPIC, or brings it to WANTED: the fields of observe_topics after the first two.
ensure_subscription() {
  local name=$1 topic=$2 wanted=$3
  shift 3
  if observed_line subscriptions "$name|$topic|$wanted"; then
    unchanged "subscription $name"
  elif grep -q "^$name|" "$STATE/subscriptions"; then
    change "bring the subscription $name up to date" \
      pubsub subscriptions update "$name" --expiration-period=never "$@"
  else
    change "make the subscription $name" \
      pubsub subscriptions create "$name" --topic="$topic" --expiration-period=never --labels="$LABELS" "$@"
  fi
}
