# shellcheck shell=bash
# Secrets: made empty, filled from standard input, readable by the one account, mounted as files.
#
# A setting NAME_FILE=short-name asks for the secret tasuki-ENV-short-name. The function finds its
# value in the file that NAME_FILE names there.

SECRETS_FOLDER=/secrets
# The short names whose secret has no value yet.
WAITING=()

secret_name() {
  printf 'tasuki-%s-%s' "$ENVIRONMENT" "$1"
}

# The short names that the settings ask for, each once.
secrets_in_use() {
  local name
  for name in "${!SETTING[@]}"; do
    if [[ $name == *_FILE ]]; then printf '%s\n' "${SETTING[$name]}"; fi
  done | sort -u
}

# With the settings of the whole environment: what two functions share is read once.
observe_secrets() {
  local short
  observe_if secretmanager secrets secrets list --filter="name:tasuki-$ENVIRONMENT-" --format='value(name.basename())'
  for short in $(secrets_in_use); do
    observe_if secretmanager "versions-$short" secrets versions list "$(secret_name "$short")" \
      --filter=state=enabled --format='value(name.basename())'
    observe_policy secretmanager "policy-$short" secrets get-iam-policy "$(secret_name "$short")"
  done
}

ensure_secrets() {
  local short
  for short in $(secrets_in_use); do
    once ensure_secret "$short"
    grant "policy-$short" roles/secretmanager.secretAccessor "serviceAccount:$RUNTIME" "$(secret_name "$short")" \
      secrets add-iam-policy-binding "$(secret_name "$short")"
    if [[ -z $(secret_version "$short") ]]; then once wait_for_secret "$short"; fi
  done
}

wait_for_secret() {
  WAITING+=("$1")
}

ensure_secret() {
  local name
  name=$(secret_name "$1")
  if observed_line secrets "$name"; then
    unchanged "secret $name, version $(secret_version "$1")"
  else
    change "make the secret $name, still empty" \
      secrets create "$name" --replication-policy=user-managed --locations="$REGION" --labels="$LABELS"
  fi
}

# Adds a version from standard input; the value is never an argument.
add_secret_version() {
  local short=$1 INPUT=''
  secrets_in_use | grep -Fxq -- "$short" ||
    fail "\`$short\` is not a secret of $ENVIRONMENT; its settings ask for: $(secrets_in_use | paste -sd ' ')" 2
  observe_secrets
  finish_reads
  api_enabled secretmanager || change "enable Secret Manager" services enable secretmanager.googleapis.com
  ensure_secret "$short"
  if [[ $PLAN == yes ]]; then
    change "add a version to $(secret_name "$short")" secrets versions add "$(secret_name "$short")" --data-file=-
    return
  fi
  if [[ -t 0 ]]; then read -rsp "Value of $short (it is not shown): " INPUT && echo; else INPUT=$(cat); fi
  [[ -n ${INPUT//[[:space:]]/} ]] || fail "the value of $short is blank; give it on standard input" 2
  change "add a version to $(secret_name "$short")" secrets versions add "$(secret_name "$short")" --data-file=-
  printf '\nThe next ./deploy.sh gcp %s uses it.\n' "$ENVIRONMENT"
}

# Ends when a secret has no value: the service would not start without it. A plan only says so.
require_secret_values() {
  local short
  ((${#WAITING[@]} == 0)) && return
  printf '\nA service can start only when each of its secrets has a value. Give it, then run deploy.sh again:\n'
  for short in "${WAITING[@]}"; do
    printf '  ./deploy.sh gcp %s secret %s < FILE\n' "$ENVIRONMENT" "$short"
  done
  printf '\n'
  [[ $PLAN == yes ]] || exit 4
}

# The number of the newest version of a secret that is enabled; nothing while it is empty.
secret_version() {
  observed "versions-$1" | sort --numeric-sort | tail -n 1
}
