#!/usr/bin/env bash
# Puts the functions of an environment onto a cloud. Run it again at any time: what is already as the
# settings say is left alone, and nothing is ever deleted.
set -euo pipefail

usage() {
  cat <<'WORDS'
usage: ./deploy.sh gcp ENV [--plan]
       ./deploy.sh gcp ENV secret NAME [--plan] < FILE

Deploys the environment that infra/environments/ENV.env describes; sample.env there explains each setting.

  --plan       prints what would change, with the commands, and changes nothing in the cloud
  secret NAME  adds a version to a secret from standard input, such as the Kintone token

Ends with 0 done (with --plan: nothing to change), 1 failed, 2 usage or settings,
3 --plan found changes, 4 a secret still has no value.

IMAGE_DIGEST=sha256:… deploys that image, already pushed, and builds nothing.
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
  gcp) ;;
  aws) refuse_usage "no AWS function is in this release; kintone-export deploys with: ./deploy.sh gcp $environment" ;;
  *) refuse_usage "\`$cloud\` is not a cloud that this release knows; it is gcp" ;;
esac

# shellcheck source=infra/gcp/deploy.sh
source "$ROOT/infra/gcp/deploy.sh"
deploy_gcp "$environment" "$action" "$secret" "$plan"
