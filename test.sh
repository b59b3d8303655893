#!/usr/bin/env bash
# Installs what the tests need, then runs all of them. CONTRIBUTING.md tells the rest.
set -uo pipefail
cd "$(dirname "$0")" || exit
source scripts/test/environment.sh

# Each check and the most seconds that it may take on two cores from nothing.
checks=(
  format:60
  portability:60
  shell:60
  data:60
  spelling:60
  clippy:1500
  features:900
  tests:2400
  doctests:900
  docs:900
  dependencies:300
  deploy:1500
  template:900
  bootstraps:1800
  end-to-end:600
  sam-local:600
)
quick=(format clippy tests)

usage() {
  cat <<'END'
usage: ./test.sh [--quick | CHECK...]

Without arguments all checks run. --quick runs format, clippy and tests.
END
  printf 'checks:'
  printf ' %s' "${checks[@]%:*}"
  echo
}

seconds_of() {
  local check
  for check in "${checks[@]}"; do
    [[ ${check%:*} != "$1" ]] || echo "${check#*:}"
  done
}

# Runs a command as a step: one line with its seconds, and its log if it failed.
# Status: that of the command; 124 when it took longer than its time.
step() {
  local name=$1 limit=$2 log=$TASUKI_TEST_LOGS/$1.log started=$SECONDS status=0
  shift 2
  printf '%-13s' "$name"
  # In the background, so that an interrupt reaches `timeout`, which passes it on to all below it.
  timeout --kill-after=10 "$limit" "$@" >"$log" 2>&1 </dev/null &
  running=$!
  wait "$running" || status=$?
  running=
  case $status in
    0) printf '%5d s  ok' $((SECONDS - started)) ;;
    77) printf '%5d s  not run: %s' $((SECONDS - started)) "$(tail -n 1 "$log")" ;;
    124) printf '%5d s  FAILED: took longer than %d s' $((SECONDS - started)) "$limit" ;;
    *) printf '%5d s  FAILED' $((SECONDS - started)) ;;
  esac
  # The test runner's own last words: how many tests ran.
  sed -nE 's/^ *Summary \[[^]]*\] *(.*)$/  \1/p' "$log" | tail -n 1 | tr -d '\n'
  echo
  # Tests that failed at first: a fault to be mended, though the check passes.
  sed -nE 's/^ *(FLAKY [0-9]+\/[0-9]+) *\[[^]]*\] *(\([^)]*\))? */    \1 /p' "$log" | sort -u
  [[ $status -eq 0 || $status -eq 77 ]] || awk '{ print "    " $0 }' "$log"
  return $status
}

stop() {
  [[ -z ${running:-} ]] || kill "$running" 2>/dev/null
  exit 130
}
trap stop INT TERM

case ${1:-} in
  --help | -h) usage && exit ;;
  --quick) wanted=("${quick[@]}") ;;
  '') wanted=("${checks[@]%:*}") ;;
  *) wanted=("$@") ;;
esac
for name in "${wanted[@]}"; do
  if [[ -z $(seconds_of "$name") ]]; then
    usage >&2
    exit 2
  fi
done

mkdir -p "$TASUKI_TEST_LOGS"
step install 1500 scripts/test/install.sh || exit 1
passed=0 failed=() absent=()
for name in "${wanted[@]}"; do
  status=0
  step "$name" "$(seconds_of "$name")" scripts/test/check.sh "$name" || status=$?
  case $status in
    0) passed=$((passed + 1)) ;;
    77) absent+=("$name") ;;
    *) failed+=("$name") ;;
  esac
done

echo "checks in $SECONDS s${failed[*]:+; failed: ${failed[*]}}"
echo "$passed passed, ${#failed[@]} failed${absent[*]:+, ${#absent[@]} skipped}"
for peer in "${peers[@]}"; do
  program=${peer%:*} unrun=()
  ! command -v "$program" >/dev/null || continue
  for name in "${wanted[@]}"; do
    [[ $program:$name != gcloud:deploy ]] || unrun+=(deploy)
    [[ $name != tests ]] || mapfile -t -O "${#unrun[@]}" unrun < <(
      git grep --untracked -hoE "fn ${peer#*:}\w+" -- '*.rs' | sed 's/^fn //'
    )
  done
  [[ ${#unrun[@]} -eq 0 ]] || echo "$program is absent, so these did not run: ${unrun[*]}"
done
[[ ${#failed[@]} -eq 0 ]]
