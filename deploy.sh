#!/usr/bin/env bash
# Puts the functions of an environment onto a cloud. Run it again at any time: what is already as the
# settings say is left alone, and nothing is ever deleted.
set -euo pipefail

usage() {
  cat <<'WORDS'
usage: ./deploy.sh gcp|aws ENV [--plan]
       ./deploy.sh gcp ENV secret NAME [--plan] < FILE

Deploys the environment that infra/environments/ENV.env describes: kintone-export, kintone-restore, bigquery-transfer,
table-sync and schema-migrate to Google Cloud, or rds-snapshot-export, dynamodb-export and dynamodb-restore to AWS. sample.env
and sample-aws.env there explain each setting.

  --plan       prints what would change and changes nothing; on gcp with the commands, on aws from the
               change sets of CloudFormation, for which the packages are uploaded
  secret NAME  adds a version to a secret from standard input, such as the Kintone token; s3-key takes both parts
               of bigquery-transfer's key at once

Ends with 0 done (with --plan: nothing to change), 1 failed, 2 usage or settings,
3 --plan found changes, 4 a secret still has no value.

IMAGE_DIGEST=sha256:… (gcp) deploys that image, already pushed, and builds nothing; for kintone-restore it is
RESTORE_IMAGE_DIGEST, for bigquery-transfer TRANSFER_IMAGE_DIGEST, for table-sync SYNC_IMAGE_DIGEST, for
schema-migrate MIGRATE_IMAGE_DIGEST.
BOOTSTRAPS=FOLDER (aws) deploys FOLDER/FUNCTION/bootstrap, built before, and builds nothing.
WORDS
}

if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] < 404)); then
  echo "error: bash is ${BASH_VERSION}; deploy.sh needs 4.4 or newer" >&2
  exit 2
fi

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=infra/settings.sh
source "$ROOT/infra/settings.sh"

cloud='' environment='' action=deploy secret='' plan=no
arguments=()
for word in "$@"; do
  case $word in
    --plan) plan=yes ;;
    -h | --help)
      usage
      exit 0
      ;;
    -*) refuse_usage "\`$word\` is not an option" ;;
    *) arguments+=("$word") ;;
  esac
done
case ${#arguments[@]} in
  2) ;;
  4)
    action=${arguments[2]} secret=${arguments[3]}
    [[ $action == secret ]] || refuse_usage "\`$action\` is not an action; the only one is secret NAME"
    ;;
  *) refuse_usage "a cloud and an environment are needed, such as: ./deploy.sh gcp prod" ;;
esac
cloud=${arguments[0]} environment=${arguments[1]}

case $cloud in
  gcp)
    # shellcheck source=infra/gcp/deploy.sh
    source "$ROOT/infra/gcp/deploy.sh"
    deploy_gcp "$environment" "$action" "$secret" "$plan"
    ;;
  aws)
    [[ $action == deploy ]] || refuse_usage "secrets of AWS are given in Secrets Manager; deploy.sh has no part in them"
    # shellcheck source=infra/aws/deploy.sh
    source "$ROOT/infra/aws/deploy.sh"
    deploy_aws "$environment" "$plan"
    ;;
  *) refuse_usage "\`$cloud\` is not a cloud that this release knows; it knows gcp and aws" ;;
esac
