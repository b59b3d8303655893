# shellcheck shell=bash
# The programs that deploying needs, and the account that they reach.

# The first release that deploy.sh was run with; older ones may not read parameters from a file.
OLDEST_SAM=1.170.0

require_tools() {
  local version
  command -v sam >/dev/null ||
    fail "sam is not installed; see https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/install-sam-cli.html, or: pip install aws-sam-cli"
  command -v aws >/dev/null ||
    fail "aws is not installed; see https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html, or: pip install awscli"
  command -v readelf >/dev/null || fail "readelf is not installed; on Debian: apt-get install binutils"
  version=$(sam --version) || fail "sam does not start; its words are above"
  version=${version##* }
  [[ $(printf '%s\n' "$OLDEST_SAM" "$version" | sort --version-sort | head -n 1) == "$OLDEST_SAM" ]] ||
    fail "sam is $version and deploy.sh needs $OLDEST_SAM or newer"
}

# Sets ACCOUNT, the account of the credentials in use; ends when the settings name another.
name_account() {
  ACCOUNT=$(aws sts get-caller-identity --query Account --output text) ||
    fail "AWS did not say whose credentials these are; its words are above. Log in, such as with: aws sso login"
  if is_set ACCOUNT && [[ $ACCOUNT != "$(setting ACCOUNT)" ]]; then
    fail "these are credentials of account $ACCOUNT, and ACCOUNT of $ENVIRONMENT is $(setting ACCOUNT); choose the other profile with AWS_PROFILE" 2
  fi
}
