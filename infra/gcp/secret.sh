# shellcheck shell=bash
# Secrets: made empty, filled from standard input, readable by the one account, mounted as files.
#
# A setting NAME_FILE=short-name asks for the secret tasuki-ENV-short-name. The function finds its
# value in the file that NAME_FILE names there.

SECRETS_FOLDER=/secrets
# The short names whose secret has no value yet.
WAITING=()
# The short names that are given at once by one name, and the command that says their values.
declare -A PARTS=() ORIGIN=()

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

# Adds a version from standard input, or one to each of PARTS; no value is ever an argument.
add_secret_version() {
  local name=$1 shorts=() values=() short given='' index
  read -ra shorts <<<"${PARTS[$name]:-$name}"
  for short in "${shorts[@]}"; do
    secrets_in_use | grep -Fxq -- "$short" ||
      fail "\`$name\` is not a secret of $ENVIRONMENT; its settings ask for: $(
        { secrets_in_use && printf '%s\n' "${!PARTS[@]}"; } | sed '/^$/d' | paste -sd ' '
      )" 2
  done
  observe_secrets
  finish_reads
  api_enabled secretmanager || change "enable Secret Manager" services enable secretmanager.googleapis.com
  for short in "${shorts[@]}"; do ensure_secret "$short"; done
  if [[ $PLAN == no ]]; then
    if [[ -t 0 ]]; then read -rsp "Value of $name (it is not shown): " given && echo; else given=$(cat); fi
    [[ -n ${given//[[:space:]]/} ]] || fail "the value of $name is blank; give it on standard input" 2
  fi
  if ((${#shorts[@]} == 1)); then
    values=("$given")
  else
    read -rd '' -a values <<<"$given" || true
    [[ $PLAN == yes ]] || ((${#values[@]} == ${#shorts[@]})) ||
      fail "$name takes ${#shorts[@]} values with a blank between them (${PARTS[$name]}), and there are ${#values[@]}" 2
  fi
  for index in "${!shorts[@]}"; do add_version "${shorts[index]}" "${values[index]:-}"; done
  [[ $PLAN == yes ]] || printf '\nThe next ./deploy.sh gcp %s uses it.\n' "$ENVIRONMENT"
}

# `cloud` gives INPUT to gcloud as its standard input.
add_version() {
  local INPUT=$2
  change "add a version to $(secret_name "$1")" secrets versions add "$(secret_name "$1")" --data-file=-
}

# Ends when a secret has no value: the service would not start without it. A plan only says so.
require_secret_values() {
  local short
  ((${#WAITING[@]} == 0)) && return
  printf '\nA service can start only when each of its secrets has a value. Give it, then run deploy.sh again:\n'
  for short in "${WAITING[@]}"; do
    how_to_give "$short"
  done | sort -u
  printf '\n'
  [[ $PLAN == yes ]] || exit 4
}

# The command that gives a secret its value: for a part the one that gives all parts.
how_to_give() {
  local name
  for name in "${!PARTS[@]}"; do
    if [[ " ${PARTS[$name]} " == *" $1 "* ]]; then
      printf '  %s | ./deploy.sh gcp %s secret %s\n' "${ORIGIN[$name]}" "$ENVIRONMENT" "$name"
      return
    fi
  done
  printf '  ./deploy.sh gcp %s secret %s < FILE\n' "$ENVIRONMENT" "$1"
}

# The number of the newest version of a secret that is enabled; nothing while it is empty.
secret_version() {
  observed "versions-$1" | sort --numeric-sort | tail -n 1
}
