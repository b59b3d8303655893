# shellcheck shell=bash
# From settings to the parameters of the two templates, one `Name: "value"` a line.
#
# Each parameter is given each time: one that is left out would keep what it was.

# DB_CLUSTER_IDENTIFIER as DbClusterIdentifier.
parameter_name() {
  local word words name=''
  IFS=_ read -ra words <<<"$1"
  for word in "${words[@]}"; do
    word=${word,,}
    name+=${word^}
  done
  printf '%s' "$name"
}

# A parameter with its VALUE, as YAML.
parameter() {
  local value=$2
  value=${value//\\/\\\\}
  value=${value//\"/\\\"}
  printf '%s: "%s"\n' "$1" "${value//$'\t'/\\t}"
}

parameters_from_settings() {
  local name
  for name in "$@"; do
    parameter "$(parameter_name "$name")" "$(setting "$name" "${DEFAULT[$name]:-}")"
  done
}

foundation_parameters() {
  parameters_from_settings "${FOUNDATION_SETTINGS[@]}"
}

template_parameters() {
  local bucket name value file=''
  bucket=$(foundation_output Bucket)
  is_set EXPORT_S3_BUCKET || SETTING[EXPORT_S3_BUCKET]=$bucket
  if is_set GOOGLE_CREDENTIALS_FILE; then file=$(google_credentials); fi
  parameters_from_settings "${TEMPLATE_SETTINGS[@]}"
  parameter GoogleCredentialsFile "${file##*/}"
  parameter S3ExportBucketName "$bucket"
  for name in S3ExportIamRoleArn KmsKeyId NotifyTopic; do
    value=$(foundation_output "$name")
    parameter "$name" "$value"
  done
}

# An output of the foundation; in a plan before there is one, what stands for it.
foundation_output() {
  local value
  value=$(output "$FOUNDATION" "$1")
  if [[ -n $value ]]; then
    printf '%s' "$value"
    return
  fi
  [[ $PLAN == yes ]] || fail "the stack $FOUNDATION has no output $1; was it changed by hand?"
  case $1 in
    Bucket) printf 'made-by-the-foundation' ;;
    S3ExportIamRoleArn) printf 'arn:aws:iam::%s:role/made-by-the-foundation' "$ACCOUNT" ;;
    KmsKeyId) printf 'arn:aws:kms:%s:%s:key/made-by-the-foundation' "$REGION" "$ACCOUNT" ;;
    NotifyTopic) printf 'arn:aws:sns:%s:%s:made-by-the-foundation' "$REGION" "$ACCOUNT" ;;
  esac
}
