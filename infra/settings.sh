# shellcheck shell=bash
# The settings of an environment: a file of KEY=VALUE lines, read as data and never executed.

# The values by name, and what is wrong with them; all faults are told at once.
declare -A SETTING=()
FAULTS=()

# Says how the command is used, and ends.
refuse_usage() {
  printf 'error: %s\n\n' "$1" >&2
  usage >&2
  exit 2
}

# Ends with what is wrong: thing, value and repair.
fail() {
  printf 'error: %s\n' "$1" >&2
  exit "${2:-1}"
}

# The value of NAME, or DEFAULT when it is unset.
setting() {
  printf '%s' "${SETTING[$1]:-${2:-}}"
}

is_set() {
  [[ -n ${SETTING[$1]:-} ]]
}

# Takes the blanks out of the value of NAME, as in a list that was written with some.
remove_blanks() {
  if is_set "$1"; then SETTING[$1]=${SETTING[$1]//[[:space:]]/}; fi
}

# Notes that the value of NAME breaks RULE.
refuse_setting() {
  FAULTS+=("$1 is \`$(setting "$1")\`: $2")
}

# Notes that NAME is missing, which holds WHAT.
require_setting() {
  is_set "$1" || FAULTS+=("$1 is not set: $2")
}

# Notes a fault when NAME is set and does not match the whole of PATTERN.
match_setting() {
  local name=$1 pattern=$2 rule=$3
  if is_set "$name" && [[ ! ${SETTING[$name]} =~ ^($pattern)$ ]]; then
    refuse_setting "$name" "$rule"
  fi
}

# Reads FILE into SETTING; every name must match one of the patterns KNOWN. The cloud has set
# SAMPLE_SETTINGS, the file that explains them, and secret_repair NAME, which says where a secret goes.
read_settings() {
  local file=$1 line name value number=0 known
  shift
  known=$(
    IFS='|'
    printf '%s' "$*"
  )
  while IFS= read -r line || [[ -n $line ]]; do
    number=$((number + 1))
    line=${line#$'\xef\xbb\xbf'}
    line=${line%$'\r'}
    [[ $line =~ ^[[:space:]]*(#.*)?$ ]] && continue
    if [[ ! $line =~ ^[[:space:]]*([A-Za-z_][A-Za-z0-9_]*)=(.*)$ ]]; then
      # The line is not shown: it may hold a token.
      FAULTS+=("line $number is not KEY=VALUE; write it as DOMAIN=example, without a colon or blanks around =")
      continue
    fi
    name=${BASH_REMATCH[1]} value=$(unquoted "${BASH_REMATCH[2]}")
    if [[ $name =~ ^((RESTORE_)?(TOKEN(_[0-9]+)?|KINTONE_PASSWORD)|KINTONE_BASIC_AUTH_PASSWORD|NOTIFY_WEBHOOK|S3_(ACCESS_KEY_ID|SECRET_ACCESS_KEY)|(SOURCE|TARGET|(REVERSE_)?APPLY|DATABASE)_URL|DATABASE_PASSWORD|PAGE_SECRET)$ ]]; then
      FAULTS+=("$name is a secret and can't be in this file: remove the line, $(secret_repair "$name")")
    elif [[ ! $name =~ ^($known)$ ]]; then
      FAULTS+=("$name (line $number) is not a setting; $SAMPLE_SETTINGS lists all of them")
    elif [[ -v SETTING[$name] ]]; then
      FAULTS+=("$name is set twice, the second time on line $number; keep one")
    else
      SETTING[$name]=$value
    fi
  done <"$file"
}

# VALUE without surrounding blanks, quotes, or a comment after blanks.
unquoted() {
  local value=$1
  value=${value#"${value%%[![:space:]]*}"}
  case $value in
    \"*\"*) value=${value#\"} && value=${value%%\"*} ;;
    \'*\'*) value=${value#\'} && value=${value%%\'*} ;;
    *)
      [[ $value =~ ^(.*[^[:space:]])?[[:space:]]+#.*$ ]] && value=${BASH_REMATCH[1]}
      value=${value%"${value##*[![:space:]]}"}
      ;;
  esac
  printf '%s' "$value"
}

# Ends when a setting was at fault, naming all of them.
finish_settings() {
  local file=$1 one
  ((${#FAULTS[@]} == 0)) && return
  printf 'error: the settings in %s can'\''t be used\n' "$file" >&2
  for one in "${FAULTS[@]}"; do
    printf '  - %s\n' "$one" >&2
  done
  exit 2
}
