# shellcheck shell=bash
# Reading what is there, changing what differs, and saying both.
#
# All reads run before the first change, several at once, each into a file of $STATE. What a concern
# then does is: compare the file with what the settings want, and `change` or say `unchanged`.

# How many gcloud reads run at once.
READERS=${READERS:-4}
# How often and how long to wait for Google to know what was created a moment ago.
PATIENCE=${PATIENCE:-12}
PAUSE_SECONDS=${PAUSE_SECONDS:-10}
# The first release that deploy.sh was run with; older ones lack commands or say other words.
OLDEST_GCLOUD=528

CHANGES=0
UNCHANGED=0

# gcloud for this project, which never asks. INPUT, if set, is its standard input, each time it is tried.
cloud() {
  printf '%s' "${INPUT:-}" | gcloud --project="$PROJECT" --quiet "$@"
}

require_gcloud() {
  command -v gcloud >/dev/null ||
    fail "gcloud is not installed; see https://cloud.google.com/sdk/docs/install, or use Cloud Shell, which has it"
  local version
  version=$(gcloud version --format='value("Google Cloud SDK")') || fail "gcloud does not start; its words are above"
  ((${version%%.*} >= OLDEST_GCLOUD)) ||
    fail "gcloud is $version and deploy.sh needs $OLDEST_GCLOUD or newer; run: gcloud components update"
}

# Starts COMMAND, its output to $STATE/KEY. What does not exist reads as nothing.
observe() {
  local key=$1
  shift
  while (($(jobs -rp | wc -l) >= READERS)); do
    wait -n || true
  done
  {
    if ! cloud "$@" >"$STATE/$key" 2>"$STATE/$key.words" &&
      ! grep -Eq 'NOT_FOUND|HTTPError 404|not found: 404|Cannot find (service|job)' "$STATE/$key.words"; then
      touch "$STATE/$key.failed"
    fi
  } &
}

# The same, where the API that is asked is enabled; otherwise nothing can exist yet.
observe_if() {
  local api=$1
  shift
  if api_enabled "$api"; then observe "$@"; else : >"$STATE/$1"; fi
}

# The members of a policy, one `role<tab>member<tab>title of the condition` a line.
observe_policy() {
  observe_if "$@" --flatten='bindings[].members[]' --format='value(bindings.role,bindings.members,bindings.condition.title)'
}

# Waits for all reads; ends with the words of those that failed.
finish_reads() {
  local failed one
  wait
  failed=$(find "$STATE" -name '*.failed')
  [[ -z $failed ]] && return
  for one in $failed; do
    cat "${one%.failed}.words" >&2
  done
  fail "reading the project $PROJECT did not work; gcloud's words are above, and nothing was changed"
}

observed() {
  cat "$STATE/$1"
}

# Whether one line of what was read under KEY is LINE.
observed_line() {
  grep -Fxq -- "$2" "$STATE/$1"
}

unchanged() {
  UNCHANGED=$((UNCHANGED + 1))
  printf '= %s\n' "$1"
}

# Does COMMAND, or prints it when only planning. WORDS say what it is for.
change() {
  local words=$1
  shift
  CHANGES=$((CHANGES + 1))
  printf '+ %s\n' "$words"
  if [[ $PLAN == yes ]]; then
    show_command "$@"
  else
    attempt "$@" >"$STATE/answer" || fail "\`$words\` did not work; gcloud's words are above. Run deploy.sh again when it is repaired: it goes on from here"
  fi
}

# Prints COMMAND as it could be typed, and what the files that it names hold.
show_command() {
  local argument
  {
    printf '    gcloud --project=%s' "$PROJECT"
    printf ' %q' "$@"
    printf '\n'
  } | sed "s|$STATE/||g"
  for argument in "$@"; do
    argument=${argument#--*=}
    if [[ $argument == "$STATE"/* ]]; then sed 's/^/    | /' "$argument"; fi
  done
}

# Runs gcloud until it does not stumble over something created a moment ago: an API, an account or a
# policy takes up to two minutes to be known everywhere.
attempt() {
  local try
  for ((try = 1; ; try++)); do
    if cloud "$@" 2>"$STATE/words"; then return; fi
    if ((try == PATIENCE)) ||
      ! grep -Eq 'SERVICE_DISABLED|has not been used in project|does not exist|concurrent policy changes|ABORTED|UNAVAILABLE' "$STATE/words"; then
      cat "$STATE/words" >&2
      return 1
    fi
    printf '  … not known everywhere yet; trying again in %s s\n' "$PAUSE_SECONDS" >&2
    sleep "$PAUSE_SECONDS"
  done
}

# Gives ROLE to MEMBER, unless the policy read under KEY has it. COMMAND names the resource.
grant() {
  local key=$1 role=$2 member=$3 words="let ${3#*:} be $2 on $4"
  shift 4
  if observed_line "$key" "$role"$'\t'"$member"$'\t'; then
    unchanged "$words"
  else
    change "$words" "$@" --member="$member" --role="$role" --format=none
  fi
}

# Gives ROLE to MEMBER only where EXPRESSION holds; TITLE tells it from the same role elsewhere. The rest as for `grant`.
grant_where() {
  local key=$1 role=$2 member=$3 words="let ${3#*:} be $2 on $4 only" title=$5 expression=$6
  shift 6
  if observed_line "$key" "$role"$'\t'"$member"$'\t'"$title"; then
    unchanged "$words"
  else
    change "$words" "$@" --member="$member" --role="$role" --condition="^;^title=$title;expression=$expression" --format=none
  fi
}

# TEXT as a JSON string, quotes included; YAML reads it too.
quoted() {
  local text=$1
  text=${text//\\/\\\\}
  text=${text//\"/\\\"}
  text=${text//$'\t'/\\t}
  printf '"%s"' "$text"
}

# TEMPLATE with each {{NAME}} replaced by the shell variable NAME; what replaces it is not looked at again.
render() {
  local rest name text=''
  rest=$(<"$1")
  while [[ $rest =~ \{\{([A-Z_]+)\}\} ]]; do
    name=${BASH_REMATCH[1]}
    text+=${rest%%"{{$name}}"*}${!name}
    rest=${rest#*"{{$name}}"}
  done
  printf '%s\n' "$text$rest"
}

# The arguments after the first, joined by it.
joined() {
  local separator=$1 text=$2 one
  for one in "${@:3}"; do
    text+=$separator$one
  done
  printf '%s' "$text"
}

# The first 16 hex digits of the SHA-256 of standard input: short enough for a label.
fingerprint() {
  sha256sum | cut -c1-16
}
