#!/usr/bin/env bash
# One check of test.sh: `scripts/test/check.sh NAME`. Exits 77, with the reason as its last line, when it
# needs what install.sh can't install everywhere: gcloud, which no package registry carries, or a
# container engine, which only root can start. Everything else that is missing is a failure.
set -euo pipefail
source scripts/test/environment.sh
here=scripts/test
# The functions that run on Lambda.
bootstraps=(rds-snapshot-export dynamodb-export dynamodb-restore)

# The tracked files, and new ones that are not ignored, that match the pathspecs.
files() {
  git ls-files --cached --others --exclude-standard --deduplicate -- "$@" |
    while IFS= read -r file; do [[ ! -f $file ]] || printf '%s\n' "$file"; done
}

# The same as an array called `found`; none found is a failure, for then the check checks nothing.
find_files() {
  mapfile -t found < <(files "$@")
  [[ ${#found[@]} -gt 0 ]] || {
    echo "no file matches: $*" >&2
    return 1
  }
}

check_format() {
  cargo fmt --all --check -- --color=never
}

check_clippy() {
  cargo clippy --locked --workspace --all-targets --all-features -- -D warnings
}

# The default features, and those of `cargo demo`, must build on their own. Two crates also tell
# what they were built without.
check_features() {
  cargo clippy --locked --workspace --all-targets -- -D warnings
  cargo clippy --locked -p tasuki --no-default-features --all-targets -- -D warnings
  cargo nextest run --locked --config-file "$here/nextest.toml" -p cloud-store -p cloud-topic
}

check_tests() {
  local peer absent='' filter=()
  for peer in "${peers[@]}"; do
    command -v "${peer%:*}" >/dev/null || absent+="${absent:+|}${peer#*:}"
  done
  [[ -z $absent ]] || filter=(-E "not test(/(^|::)($absent)/)")
  cargo nextest run --locked --workspace --all-features \
    --config-file "$here/nextest.toml" "${filter[@]}"
}

check_doctests() {
  cargo test --locked --workspace --all-features --doc
}

check_docs() {
  RUSTDOCFLAGS='-D warnings' cargo doc --locked --workspace --all-features --no-deps
}

check_dependencies() {
  cargo deny --all-features --log-level warn check bans licenses sources
  cargo shear
}

check_shell() {
  local file programs=() fragments=()
  while IFS= read -r file; do
    if head -c 64 "$file" | tr -d '\0' | head -n 1 | grep -qE '^#!.*[/ ](bash|sh)$'; then
      programs+=("$file")
    elif [[ $file == *.sh ]]; then
      fragments+=("$file")
    fi
  done < <(files)
  echo "programs: ${programs[*]}"
  echo "sourced by them: ${fragments[*]}"
  shellcheck --external-sources --source-path=SCRIPTDIR:. "${programs[@]}"
  # Not for these: the rules about variables, which another file sets or reads.
  shellcheck --exclude=SC2034,SC2153,SC2154 --source-path=SCRIPTDIR:. "${fragments[@]}"
  shfmt --diff "${programs[@]}" "${fragments[@]}"
}

# A JSON or YAML file as it is, or a template of one with something in each `{{NAME}}`.
filled() {
  sed -E '/^\{\{[A-Z_]+\}\}$/d; s/\{\{[A-Z_]+\}\}/0/g' "$1"
}

check_data() {
  local found file faults=0 words
  find_files '*.json' '*.yaml' '*.yml'
  for file in "${found[@]}"; do
    words=$(lint_data "$file" 2>&1) && continue
    printf '%s is at fault:\n%s\n' "$file" "$words"
    faults=1
  done
  return $faults
}

lint_data() {
  case $1 in
    *.json) filled "$1" | python3 -c 'import json, sys; json.load(sys.stdin)' 2>&1 | tail -n 1 ;;
    *) filled "$1" | yamllint --strict --format parsable --config-file "$here/yamllint.yaml" - ;;
  esac
}

check_spelling() {
  typos --config "$here/typos.toml"
}

# The project must work on every machine: no path of this one, no registry but the public ones.
check_portability() {
  local faults=0
  if git grep --untracked -nF -e "$PWD/" -e "$HOME/." -e /root/ -e /Users/ -- . ":!$here/check.sh"; then
    echo "a path of one machine" && faults=1
  fi
  if grep -nE '"resolved"|--(extra-)?index-url|--find-links|registry *=' \
    "$here/package-lock.json" "$here"/requirements*.txt; then
    echo "a lock names a registry; npm leaves it out with --omit-lockfile-registry-resolved" && faults=1
  fi
  return $faults
}

# deploy.sh, run twice with the real gcloud against a recorder.
check_deploy() {
  local status=0
  infra/gcp/tests/run.sh || status=$?
  [[ $status -ne 77 ]] || echo "gcloud is absent"
  return $status
}

# The AWS templates and deploy.sh: linters, what may never be in them, and the life of a stack.
check_template() {
  infra/aws/tests/run.sh
}

# The bootstraps as they are deployed, for the checks that come after, and what they weigh.
check_bootstraps() {
  local function packages=() features=''
  for function in "${bootstraps[@]}"; do
    packages+=(-p "$function")
    features+="$function/lambda,"
  done
  cargo build --locked --release "${packages[@]}" --features "${features%,}"
  for function in "${bootstraps[@]}"; do
    install -D "$target/release/$function" "$TASUKI_BOOTSTRAPS/$function/bootstrap"
  done
  weigh rds-snapshot-export 10000000
  weigh dynamodb-export 10000000
  # It plans, reads, writes and makes tables: more of DynamoDB's client than the export needs, and more of its own.
  weigh dynamodb-restore 10700000
}

weigh() {
  local bytes
  bytes=$(stat --format=%s "$TASUKI_BOOTSTRAPS/$1/bootstrap")
  echo "$1: $bytes bytes, at most $2"
  [[ $bytes -le $2 ]]
}

# deploy.sh with MiniStack as its AWS, where the bootstraps then do what they do at night.
check_end-to-end() {
  aws_test end_to_end.py
}

# The bootstraps in containers, by `sam local invoke`.
check_sam-local() {
  aws_test sam_local.py
}

aws_test() {
  local function
  for function in "${bootstraps[@]}"; do
    if [[ ! -x $TASUKI_BOOTSTRAPS/$function/bootstrap ]]; then
      echo "there is no bootstrap of $function; run ./test.sh bootstraps first" >&2
      return 1
    fi
  done
  # As the other checks build it, or all of it would be built anew.
  cargo build --locked --workspace --all-features --bin simulators
  BOOTSTRAPS=$TASUKI_BOOTSTRAPS SIMULATORS=$target/debug/simulators PYTHONPATH=infra/gcp/tests \
    python3 -B "infra/aws/tests/$1"
}

"check_$1"
