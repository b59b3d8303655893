#!/usr/bin/env bash
# What holds for the AWS templates and deploy.sh: linters, rights, settings, and the life of an environment on MiniStack.
#
# sam, aws, cfn-lint, checkov and ministack are found by TASUKI_SAM, TASUKI_AWS, TASUKI_CFN_LINT, TASUKI_CHECKOV and
# TASUKI_MINISTACK, else on the PATH. `run.sh WORD…` runs only the cases whose name or file holds a WORD; those of the
# story need each other.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
python3 -c 'import yaml' 2>/dev/null || {
  echo "python3 with PyYAML is not installed; on Debian: apt-get install python3-yaml" >&2
  exit 1
}
# The words of an expectation are those of the other cloud's tests.
export PYTHONPATH=../../gcp/tests
exec timeout 1200 python3 -B aws_test.py "$@"
