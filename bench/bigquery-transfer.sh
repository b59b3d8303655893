#!/usr/bin/env bash
# bigquery-transfer beside the article's script with bq: builds what is measured, measures, and writes
# bench/bigquery-transfer.md. README.md here tells what the numbers mean.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v bq >/dev/null; then
  echo "bq is missing; install the Google Cloud CLI, which no package registry carries" >&2
  exit 1
fi
scripts/test/install.sh
source scripts/test/environment.sh
cargo build --locked --release -p bigquery-transfer -p simulators
exec python3 -B bench/bigquery_transfer.py "$@"
