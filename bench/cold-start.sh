#!/usr/bin/env bash
# The functions' cold start beside the article's Python and beside the least that Rust can do: installs and builds
# what is measured, measures, and writes bench/cold-start.md. README.md here tells what the numbers mean.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/test/install.sh
source scripts/test/environment.sh
scripts/test/check.sh bootstraps
cargo build --locked --release -p function-runtime --example hello --features lambda
python=$TASUKI_TOOLS/cold-start
if ! cmp -s bench/cold-start/requirements.txt "$python/requirements.txt"; then
  rm -rf "$python"
  python3 -m venv --without-pip "$python"
  # Compiled, as Lambda's own modules are: else its first start would pay for that.
  "$TASUKI_TOOLS/venv/bin/pip" --python "$python/bin/python" install --quiet --no-deps --disable-pip-version-check \
    --requirement bench/cold-start/requirements.txt
  cp bench/cold-start/requirements.txt "$python/requirements.txt"
fi
exec python3 -B bench/cold_start.py "$@"
