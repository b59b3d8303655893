# shellcheck shell=bash
# The Cloud Run service: the image by digest, settings as variables, secrets as mounted files.
#
# The whole of it is rendered from service.yaml. Its fingerprint is a label of the service, so that
# "unchanged" is known without comparing what Google adds of its own.

observe_service() {
  local fields='metadata.labels.tasuki-config,spec.template.spec.containers[0].image'
  fields+=',status.latestReadyRevisionName,status.latestCreatedRevisionName'
  observe_if run "service-$FUNCTION" run services describe "$NAME" --region="$REGION" --format="csv[no-heading,separator='|']($fields)"
  observe_policy run "service-policy-$FUNCTION" run services get-iam-policy "$NAME" --region="$REGION"
}

# The address that Cloud Run derives from the name; known before the service is made.
service_url() {
  printf 'https://%s-%s.%s.run.app' "$NAME" "$PROJECT_NUMBER" "$REGION"
}

ensure_service() {
  local config image ready revision replace=(run services replace "$STATE/service.yaml" --region="$REGION")
  render_service
  IFS='|' read -r config image ready revision < <(observed "service-$FUNCTION") || true
  if [[ -z $config$image ]]; then
    change "make the service $NAME" "${replace[@]}"
  elif [[ $config != "$CONFIG" || $image != "$IMAGE" ]]; then
    change "bring the service $NAME up to date" "${replace[@]}"
  elif [[ $ready == "$revision" ]]; then
    unchanged "service $NAME, configuration $CONFIG"
  else
    # The same again would be no new revision, and so no new try.
    render_service "$revision"
    change "start the service $NAME again, because $revision did not start" "${replace[@]}"
  fi
  grant "service-policy-$FUNCTION" roles/run.invoker "$CALLER" "service $NAME" \
    run services add-iam-policy-binding "$NAME" --region="$REGION"
  refuse_the_public
}

# Nobody but the caller: a service that was opened by hand is closed again.
refuse_the_public() {
  local everyone
  for everyone in allUsers allAuthenticatedUsers; do
    observed_line "service-policy-$FUNCTION" roles/run.invoker$'\t'$everyone$'\t' || continue
    change "close the service $NAME to $everyone" run services remove-iam-policy-binding "$NAME" \
      --region="$REGION" --member="$everyone" --role=roles/run.invoker --format=none
  done
}

# Writes $STATE/service.yaml; sets CONFIG to the fingerprint, which RETRY_OF, a revision, is no part of.
# shellcheck disable=SC2034 # render reads the upper-case names
render_service() {
  local VARIABLES MOUNTS VOLUMES GATE ANNOTATIONS MEMORY retry_of=${1:-}
  name_parts
  GATE=$(service_gate) ANNOTATIONS=$(service_annotations)
  CONFIG=''
  CONFIG=$(render "$ROOT/infra/gcp/service.yaml" | fingerprint)
  [[ -z $retry_of ]] || ANNOTATIONS+=$'\n'"        tasuki-retry-of: $retry_of"
  render "$ROOT/infra/gcp/service.yaml" | sed '/^$/d' >"$STATE/service.yaml"
}

# Sets VARIABLES, MOUNTS, VOLUMES and MEMORY: what is in the container, as YAML.
name_parts() {
  local short version
  MEMORY=$(setting MEMORY "$MEMORY_UNLESS_SET") VARIABLES=$(service_variables) MOUNTS='' VOLUMES=''
  for short in $(secrets_in_use); do
    version=$(secret_version "$short")
    version=${version:-(the version that is given)}
    MOUNTS+="            - {name: $short, mountPath: $SECRETS_FOLDER/$short}"$'\n'
    VOLUMES+="        - {name: $short, secret: {secretName: $(secret_name "$short")"
    VOLUMES+=", items: [{key: \"$version\", path: value}]}}"$'\n'
  done
  [[ -z $MOUNTS ]] || MOUNTS="          volumeMounts:"$'\n'$MOUNTS
  [[ -z $VOLUMES ]] || VOLUMES="      volumes:"$'\n'$VOLUMES
}

# The function's variables, sorted, as YAML.
service_variables() {
  local name
  while IFS= read -r name; do
    printf '            - {name: %s, value: %s}\n' "$name" "$(quoted "${VARIABLE[$name]}")"
  done < <(printf '%s\n' "${!VARIABLE[@]}" | sort)
}

# From where the service can be reached, as annotations.
service_gate() {
  if takes_messages; then
    # Pub/Sub in the same project counts as internal; nobody else gets as far as the token check.
    printf '    run.googleapis.com/ingress: internal\n'
  else
    # People come from anywhere, and IAP stands before every way in.
    printf '    run.googleapis.com/ingress: all\n    run.googleapis.com/iap-enabled: "true"\n'
  fi
}

# How an instance is kept, and how it reaches a database.
service_annotations() {
  # Behind a page work goes on after the answer.
  takes_messages || printf '        run.googleapis.com/cpu-throttling: "false"\n'
  connections
}

# How a container reaches a database, as annotations.
connections() {
  local card
  if is_set CLOUDSQL_INSTANCE; then
    printf '        run.googleapis.com/cloudsql-instances: %s\n' "$(setting CLOUDSQL_INSTANCE)"
  fi
  if is_set NETWORK; then
    card="[{\"network\":$(quoted "$(setting NETWORK)"),\"subnetwork\":$(quoted "$(setting SUBNET)")}]"
    printf "        run.googleapis.com/network-interfaces: '%s'\n" "$card"
    printf '        run.googleapis.com/vpc-access-egress: private-ranges-only\n'
  fi
}
