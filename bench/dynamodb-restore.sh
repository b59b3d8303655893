#!/usr/bin/env bash
# dynamodb-restore beside the article's restore.js: installs and builds what is measured, measures, and writes
# bench/dynamodb-restore.md. README.md here tells what the numbers mean.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/test/install.sh
source scripts/test/environment.sh
peer=${CARGO_TARGET_DIR:-$PWD/target}/bench-dynamodb-restore
mkdir -p "$peer"
if ! cmp -s bench/dynamodb-restore/package-lock.json "$peer/installed.json"; then
  cp bench/dynamodb-restore/{package.json,package-lock.json,restore.js} "$peer"
  npm ci --prefix "$peer" --no-audit --no-fund
  cp bench/dynamodb-restore/package-lock.json "$peer/installed.json"
fi
cp bench/dynamodb-restore/restore.js "$peer"
cargo build --locked --release -p dynamodb-restore -p simulators
cargo build --locked --release -p dynamodb-format --example parse
exec python3 -B bench/dynamodb_restore.py "$@"
