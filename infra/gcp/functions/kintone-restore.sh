# shellcheck shell=bash
# kintone-restore: a message by hand → Pub/Sub → Cloud Run → a Kintone app. It is there when RESTORE_APPID or
# DRILL_APP is set.
#
# What it may do to Kintone is the one thing that no other function may: so its tokens are secrets of its own, and
# its settings have names of their own in the file of the environment.

# The settings of the environment that only this function reads. Patterns, matched against a whole name.
RESTORE_SETTINGS=(
  RESTORE_APPID 'RESTORE_TOKEN(_[1-9][0-9]*)?_FILE' RESTORE_KINTONE_USERNAME RESTORE_KINTONE_PASSWORD_FILE
  DAILY_REQUESTS MAX_INVOCATIONS SETTLE_SECONDS PARALLEL_BULKS DRILL_APP DRILL_SOURCE DRILL_SCHEDULE
)

# Whether this environment restores.
restores() {
  is_set RESTORE_APPID || is_set DRILL_APP
}

check_restore() {
  local apps
  if ! restores; then
    refuse_settings "it says how to restore, but neither RESTORE_APPID nor DRILL_APP says into which app" "${RESTORE_SETTINGS[@]}"
    return
  fi
  if is_set RESTORE_APPID; then check_apps RESTORE_APPID; fi
  check_drill
  match_setting MAX_INVOCATIONS '[1-9][0-9]*' "how often a restore may go on for one message, from 1; Pub/Sub delivers it 100 times at most"
  match_setting SETTLE_SECONDS '[0-9]{1,3}' "0 to 600 seconds"
  match_setting PARALLEL_BULKS '[1-4]' "1 to 4 bulks at the same time"
  match_setting DAILY_REQUESTS '[1-9][0-9]*' "a number of requests; Kintone's Standard course has 10000 a day and app"
  IFS=, read -ra apps <<<"$(setting RESTORE_APPID)"
  if is_set DRILL_APP; then apps+=("$(setting DRILL_APP)"); fi
  check_tokens RESTORE_ kintone-restore-token "${apps[@]}"
}

check_drill() {
  match_setting DRILL_APP '[1-9][0-9]*' "the number of one app, which holds nothing but what drills leave"
  match_setting DRILL_SOURCE '[1-9][0-9]*' "the number of the app whose backup is restored in a drill"
  match_setting DRILL_SCHEDULE '[^ ]+( [^ ]+){4}' "a schedule has five fields: minute hour day month weekday, such as 0 5 * * 0"
  if is_set DRILL_APP; then
    require_setting DRILL_SOURCE "the number of the app whose newest backup is restored into DRILL_APP"
    [[ ,$(setting APPID),$(setting DRILL_SOURCE), != *,$(setting DRILL_APP),* ]] ||
      refuse_setting DRILL_APP "a drill writes into it and empties it afterwards, so it can't be an app that is backed up"
    [[ ,$(setting RESTORE_APPID), != *,$(setting DRILL_APP),* ]] ||
      refuse_setting DRILL_APP "a drill writes into it and empties it afterwards, so it can't be an app of RESTORE_APPID"
  elif is_set DRILL_SOURCE || is_set DRILL_SCHEDULE; then
    require_setting DRILL_APP "the number of the app that a drill writes into and empties afterwards"
  fi
}

# Its settings: what both functions share, and its own under the names that the function knows.
# shellcheck disable=SC2034 # the steps read them
use_kintone_restore() {
  local name
  take_settings "${DEPLOYMENT_SETTINGS[@]}" "${SHARED_SETTINGS[@]}" "${KINTONE_SETTINGS[@]}" "${RESTORE_SETTINGS[@]}"
  for name in "${!SETTING[@]}"; do
    if [[ $name == RESTORE_* ]]; then
      SETTING[${name#RESTORE_}]=${SETTING[$name]}
      unset "SETTING[$name]"
    fi
  done
  FEATURES=cloud
  DIGEST_VARIABLE=RESTORE_IMAGE_DIGEST
  # One: a second process would only find that the first one writes.
  INSTANCES=1
  # A long restore answers that it is under way, and goes on when the message comes again: soon, and often.
  DELIVERY_ATTEMPTS=100
  SHORTEST_WAIT=10s
  AFTER_ERROR="What was restored stays, and nothing is written twice. When the cause is repaired, publish the same message again: it goes on where it stopped. A plan that was refused says in its error what it needs."
  AFTER_SILENCE="No drill has proven a backup since. Begin one now and read its log: \`gcloud --project=$PROJECT scheduler jobs run $NAME --location=$REGION\`"
  AFTER_SILENCE_IN_JAPANESE="復元訓練による検証が途絶えています。上のコマンドで実行し、ログを確認してください。"
  AFTER_ERROR_IN_JAPANESE="復元済みのレコードはそのままで、二重には書き込まれません。原因を直したら同じメッセージをもう一度送ってください。続きから再開します。"
}

# It reads backups and can't change them: it writes only below its own folder of run records.
grant_kintone_restore() {
  grant_on_bucket roles/storage.objectViewer "$RUNTIME"
  grant_below roles/storage.objectUser "$RUNTIME" "$(runs_folder)"
}

tell_kintone_restore() {
  # Only for drills, it may write into no other app.
  VARIABLE[APPID]=$(setting APPID "$(setting DRILL_APP)")
  # It ends before Pub/Sub stops waiting, and goes on at the next delivery.
  VARIABLE[INVOCATION_TIME]=9m
}

ensure_kintone_restore() {
  ensure_alerts
  if is_set DRILL_APP; then
    ensure_schedule "$(drill_schedule)" "$(setting TIME_ZONE Asia/Tokyo)" '{"drill": true}'
    # A drill that fails is an error; one that never begins is only missed.
    ensure_metric drill
    SILENCE_HOURS=$(drill_hours) ensure_silence drill=true
  fi
}

drill_schedule() {
  setting DRILL_SCHEDULE '0 5 * * 0'
}

# The hours that two drills are apart at most, and a day.
drill_hours() {
  local day month weekday
  read -r _ _ day month weekday <<<"$(drill_schedule)"
  if [[ $month != '*' ]]; then
    echo $((367 * 24))
  elif [[ $weekday != '*' ]]; then
    echo $((8 * 24))
  elif [[ $day != '*' ]]; then
    echo $((32 * 24))
  else
    echo 48
  fi
}

next_steps_kintone_restore() {
  cat <<WORDS

To restore, publish a message such as those in functions/$FUNCTION/events; with dryRun it only plans:
  gcloud --project=$PROJECT pubsub topics publish $TRIGGER_TOPIC --message="\$(cat functions/$FUNCTION/events/dry-run.json)"
See the plan, and later how it ended:
  gcloud --project=$PROJECT run services logs read $NAME --region=$REGION --limit=20
WORDS
}
