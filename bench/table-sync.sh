#!/usr/bin/env bash
# table-sync beside reladiff, pt-table-sync and the least that a comparison could cost: installs and builds what is
# measured, measures, and writes bench/table-sync.md. README.md here tells what the numbers mean.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v pt-table-sync >/dev/null; then
  echo "pt-table-sync is missing; apt-get install percona-toolkit" >&2
  exit 1
fi
scripts/test/install.sh
source scripts/test/environment.sh
peer=$TASUKI_TOOLS/reladiff
if ! cmp -s bench/table-sync/requirements.txt "$peer/requirements.txt"; then
  rm -rf "$peer"
  python3 -m venv --without-pip "$peer"
  "$TASUKI_TOOLS/venv/bin/pip" --python "$peer/bin/python" install --quiet --no-deps --disable-pip-version-check \
    --requirement bench/table-sync/requirements.txt
  cp bench/table-sync/requirements.txt "$peer/requirements.txt"
fi
cargo build --locked --release -p table-sync
exec python3 -B bench/table_sync.py "$@"
