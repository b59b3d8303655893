# shellcheck shell=bash
# The settings that kintone-export and kintone-restore share: the Kintone domain, and how it is asked.

KINTONE_SETTINGS=(
  DOMAIN KINTONE_BASE_URL KINTONE_BASIC_AUTH_USERNAME KINTONE_BASIC_AUTH_PASSWORD_FILE KINTONE_GUEST_SPACE_ID
  KINTONE_CA_FILE WINDOWS
)

check_kintone() {
  if exports || restores; then
    is_set KINTONE_BASE_URL || require_setting DOMAIN "the first label of your Kintone address, such as example for example.cybozu.com"
  else
    refuse_settings "it is for Kintone, but neither DOMAIN nor APPID says what to back up" "${KINTONE_SETTINGS[@]}"
  fi
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
