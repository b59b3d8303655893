#!/usr/bin/env bash
# Counting and hashing a DynamoDB export's data files beside `zcat | wc -l`: builds what is measured,
# measures, and writes bench/dynamodb-verify.md. README.md here tells what the numbers mean.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --locked --release -p dynamodb-format --example count
exec python3 -B bench/dynamodb_verify.py "$@"
