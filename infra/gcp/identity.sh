# shellcheck shell=bash
# Two service accounts a function: one that it runs as, and one that may only call it, where not people do.

observe_identity() {
  observe_if iam accounts iam service-accounts list --format='value(email)'
}

observe_invoker() {
  # Read through the project's own path, so that an account of another project can't be meant.
  observe_policy iam "invoker-policy-$FUNCTION" iam service-accounts get-iam-policy "$INVOKER"
}

# Google limits the two names to 30 characters.
check_accounts() {
  local name
  for name in "${RUNTIME%%@*}" "${INVOKER%%@*}"; do
    ((${#name} <= 30)) ||
      fail "the service account $name has ${#name} characters and Google allows 30; choose a shorter environment name than \`$ENVIRONMENT\`" 2
  done
}

ensure_identity() {
  ensure_account "$RUNTIME" "Tasuki $ENVIRONMENT: runs $FUNCTION"
  takes_messages || return 0
  ensure_invoker
  # Pub/Sub signs its calls as the invoker. Projects made before April 2021 lack this right.
  grant "invoker-policy-$FUNCTION" roles/iam.serviceAccountTokenCreator "$PUBSUB_AGENT" "${INVOKER%%@*}" \
    iam service-accounts add-iam-policy-binding "$INVOKER"
}

ensure_invoker() {
  ensure_account "$INVOKER" "Tasuki $ENVIRONMENT: calls $FUNCTION"
}

ensure_account() {
  local email=$1 words=$2
  if observed_line accounts "$email"; then
    unchanged "service account ${email%%@*}"
  else
    change "make the service account ${email%%@*}" \
      iam service-accounts create "${email%%@*}" --display-name="$words"
  fi
}
