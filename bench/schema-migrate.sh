#!/usr/bin/env bash
# schema-migrate beside dbmate and psql: installs and builds what is measured, measures, and writes bench/schema-migrate.md.
# README.md here tells what the numbers mean.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/test/install.sh
source scripts/test/environment.sh
peer=${CARGO_TARGET_DIR:-$PWD/target}/bench-schema-migrate
mkdir -p "$peer"
if ! cmp -s bench/schema-migrate/package-lock.json "$peer/installed.json"; then
  cp bench/schema-migrate/{package.json,package-lock.json} "$peer"
  npm ci --prefix "$peer" --ignore-scripts --no-audit --no-fund
  cp bench/schema-migrate/package-lock.json "$peer/installed.json"
fi
# As deploy.sh builds it.
RUSTFLAGS='-C target-feature=+crt-static' cargo build --locked --release -p schema-migrate --features cloud --target x86_64-unknown-linux-gnu
exec python3 -B bench/schema_migrate.py "$@"
