#!/usr/bin/env bash
# kintone-restore beside `cli-kintone record import`: installs and builds what is measured, measures, and writes
# bench/kintone-restore.md. README.md here tells what the numbers mean.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/test/install.sh
source scripts/test/environment.sh
cargo build --locked --release -p kintone-export -p kintone-restore -p simulators
exec python3 -B bench/kintone_restore.py "$@"
