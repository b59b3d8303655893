# shellcheck shell=bash
# Who may open a page: IAP stands before the service, asks who it is, and lets in whom the settings name.
#
# IAP itself calls the service, as an account of its own, and signs who it let in.

IAP_ROLE=roles/iap.httpsResourceAccessor

iap_agent() {
  printf 'serviceAccount:service-%s@gcp-sa-iap.iam.gserviceaccount.com' "${PROJECT_NUMBER:-}"
}

# Whom the signature of IAP is meant for.
# Source: "Get the user's identity", signed headers, audience of Cloud Run.
iap_audience() {
  printf '/projects/%s/locations/%s/services/%s' "$PROJECT_NUMBER" "$REGION" "$NAME"
}

# Google makes the account when it is first asked for; a service that it may call already has seen it.
ensure_iap_agent() {
  observed_line "service-policy-$FUNCTION" roles/run.invoker$'\t'"$CALLER"$'\t' ||
    change "let IAP have its own account" beta services identity create --service=iap.googleapis.com
}

# Lets in MEMBERS and nobody else: who is no longer named is shut out.
ensure_visitors() {
  local key="visitors-$FUNCTION" page=(--resource-type=cloud-run --service="$NAME" --region="$REGION") member role found
  observe_visitors "$key" "${page[@]}"
  for member in "$@"; do
    grant "$key" "$IAP_ROLE" "$member" "the page $NAME" beta iap web add-iam-policy-binding "${page[@]}"
  done
  while IFS=$'\t' read -r role found _; do
    if [[ $role == "$IAP_ROLE" && " $* " != *" $found "* ]]; then
      change "shut ${found#*:} out of the page $NAME" beta iap web remove-iam-policy-binding "${page[@]}" \
        --member="$found" --role="$IAP_ROLE" --all --format=none
    fi
  done < <(observed "$key")
}

# Reads who is let in; nobody can be before the service is there.
observe_visitors() {
  local key=$1
  shift
  : >"$STATE/$key"
  if [[ -s $STATE/service-$FUNCTION ]]; then
    observe_policy iap "$key" beta iap web get-iam-policy "$@"
    finish_reads
  fi
}
