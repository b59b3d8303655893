# shellcheck shell=bash
# The settings that kintone-export and kintone-restore share: the Kintone domain, the bucket, who is told.

KINTONE_SETTINGS=(
  DOMAIN KINTONE_BASE_URL KINTONE_BASIC_AUTH_USERNAME KINTONE_BASIC_AUTH_PASSWORD_FILE KINTONE_GUEST_SPACE_ID
  KINTONE_CA_FILE WINDOWS RUNS_URL NOTIFY_WEBHOOK_FILE NOTIFY_LANGUAGE LOG_LEVEL
)

check_kintone() {
  local name
  is_set KINTONE_BASE_URL || require_setting DOMAIN "the first label of your Kintone address, such as example for example.cybozu.com"
  require_setting BUCKET "the bucket of the backups: a name, or gs://name/folder"
  check_bucket
  for name in "${!SETTING[@]}"; do
    if [[ $name == *_FILE ]]; then
      match_setting "$name" '[a-z][a-z0-9-]*[a-z0-9]' "the short name of a secret, such as kintone-token; its value goes to ./deploy.sh gcp $ENVIRONMENT secret NAME"
    fi
  done
}

# BUCKET as an address, and the name in it, which is what is made and granted.
check_bucket() {
  is_set BUCKET || return 0
  match_setting BUCKET '(gs://)?[a-z0-9][a-z0-9._-]{1,220}[a-z0-9](/.*)?' "a bucket's name, or gs://name/folder"
  BUCKET_URL="gs://${SETTING[BUCKET]#gs://}"
  BUCKET_NAME=${BUCKET_URL#gs://}
  BUCKET_NAME=${BUCKET_NAME%%/*}
  match_setting RUNS_URL "gs://$BUCKET_NAME(/.*)?" "run records go into the bucket of the backups, the only one that the function may write to: gs://$BUCKET_NAME/runs"
}

# The app numbers of NAME, without blanks between them.
check_apps() {
  local name=$1
  SETTING["$name"]=${SETTING[$name]:-}
  SETTING["$name"]=${SETTING[$name]//[[:space:]]/}
  match_setting "$name" '[1-9][0-9]*(,[1-9][0-9]*)*' "app numbers with commas between them, such as 1,12"
}

# A token for each of APPS, unless a user logs in. Without a word about it there is one for all, the secret
# SHORT. PREFIX stands before the settings' names.
check_tokens() {
  local prefix=$1 short=$2 app
  shift 2
  if is_set "${prefix}KINTONE_USERNAME"; then
    require_setting "${prefix}KINTONE_PASSWORD_FILE" "the secret that holds the password of ${prefix}KINTONE_USERNAME"
    return
  fi
  [[ " ${!SETTING[*]} " =~ \ ${prefix}TOKEN(_[0-9]+)?_FILE\  ]] || SETTING[${prefix}TOKEN_FILE]=$short
  for app in "$@"; do
    is_set "${prefix}TOKEN_FILE" ||
      require_setting "${prefix}TOKEN_${app}_FILE" "the secret that holds the API token of app $app; ${prefix}TOKEN_FILE is for all apps"
  done
}
