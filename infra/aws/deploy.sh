# shellcheck shell=bash
# Deploying to AWS: read the settings, build and check the bootstraps, bring two stacks up to date, sum up.
#
# CloudFormation compares and repairs; what is here is what it can't do: all faults of the settings at
# once, the check that a bootstrap will start, and a plan that leaves nothing behind.

# shellcheck source=infra/aws/settings.sh
source "$ROOT/infra/aws/settings.sh"
# shellcheck source=infra/aws/tools.sh
source "$ROOT/infra/aws/tools.sh"
# shellcheck source=infra/aws/bootstrap.sh
source "$ROOT/infra/aws/bootstrap.sh"
# shellcheck source=infra/aws/parameters.sh
source "$ROOT/infra/aws/parameters.sh"
# shellcheck source=infra/aws/stack.sh
source "$ROOT/infra/aws/stack.sh"

deploy_aws() {
  ENVIRONMENT=$1
  PLAN=$2
  local file="infra/environments/$ENVIRONMENT.env"
  [[ $ENVIRONMENT =~ ^[a-z][a-z0-9-]*[a-z0-9]$ ]] ||
    refuse_usage "\`$ENVIRONMENT\` can't be an environment: use lower-case letters, digits and -, such as production"
  [[ -f $ROOT/$file ]] || fail "$file does not exist; copy $SAMPLE_SETTINGS to it and fill it in" 2

  read_settings "$ROOT/$file" "${AWS_SETTINGS[@]}"
  check_aws_settings
  finish_settings "$file"
  REGION=$(setting REGION ap-northeast-1)
  export AWS_REGION=$REGION AWS_DEFAULT_REGION=$REGION AWS_PAGER='' SAM_CLI_TELEMETRY=0
  require_tools

  STATE=$(mktemp -d)
  trap 'rm -rf "$STATE"' EXIT
  cd "$ROOT" || exit
  name_stacks
  name_account
  start_words
  ensure_bootstraps
  lint_templates
  ensure_foundation
  ensure_functions
  sum_up
}

name_stacks() {
  STACK=tasuki-$ENVIRONMENT
  FOUNDATION=$STACK-foundation
}

start_words() {
  printf '%s of %s in account %s, %s\n' "${FUNCTIONS[*]}" "$ENVIRONMENT" "$ACCOUNT" "$REGION"
  [[ $PLAN == no ]] || printf 'Only a plan: packages are uploaded to the bucket that SAM keeps for them, and nothing else is changed.\n'
  printf '\n'
}

# Both at once: SAM takes some seconds to start.
lint_templates() {
  local template
  for template in template.yaml infra/aws/foundation.yaml; do
    sam validate --lint --template-file "$template" >"$STATE/lint-${template##*/}" 2>&1 || touch "$STATE/refused-${template##*/}" &
  done
  wait
  for template in template.yaml infra/aws/foundation.yaml; do
    if [[ -e $STATE/refused-${template##*/} ]]; then
      cat "$STATE/lint-${template##*/}" >&2
      fail "$template does not pass sam validate --lint; its words are above"
    fi
  done
}

ensure_foundation() {
  foundation_parameters >"$STATE/foundation.yaml"
  ensure_stack "$FOUNDATION" infra/aws/foundation.yaml "$STATE/foundation.yaml"
}

ensure_functions() {
  template_parameters >"$STATE/template.yaml"
  ensure_stack "$STACK" template.yaml "$STATE/template.yaml"
}

# The last lines: what was done, and with --plan whether anything is to be done.
sum_up() {
  if [[ $PLAN == yes ]]; then
    printf '\n%s to change. To do it: the same command without --plan\n' "$CHANGES"
    ((CHANGES == 0)) || exit 3
    return
  fi
  next_steps
}

next_steps() {
  local function bucket pending
  bucket=$(output "$FOUNDATION" Bucket)
  pending=$(aws sns list-subscriptions-by-topic --topic-arn "$(output "$FOUNDATION" NotifyTopic)" \
    --query "Subscriptions[?SubscriptionArn=='PendingConfirmation'].Endpoint" --output text) ||
    fail "asking for the subscriptions of the topic did not work; aws's words are above"
  if [[ -n $pending && $pending != None ]]; then
    printf '\nNobody is told anything yet: %s has a mail of AWS with a link, Confirm subscription.\n' "$pending"
  fi
  for function in "${FUNCTIONS[@]}"; do
    case $function in
      *-export) next_steps_of_export "$function" "${RESOURCE[$function]}" ;;
      *-restore) next_steps_of_restore "$function" "${RESOURCE[$function]}" ;;
    esac
  done
  if is_set BIGQUERY_READER; then next_steps_of_reader "$(output "$FOUNDATION" BigqueryReader)"; fi
  cat <<WORDS

See what is verified; latest.json of a source points to its newest verified export:
  aws s3 ls --region $REGION --recursive s3://$bucket/$(folder)verified/
WORDS
}

next_steps_of_export() {
  cat <<WORDS

Run $1 once now, so that the alarm on silence has nothing to tell:
  sam remote invoke $2 --stack-name $STACK --region $REGION --event '{}'
See what it says:
  aws logs tail $(output "$STACK" "$2Logs") --region $REGION --since 1h
WORDS
}

# A user without a key is of no use yet. The key goes from one program to the other, and is never shown.
next_steps_of_reader() {
  local keys environment=ENV
  keys=$(aws iam list-access-keys --user-name "$1" --query 'length(AccessKeyMetadata)' --output text) ||
    fail "asking for the keys of $1 did not work; aws's words are above"
  ((keys == 0)) || return 0
  [[ $(setting VERIFIED_TOPIC) =~ /topics/tasuki-(.+)-bigquery-transfer$ ]] && environment=${BASH_REMATCH[1]}
  cat <<WORDS

Give BigQuery a key of its reader; it is shown nowhere:
  aws iam create-access-key --region $REGION --user-name $1 --query 'AccessKey.[AccessKeyId,SecretAccessKey]' --output text | ./deploy.sh gcp $environment secret s3-key
WORDS
}

# A restore has no schedule: a person starts it, after a look at its plan.
next_steps_of_restore() {
  cat <<WORDS

Restore the newest verified backup of TABLE into TABLE-RESTORED, one of RESTORE_TABLES, with $1. What it would do:
  echo '{"source": "TABLE", "table": "TABLE-RESTORED", "dryRun": true}' >restore.json
  sam remote invoke $2 --stack-name $STACK --region $REGION --event-file restore.json
Do it, by several workers, until all is read back:
  echo '{"source": "TABLE", "table": "TABLE-RESTORED"}' >restore.json
  aws stepfunctions start-execution --region $REGION --input file://restore.json \\
    --state-machine-arn $(output "$STACK" "$2Workflow")
See how far it is, and what it says:
  aws s3 ls --region $REGION --recursive $(runs)/$1/
  aws logs tail $(output "$STACK" "$2Logs") --region $REGION --since 1h
WORDS
}

# Where run records are.
runs() {
  setting RUNS_URL "s3://$(setting EXPORT_S3_BUCKET)/$(folder)runs"
}

# S3_PREFIX with / behind it, or nothing.
folder() {
  is_set S3_PREFIX && printf '%s/' "$(setting S3_PREFIX)"
}
