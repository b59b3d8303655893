# shellcheck shell=bash
# The bucket: in the region, closed to the public, and able to give back what was overwritten.

# Overwritten and removed objects can be had back for this long.
SOFT_DELETE_SECONDS=1209600

observe_bucket() {
  local fields=location,uniform_bucket_level_access,public_access_prevention,versioning_enabled
  fields+=',soft_delete_policy.retentionDurationSeconds,lifecycle_config.rule[0].condition.age'
  observe_if storage bucket storage buckets describe "gs://$BUCKET_NAME" \
    --format="csv[no-heading,separator='|']($fields)"
  observe_policy storage bucket-policy storage buckets get-iam-policy "gs://$BUCKET_NAME"
}

ensure_bucket() {
  local location uniform public versions soft_delete kept_days
  IFS='|' read -r location uniform public versions soft_delete kept_days < <(observed bucket) || true
  local closed=(--uniform-bucket-level-access --public-access-prevention "--soft-delete-duration=${SOFT_DELETE_SECONDS}s")
  if [[ -z $location ]]; then
    change "make the bucket gs://$BUCKET_NAME" \
      storage buckets create "gs://$BUCKET_NAME" --location="$REGION" "${closed[@]}"
    change "keep versions in gs://$BUCKET_NAME" storage buckets update "gs://$BUCKET_NAME" --versioning
  elif [[ "$uniform $public $versions $soft_delete" == "True enforced True $SOFT_DELETE_SECONDS" ]]; then
    unchanged "bucket gs://$BUCKET_NAME in ${location,,}"
  else
    change "close and protect the bucket gs://$BUCKET_NAME" \
      storage buckets update "gs://$BUCKET_NAME" --versioning "${closed[@]}"
  fi
  ensure_lifecycle "$kept_days"
}

# ROLE on the whole bucket for MEMBER. The condition is said to be none: a policy that holds conditions asks for it.
grant_on_bucket() {
  grant bucket-policy "$1" "serviceAccount:$2" "gs://$BUCKET_NAME" \
    storage buckets add-iam-policy-binding "gs://$BUCKET_NAME" --condition=None
}

# ROLE for MEMBER on what is below FOLDER of the bucket only; the condition's title tells which that is.
grant_below() {
  local folder=$3
  grant_where bucket-policy "$1" "serviceAccount:$2" "gs://$BUCKET_NAME/$folder" "tasuki-$(printf '%s' "$folder" | fingerprint)" \
    "resource.name.startsWith('projects/_/buckets/$BUCKET_NAME/objects/$folder')" \
    storage buckets add-iam-policy-binding "gs://$BUCKET_NAME"
}

# What ADDRESS is within the bucket: a folder with / behind it, or nothing for all of it.
folder_of() {
  local folder=${1#"gs://$BUCKET_NAME"}
  folder=${folder#/}
  folder=${folder%/}
  printf '%s' "${folder:+$folder/}"
}

# The folder in which the present function keeps its run records.
runs_folder() {
  printf '%s%s/' "$(folder_of "$(setting RUNS_URL "$BUCKET_URL/runs")")" "$FUNCTION"
}

# With KEEP_DAYS, what belongs to one generation goes after that time. Attachments and latest.json have
# other names and stay. Without KEEP_DAYS the bucket's rules are its owner's.
ensure_lifecycle() {
  is_set KEEP_DAYS || return 0
  local days
  days=$(setting KEEP_DAYS)
  if [[ $1 == "$days" ]]; then
    unchanged "generations are kept for $days days"
    return
  fi
  cat >"$STATE/lifecycle.json" <<RULES
{
  "rule": [
    {
      "action": {"type": "Delete"},
      "condition": {"age": $days, "matchesSuffix": [".csv", ".ndjson.gz", ".schema.json", ".sha256", ".manifest.json"]}
    },
    {"action": {"type": "Delete"}, "condition": {"isLive": false, "daysSinceNoncurrentTime": 30}}
  ]
}
RULES
  change "keep generations in gs://$BUCKET_NAME for $days days" \
    storage buckets update "gs://$BUCKET_NAME" --lifecycle-file="$STATE/lifecycle.json"
}
