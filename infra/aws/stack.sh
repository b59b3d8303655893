# shellcheck shell=bash
# One stack: brought up to date by SAM, or only its change set shown.

CHANGES=0

# Deploys TEMPLATE with PARAMETERS, a file, as the stack NAME.
ensure_stack() {
  local name=$1 template=$2 parameters=$3 begun deploy
  begun=$(date +%s)
  deploy=(sam deploy --config-file "$ROOT/samconfig.toml" --config-env "$(sam_environment)" --region "$REGION"
  --stack-name "$name" --template-file "$template" --s3-prefix "$name" --tags "tasuki=$ENVIRONMENT"
  --parameter-overrides "file://$parameters")
  if [[ $PLAN == yes ]]; then
    "${deploy[@]}" --no-execute-changeset >"$STATE/words" 2>&1 || refuse_stack "$name"
    show_changes "$name"
    forget_change_sets "$name" "$begun"
  else
    # What SAM says before CloudFormation's events is of no interest unless it fails.
    "${deploy[@]}" 2>&1 | tee "$STATE/words" | sed --unbuffered --quiet '/^CloudFormation events/,$p' || refuse_stack "$name"
    if nothing_to_change; then
      printf '= stack %s\n' "$name"
      forget_change_sets "$name" "$begun"
    else
      printf '+ stack %s is up to date now\n' "$name"
      rm -f "$STATE/outputs-$name"
    fi
  fi
}

# The table of samconfig.toml to read: that of the environment, or production's.
sam_environment() {
  if grep -q "^\[$ENVIRONMENT\." "$ROOT/samconfig.toml"; then printf '%s' "$ENVIRONMENT"; else printf 'production'; fi
}

nothing_to_change() {
  grep -q '^No changes to deploy' "$STATE/words"
}

refuse_stack() {
  cat "$STATE/words" >&2
  fail "deploying the stack $1 did not work; sam's words are above. Run deploy.sh again when it is repaired: it goes on from here"
}

# What the change set that SAM has just made would do, a line for each resource.
show_changes() {
  local name=$1 set action type id replacement
  if nothing_to_change; then
    printf '= stack %s\n' "$name"
    return
  fi
  set=$(sed -n 's/^Changeset created successfully\. *//p' "$STATE/words")
  aws cloudformation describe-change-set --change-set-name "$set" --output text \
    --query 'Changes[].ResourceChange.[Action,ResourceType,LogicalResourceId,Replacement]' >"$STATE/changes" ||
    fail "the change set of $name could not be read; aws's words are above"
  printf '+ stack %s\n' "$name"
  while IFS=$'\t' read -r action type id replacement; do
    CHANGES=$((CHANGES + 1))
    printf '    %s %s %s%s\n' "${action,,}" "$type" "$id" "$(replacement_words "$replacement")"
  done <"$STATE/changes"
  # A change set without a resource is one of outputs or tags.
  [[ -s $STATE/changes ]] || CHANGES=$((CHANGES + 1))
}

replacement_words() {
  case $1 in
    True) printf ', made anew' ;;
    Conditional) printf ', perhaps made anew' ;;
  esac
}

# Removes what this run left and did not execute: change sets, and the empty stack that one of them needed.
forget_change_sets() {
  local name=$1 begun=$2 set status
  aws cloudformation list-change-sets --stack-name "$name" --output text \
    --query "Summaries[?starts_with(ChangeSetName, 'samcli-deploy') && ExecutionStatus!='EXECUTE_COMPLETE'].ChangeSetName" |
    tr '\t' '\n' >"$STATE/sets" || fail "the change sets of $name could not be listed; aws's words are above"
  while IFS= read -r set; do
    # SAM names them after the second in which it makes them.
    if [[ $set =~ ^samcli-deploy([0-9]+)$ ]] && ((BASH_REMATCH[1] >= begun)); then
      aws cloudformation delete-change-set --stack-name "$name" --change-set-name "$set"
    fi
  done <"$STATE/sets"
  status=$(describe_stack "$name" StackStatus)
  if [[ $status == REVIEW_IN_PROGRESS ]]; then
    aws cloudformation delete-stack --stack-name "$name"
    aws cloudformation wait stack-delete-complete --stack-name "$name"
  fi
}

# The output KEY of the stack NAME; nothing when either does not exist. A stack is asked once.
output() {
  [[ -e $STATE/outputs-$1 ]] || describe_stack "$1" 'Outputs[].[OutputKey,OutputValue]' >"$STATE/outputs-$1"
  sed -n "s/^$2\t//p" "$STATE/outputs-$1"
}

# What QUERY finds in the description of the stack NAME, as text; nothing when there is no such stack.
describe_stack() {
  if ! aws cloudformation describe-stacks --stack-name "$1" --query "Stacks[0].$2" --output text >"$STATE/answer" 2>"$STATE/refusal"; then
    grep -q 'does not exist' "$STATE/refusal" && return
    cat "$STATE/refusal" >&2
    fail "the stack $1 could not be read; aws's words are above"
  fi
  cat "$STATE/answer"
}
