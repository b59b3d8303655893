#!/usr/bin/env bash
# kintone-export beside cli-kintone: installs and builds what is measured, measures, and writes
# bench/kintone-export.md. README.md here tells what the numbers mean.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/test/install.sh
source scripts/test/environment.sh
cargo build --locked --release -p kintone-export -p simulators
exec python3 -B bench/kintone_export.py "$@"
