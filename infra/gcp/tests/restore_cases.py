"""kintone-restore beside kintone-export: added to an environment, with tokens and rights of its own.

The cases run in order, in a Google Cloud of their own.
"""

import json

from expect import deploys_without_a_write, equal, holds, lacks
from story_cases import ACCOUNTS, AGENT, ALERTS, BUCKET, DOMAIN, JOBS, PUBSUB, REGION, SECRETS, SERVICES

EXPORT = "tasuki-prod-kintone-export"
NAME = "tasuki-prod-kintone-restore"
RUNTIME = f"serviceAccount:{NAME}@{DOMAIN}"
INVOKER = f"serviceAccount:push-prod-kintone-restore@{DOMAIN}"
SERVICE_POLICY = f"/run/v1/projects/demo-project/locations/{REGION}/services/{NAME}"
TOKEN = "a-token-that-may-write"


def plans_both_from_nothing(world):
    world.settings["RESTORE_APPID"] = "1"
    world.variables["RESTORE_IMAGE_DIGEST"] = "sha256:" + "c" * 64
    code, words = world.deploy("gcp", "prod", "--plan")
    equal(code, 3, words)
    equal(world.writes(), [])
    holds(
        words,
        "kintone-export and kintone-restore of prod in demo-project",
        f"+ make the service {EXPORT}\n",
        f"+ make the service {NAME}\n",
        "./deploy.sh gcp prod secret kintone-restore-token < FILE",
        "./deploy.sh gcp prod secret kintone-token < FILE",
    )
    notices = "make the topic tasuki-prod-notify"
    for one in ("enable ", "make the image repository", "make the bucket", notices, "send alarms to"):
        equal(words.count(f"\n+ {one}"), 1, f"{one} in {words}")


def adds_restore_to_what_is_there_when_its_token_is_given(world):
    del world.settings["RESTORE_APPID"]
    world.deploy("gcp", "prod")
    world.deploy("gcp", "prod", "secret", "kintone-token", given="read-only")
    code, words = world.deploy("gcp", "prod")
    equal(code, 0, words)
    lacks(words, "kintone-restore")
    world.settings["RESTORE_APPID"] = "1, 12"
    since = len(world.requests())
    code, words = world.deploy("gcp", "prod")
    equal(code, 4, words)
    holds(words, "./deploy.sh gcp prod secret kintone-restore-token < FILE")
    lacks(words, "secret kintone-token <")
    equal(
        world.done(since),
        [
            f"POST {ACCOUNTS}",
            f"POST {ACCOUNTS}",
            f"POST {ACCOUNTS}/push-prod-kintone-restore@{DOMAIN}:setIamPolicy",
            f"POST {SECRETS}",
            f"POST {SECRETS}/tasuki-prod-kintone-restore-token:setIamPolicy",
            f"PUT {BUCKET}/iam",
            f"PUT {BUCKET}/iam",
            f"PUT {PUBSUB}/topics/{NAME}",
            f"PUT {PUBSUB}/topics/{NAME}-dead",
            f"POST {PUBSUB}/topics/{NAME}-dead:setIamPolicy",
            f"POST {PUBSUB}/topics/tasuki-prod-notify:setIamPolicy",
        ],
    )


def deploys_it_without_touching_the_backup(world):
    code, words = world.deploy("gcp", "prod", "secret", "kintone-restore-token", given=TOKEN)
    equal(code, 0, words)
    since = len(world.requests())
    code, words = world.deploy("gcp", "prod")
    equal(code, 0, words)
    equal(
        world.done(since),
        [
            f"POST {SERVICES}",
            f"POST {SERVICE_POLICY}:setIamPolicy",
            f"PUT {PUBSUB}/subscriptions/{NAME}-dead",
            f"PUT {PUBSUB}/subscriptions/{NAME}",
            f"POST {PUBSUB}/subscriptions/{NAME}:setIamPolicy",
            f"POST {ALERTS}",
            f"POST {ALERTS}",
        ],
    )
    holds(words, f"pubsub topics publish {NAME} --message=", "functions/kintone-restore/events/dry-run.json")
    lacks(words, TOKEN)


def writes_nothing_the_second_time(world):
    deploys_without_a_write(world)


def keeps_the_backups_out_of_its_reach(world):
    """It reads the bucket and writes only its own run records; its token is its own, and the export can't read that."""
    found = world.rights()
    below = "resource.name.startsWith('projects/_/buckets/example-backup/objects/runs/kintone-restore/')"
    secret = f"{SECRETS}/tasuki-prod-kintone-restore-token"
    equal(
        found[RUNTIME],
        {
            ("roles/secretmanager.secretAccessor", secret, ""),
            ("roles/storage.objectViewer", BUCKET, ""),
            ("roles/storage.objectUser", BUCKET, below),
            ("roles/pubsub.publisher", f"{PUBSUB}/topics/tasuki-prod-notify", ""),
        },
    )
    equal(found[INVOKER], {("roles/run.invoker", SERVICE_POLICY, "")})
    equal([member for member, grants in found.items() if any(secret == one[1] for one in grants)], [RUNTIME])
    assert ("roles/pubsub.subscriber", f"{PUBSUB}/subscriptions/{NAME}", "") in found[AGENT]


def starts_it_by_messages_alone(world):
    state = world.state()
    equal([path for path in state if path.startswith(JOBS)], [f"{JOBS}/{EXPORT}"])
    subscription = state[f"{PUBSUB}/subscriptions/{NAME}"]
    equal(subscription["ackDeadlineSeconds"], 600)
    equal(subscription["retryPolicy"], {"minimumBackoff": "10s", "maximumBackoff": "600s"})
    equal(
        subscription["deadLetterPolicy"],
        {"deadLetterTopic": f"projects/demo-project/topics/{NAME}-dead", "maxDeliveryAttempts": 100},
    )
    template = state[f"{SERVICES}/{NAME}"]["spec"]["template"]
    equal(template["metadata"]["annotations"]["autoscaling.knative.dev/maxScale"], "1")
    equal(template["spec"]["serviceAccountName"], RUNTIME.removeprefix("serviceAccount:"))
    container = template["spec"]["containers"][0]
    equal(container["image"], f"{REGION}-docker.pkg.dev/demo-project/tasuki/kintone-restore@sha256:" + "c" * 64)
    equal(
        {one["name"]: one["value"] for one in container["env"]},
        {
            "APPID": "1,12",
            "BUCKET": "gs://example-backup",
            "DOMAIN": "example",
            "GOOGLE_CLOUD_PROJECT": "demo-project",
            "INVOCATION_TIME": "9m",
            "NOTIFY_TOPIC": "projects/demo-project/topics/tasuki-prod-notify",
            "TIME_ZONE": "Asia/Tokyo",
            "TOKEN_FILE": "/secrets/kintone-restore-token/value",
        },
    )
    policies = [one for path, one in state.items() if path.startswith(ALERTS) and NAME in json.dumps(one)]
    equal(len(policies), 2)
    lacks(json.dumps(policies), "{{", "scheduler jobs run")


def drills_on_sundays_when_there_is_an_app_for_it(world):
    world.settings.update(DRILL_APP="99", DRILL_SOURCE="1", RUNS_URL="gs://example-backup/records")
    since = len(world.requests())
    code, words = world.deploy("gcp", "prod")
    equal(code, 0, words)
    equal(
        world.writes(since),
        [
            f"PUT {BUCKET}/iam",
            f"PUT {SERVICES}/{EXPORT}",
            f"PUT {SERVICES}/{NAME}",
            f"POST {JOBS}",
            "POST /logging/v2/projects/demo-project/metrics",
            f"POST {ALERTS}",
        ],
    )
    [silence] = [one for path, one in world.state().items() if one.get("displayName", "").endswith("silence of kintone-restore")]
    [condition] = silence["conditions"]
    # Drills are a week apart: a day more without one is too long.
    holds(json.dumps(condition), "drill=", "[192h]", "for 194 hours")
    job = world.state()[f"{JOBS}/{NAME}"]
    equal((job["schedule"], job["timeZone"]), ("0 5 * * 0", "Asia/Tokyo"))
    equal(job["pubsubTarget"], {"topicName": f"projects/demo-project/topics/{NAME}", "data": "eyJkcmlsbCI6IHRydWV9"})
    container = world.state()[f"{SERVICES}/{NAME}"]["spec"]["template"]["spec"]["containers"][0]
    told = {one["name"]: one["value"] for one in container["env"]}
    equal((told["DRILL_APP"], told["DRILL_SOURCE"], told["APPID"]), ("99", "1", "1,12"))
    lacks(json.dumps(world.state()[f"{SERVICES}/{EXPORT}"]), "DRILL", "RESTORE")
    deploys_without_a_write(world)


def leaves_all_of_it_when_the_settings_are_taken_away(world):
    for name in ("RESTORE_APPID", "DRILL_APP", "DRILL_SOURCE"):
        del world.settings[name]
    deploys_without_a_write(world)


CASES = [
    plans_both_from_nothing,
    adds_restore_to_what_is_there_when_its_token_is_given,
    deploys_it_without_touching_the_backup,
    writes_nothing_the_second_time,
    keeps_the_backups_out_of_its_reach,
    starts_it_by_messages_alone,
    drills_on_sundays_when_there_is_an_app_for_it,
    leaves_all_of_it_when_the_settings_are_taken_away,
]
