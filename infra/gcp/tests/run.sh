#!/usr/bin/env bash
# Runs deploy.sh with the real gcloud against google.py, a small Google Cloud on loopback. `run.sh WORD…` runs only the
# cases, and the stories with cases, whose name or file holds a WORD.
#
# Ends with 0 when all passed, 1 when one failed, and 77 when gcloud is not installed: then only what
# deploy.sh does before its first call was tested, and the last lines name what was not.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
command -v python3 >/dev/null || {
  echo "python3 is not installed; on Debian: apt-get install python3" >&2
  exit 1
}
exec timeout 2700 python3 -B deploy_test.py "$@"
