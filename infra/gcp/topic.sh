# shellcheck shell=bash
# Topics and subscriptions: what triggers the function, what it could not do, and whom it tells.

# The longest that Pub/Sub waits for an answer, in seconds.
ACK_DEADLINE=600
# The longest that it waits between two deliveries. How often it delivers, and how soon again, is the function's.
LONGEST_WAIT=600s

observe_topics() {
  local fields=name.basename,topic.basename,pushConfig.pushEndpoint,pushConfig.oidcToken.serviceAccountEmail
  fields+=,pushConfig.oidcToken.audience,ackDeadlineSeconds,retryPolicy.minimumBackoff,retryPolicy.maximumBackoff
  fields+=,deadLetterPolicy.deadLetterTopic.basename,deadLetterPolicy.maxDeliveryAttempts,expirationPolicy.ttl
  fields=${fields//basename/basename()}
  observe_if pubsub topics pubsub topics list --format='value(name.basename())'
  observe_if pubsub subscriptions pubsub subscriptions list --format="csv[no-heading,separator='|']($fields)"
  observe_policy pubsub notify-policy pubsub topics get-iam-policy "$NOTIFY_TOPIC"
}

observe_trigger() {
  if ((${#PUBLISHERS[@]})); then
    observe_policy pubsub "trigger-policy-$FUNCTION" pubsub topics get-iam-policy "$TRIGGER_TOPIC"
  fi
  observe_policy pubsub "dead-policy-$FUNCTION" pubsub topics get-iam-policy "$DEAD_TOPIC"
  observe_policy pubsub "subscription-policy-$FUNCTION" pubsub subscriptions get-iam-policy "$TRIGGER_TOPIC"
}

ensure_topics() {
  local publisher runtime="serviceAccount:$RUNTIME"
  once ensure_pubsub_account
  if takes_messages; then ensure_topic "$TRIGGER_TOPIC"; fi
  if takes_messages; then ensure_topic "$DEAD_TOPIC"; fi
  once ensure_topic "$NOTIFY_TOPIC"
  if takes_messages; then
    grant "dead-policy-$FUNCTION" roles/pubsub.publisher "$PUBSUB_AGENT" "$DEAD_TOPIC" \
      pubsub topics add-iam-policy-binding "$DEAD_TOPIC"
  fi
  grant notify-policy roles/pubsub.publisher "$runtime" "$NOTIFY_TOPIC" \
    pubsub topics add-iam-policy-binding "$NOTIFY_TOPIC"
  for publisher in "${PUBLISHERS[@]}"; do
    grant "trigger-policy-$FUNCTION" roles/pubsub.publisher "$publisher" "$TRIGGER_TOPIC" \
      pubsub topics add-iam-policy-binding "$TRIGGER_TOPIC"
  done
}

# Google makes Pub/Sub's own account when it is first asked for; the grants need it before the first topic for people.
ensure_pubsub_account() {
  observed_line topics "$NOTIFY_TOPIC" ||
    change "let Pub/Sub have its own account" beta services identity create --service=pubsub.googleapis.com
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
  grant "subscription-policy-$FUNCTION" roles/pubsub.subscriber "$PUBSUB_AGENT" "subscription $TRIGGER_TOPIC" \
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
