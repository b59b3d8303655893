"""The life of an environment, with the real gcloud: from nothing to deployed, and every change after that.

The cases run in order, each on what the one before left, as a user's runs do.
"""

import base64
import json
import time

from expect import deploys_without_a_write, equal, holds, lacks

REGION = "asia-northeast1"
NAME = "tasuki-prod-kintone-export"
DOMAIN = "demo-project.iam.gserviceaccount.com"
RUNTIME = f"serviceAccount:{NAME}@{DOMAIN}"
INVOKER = f"serviceAccount:push-prod-kintone-export@{DOMAIN}"
AGENT = "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com"
URL = f"https://{NAME}-123456789012.{REGION}.run.app"
ACCOUNTS = "/iam/v1/projects/demo-project/serviceAccounts"
ALERTS = "/monitoring/v3/projects/demo-project/alertPolicies"
BUCKET = "/storage/v1/b/example-backup"
CHANNELS = "/monitoring/v3/projects/demo-project/notificationChannels"
JOBS = f"/cloudscheduler/v1/projects/demo-project/locations/{REGION}/jobs"
PROJECT = "/cloudresourcemanager/v1/projects/demo-project"
PUBSUB = "/pubsub/v1/projects/demo-project"
SECRETS = "/secretmanager/v1/projects/demo-project/secrets"
SERVICES = "/run/apis/serving.knative.dev/v1/namespaces/demo-project/services"
SERVICE_POLICY = f"/run/v1/projects/demo-project/locations/{REGION}/services/{NAME}"
USAGE = "/serviceusage/v1/projects/demo-project/services"
TOKEN = "a-token-that-nobody-may-see"


def plans_from_nothing_without_a_write(world):
    code, words = world.deploy("gcp", "prod", "--plan")
    equal(code, 3, words)
    equal(world.writes(), [])
    holds(
        words,
        "+ make the bucket gs://example-backup\n    gcloud --project=demo-project storage buckets create",
        "+ make the service tasuki-prod-kintone-export\n",
        '{name: APPID, value: "1"}',
        "absent_over_time(",
        "./deploy.sh gcp prod secret kintone-token < FILE",
        "\n27 to change, 1 unchanged.",
    )


def makes_what_needs_no_secret_then_asks_for_it(world):
    code, words = world.deploy("gcp", "prod")
    equal(code, 4, words)
    equal(
        world.done(),
        [
            f"POST {USAGE}:batchEnable",
            f"POST /artifactregistry/v1/projects/demo-project/locations/{REGION}/repositories",
            f"POST {ACCOUNTS}",
            f"POST {ACCOUNTS}",
            f"POST {ACCOUNTS}/push-prod-kintone-export@{DOMAIN}:setIamPolicy",
            f"POST {SECRETS}",
            f"POST {SECRETS}/tasuki-prod-kintone-token:setIamPolicy",
            "POST /storage/v1/b",
            f"PATCH {BUCKET}",
            f"PUT {BUCKET}/iam",
            "POST /serviceusage/v1beta1/projects/demo-project/services/pubsub.googleapis.com:generateServiceIdentity",
            f"PUT {PUBSUB}/topics/{NAME}",
            f"PUT {PUBSUB}/topics/{NAME}-dead",
            f"PUT {PUBSUB}/topics/tasuki-prod-notify",
            f"POST {PUBSUB}/topics/{NAME}-dead:setIamPolicy",
            f"POST {PUBSUB}/topics/tasuki-prod-notify:setIamPolicy",
        ],
    )
    holds(words, "not known everywhere yet", "./deploy.sh gcp prod secret kintone-token < FILE")


def takes_a_secret_from_standard_input_only(world):
    since = len(world.requests())
    code, words = world.deploy("gcp", "prod", "secret", "kintone-token", given=f"{TOKEN}\n")
    equal(code, 0, words)
    # Refused once, as by an API that was enabled a moment ago; the value is sent again, whole.
    equal(world.writes(since), [f"POST {SECRETS}/tasuki-prod-kintone-token:addVersion"] * 2)
    equal(len(world.done(since)), 1)
    sent = json.loads(world.requests()[-1]["body"])["payload"]["data"]
    equal(base64.b64decode(sent).decode(), TOKEN)
    lacks(words, TOKEN)


def refuses_a_secret_that_no_setting_asks_for(world):
    since = len(world.requests())
    code, words = world.deploy("gcp", "prod", "secret", "load-url", given=TOKEN)
    equal(code, 2, words)
    equal(world.writes(since), [])
    holds(words, "`load-url` is not a secret of prod; its settings ask for: kintone-token")


def deploys_the_rest(world):
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
            f"POST {JOBS}",
            "POST /logging/v2/projects/demo-project/metrics",
            f"POST {CHANNELS}",
            f"POST {ALERTS}",
            f"POST {ALERTS}",
            f"POST {ALERTS}",
        ],
    )
    holds(words, f"gcloud --project=demo-project scheduler jobs run {NAME} --location={REGION}")


def writes_nothing_the_second_time(world):
    words = deploys_without_a_write(world)
    holds(words, "\n0 changed, 26 unchanged.")


def separates_the_accounts(world):
    equal(
        world.rights(),
        {
            RUNTIME: {
                ("roles/secretmanager.secretAccessor", f"{SECRETS}/tasuki-prod-kintone-token", ""),
                ("roles/storage.objectUser", BUCKET, ""),
                ("roles/pubsub.publisher", f"{PUBSUB}/topics/tasuki-prod-notify", ""),
            },
            INVOKER: {("roles/run.invoker", SERVICE_POLICY, "")},
            AGENT: {
                ("roles/iam.serviceAccountTokenCreator", f"{ACCOUNTS}/push-prod-kintone-export@{DOMAIN}", ""),
                ("roles/pubsub.publisher", f"{PUBSUB}/topics/{NAME}-dead", ""),
                ("roles/pubsub.subscriber", f"{PUBSUB}/subscriptions/{NAME}", ""),
            },
        },
    )


def makes_what_the_design_asks_for(world):
    state = world.state()
    bucket = state[BUCKET]
    equal(bucket["location"], "ASIA-NORTHEAST1")
    equal(bucket["versioning"], {"enabled": True})
    equal(bucket["iamConfiguration"]["publicAccessPrevention"], "enforced")
    equal(bucket["iamConfiguration"]["uniformBucketLevelAccess"]["enabled"], True)
    equal(bucket["softDeletePolicy"]["retentionDurationSeconds"], "1209600")
    subscription = state[f"{PUBSUB}/subscriptions/{NAME}"]
    equal(subscription["ackDeadlineSeconds"], 600)
    equal(subscription["expirationPolicy"], {}, "an empty policy is: never")
    equal(subscription["retryPolicy"], {"minimumBackoff": "300s", "maximumBackoff": "600s"})
    equal(
        subscription["deadLetterPolicy"],
        {"deadLetterTopic": f"projects/demo-project/topics/{NAME}-dead", "maxDeliveryAttempts": 5},
    )
    equal(
        subscription["pushConfig"],
        {
            "pushEndpoint": f"{URL}/",
            "oidcToken": {"serviceAccountEmail": INVOKER.removeprefix("serviceAccount:"), "audience": URL},
        },
    )
    job = state[f"{JOBS}/{NAME}"]
    equal((job["schedule"], job["timeZone"]), ("0 3 * * *", "Asia/Tokyo"))
    equal(job["pubsubTarget"], {"topicName": f"projects/demo-project/topics/{NAME}", "data": "e30="})
    service = state[f"{SERVICES}/{NAME}"]
    equal(service["metadata"]["annotations"]["run.googleapis.com/ingress"], "internal")
    template = service["spec"]["template"]
    equal(template["metadata"]["annotations"]["autoscaling.knative.dev/maxScale"], "3")
    equal(template["spec"]["containerConcurrency"], 1)
    equal(template["spec"]["serviceAccountName"], RUNTIME.removeprefix("serviceAccount:"))
    container = template["spec"]["containers"][0]
    equal(container["image"], f"{REGION}-docker.pkg.dev/demo-project/tasuki/kintone-export@sha256:" + "a" * 64)
    equal(container["resources"]["limits"], {"cpu": "1", "memory": "256Mi"})
    equal(container["volumeMounts"], [{"name": "kintone-token", "mountPath": "/secrets/kintone-token"}])
    secret = {"secretName": "tasuki-prod-kintone-token", "items": [{"key": "1", "path": "value"}]}
    equal(template["spec"]["volumes"], [{"name": "kintone-token", "secret": secret}])
    equal(
        {one["name"]: one["value"] for one in container["env"]},
        {
            "APPID": "1",
            "BUCKET": "gs://example-backup",
            "DOMAIN": "example",
            "GOOGLE_CLOUD_PROJECT": "demo-project",
            "NOTIFY_TOPIC": "projects/demo-project/topics/tasuki-prod-notify",
            "TIME_ZONE": "Asia/Tokyo",
            "TOKEN_FILE": "/secrets/kintone-token/value",
        },
    )


def alarms_reach_the_address(world):
    state = world.state()
    (channel,) = [one for path, one in state.items() if path.startswith(CHANNELS)]
    equal(channel["labels"], {"email_address": "watch@example.com"})
    policies = [one for path, one in state.items() if path.startswith(ALERTS)]
    equal(len(policies), 3)
    for policy in policies:
        equal(policy["notificationChannels"], [channel["name"]])
        lacks(json.dumps(policy), "{{")
    (silence,) = [
        condition["conditionPrometheusQueryLanguage"]
        for policy in policies
        for condition in policy["conditions"]
        if "conditionPrometheusQueryLanguage" in condition
    ]
    metric = "logging_googleapis_com:user_tasuki_prod_kintone_export_verified"
    equal(silence["query"], f'absent_over_time({metric}{{monitored_resource="cloud_run_revision",app="1"}}[24h])')
    equal(silence["duration"], "7200s")


def shows_the_token_nowhere(world):
    lacks(world.arguments(), TOKEN, base64.b64encode(TOKEN.encode()).decode())
    for request in world.requests():
        if not request["path"].endswith(":addVersion"):
            lacks(json.dumps(request), TOKEN, base64.b64encode(TOKEN.encode()).decode())


def updates_the_service_alone_for_a_setting(world):
    query = '会社名 = "A & B" and メモ like "100% \\\\ {{NAME}}"'
    world.settings["QUERY"] = query
    since = len(world.requests())
    code, words = world.deploy("gcp", "prod", "--plan")
    equal((code, world.writes(since)), (3, []), words)
    holds(words, "\n1 to change, ")
    code, words = world.deploy("gcp", "prod")
    equal(code, 0, words)
    equal(world.writes(since), [f"PUT {SERVICES}/{NAME}"])
    container = world.last_body(f"/{NAME}")["spec"]["template"]["spec"]["containers"][0]
    equal([one["value"] for one in container["env"] if one["name"] == "QUERY"], [query])


def repairs_what_was_changed_by_hand_and_rotates_the_secret(world):
    version = {"name": "projects/demo-project/secrets/tasuki-prod-kintone-token/versions/2", "state": "ENABLED"}
    world.tamper(f"{SECRETS}/tasuki-prod-kintone-token/versions/2", **version, createTime="2026-02-02T00:00:00Z")
    world.tamper(f"{SERVICE_POLICY}:policy", role="roles/run.invoker", members=["allUsers"])
    world.tamper(BUCKET, versioning={"enabled": False})
    world.tamper(f"{PUBSUB}/subscriptions/{NAME}", ackDeadlineSeconds=10)
    world.settings["SCHEDULE"] = "30 4 * * *"
    world.settings["ALERT_EMAIL"] = "night@example.com"
    since = len(world.requests())
    code, words = world.deploy("gcp", "prod")
    equal(code, 0, words)
    (channel,) = [path for path in world.state() if path.startswith(CHANNELS)]
    equal(
        world.writes(since),
        [
            f"PATCH {BUCKET}",
            f"PUT {SERVICES}/{NAME}",
            f"POST {SERVICE_POLICY}:setIamPolicy",
            f"PATCH {PUBSUB}/subscriptions/{NAME}",
            f"PATCH {JOBS}/{NAME}",
            f"PATCH {channel}",
        ],
    )
    (volume,) = world.state()[f"{SERVICES}/{NAME}"]["spec"]["template"]["spec"]["volumes"]
    equal(volume["secret"]["items"], [{"key": "2", "path": "value"}])
    lacks(json.dumps(world.state()["policies"][SERVICE_POLICY]), "allUsers")


def starts_a_service_again_that_did_not_start(world):
    status = {**world.state()[f"{SERVICES}/{NAME}"]["status"], "latestReadyRevisionName": f"{NAME}-00001"}
    world.tamper(f"{SERVICES}/{NAME}", status=status)
    since = len(world.requests())
    code, words = world.deploy("gcp", "prod")
    equal(code, 0, words)
    equal(world.writes(since), [f"PUT {SERVICES}/{NAME}"])
    annotations = world.last_body(f"/{NAME}")["spec"]["template"]["metadata"]["annotations"]
    equal(annotations["tasuki-retry-of"], status["latestCreatedRevisionName"])


def adds_apps_a_database_and_a_network(world):
    """Several apps, a kept time, an import by Cloud SQL, its socket, and a private network, all in one run."""
    world.tamper(
        "/sql/sql/v1beta4/projects/demo-project/instances/main",
        name="main",
        serviceAccountEmailAddress="p1-sql@gcp-sa-cloud-sql.iam.gserviceaccount.com",
    )
    world.settings.update(
        APPID="1,12",
        KEEP_DAYS="400",
        CLOUDSQL_INSTANCE=f"demo-project:{REGION}:main",
        LOAD_URL="cloudsql-import://demo-project/main/kintone",
        NETWORK="default",
        SUBNET="tokyo",
    )
    since = len(world.requests())
    code, words = world.deploy("gcp", "prod")
    equal(code, 0, words)
    (silence,) = [path for path, one in world.state().items() if "silence" in one.get("displayName", "")]
    equal(
        world.writes(since),
        [
            f"POST {USAGE}/sqladmin.googleapis.com:enable",
            f"PATCH {BUCKET}",
            f"POST {PROJECT}:setIamPolicy",
            "POST /iam/v1/projects/demo-project/roles",
            f"POST {PROJECT}:setIamPolicy",
            f"PUT {BUCKET}/iam",
            f"POST {PUBSUB}/topics/{NAME}:setIamPolicy",
            f"PUT {SERVICES}/{NAME}",
            f"PATCH {silence}",
        ],
    )
    bindings = world.state()["policies"][PROJECT]["bindings"]
    equal(
        [(one["role"], one["members"]) for one in bindings],
        [
            ("roles/cloudsql.client", [RUNTIME]),
            ("projects/demo-project/roles/tasuki_sql_import", [RUNTIME]),
        ],
    )
    for binding in bindings:
        holds(binding["condition"]["expression"], "resource.name == 'projects/demo-project/instances/main'")
    template = world.state()[f"{SERVICES}/{NAME}"]["spec"]["template"]
    equal(template["metadata"]["annotations"]["run.googleapis.com/cloudsql-instances"], f"demo-project:{REGION}:main")
    card = json.loads(template["metadata"]["annotations"]["run.googleapis.com/network-interfaces"])
    equal(card, [{"network": "default", "subnetwork": "tokyo"}])
    variables = {one["name"]: one["value"] for one in template["spec"]["containers"][0]["env"]}
    equal(variables["FANOUT_TOPIC"], f"projects/demo-project/topics/{NAME}")
    query = world.state()[silence]["conditions"][0]["conditionPrometheusQueryLanguage"]["query"]
    holds(query, 'app="1"}[24h])', " or absent_over_time(", 'app="12"}[24h])')
    (kept, _) = world.state()[BUCKET]["lifecycle"]["rule"]
    equal(kept["condition"]["age"], 400)
    lacks(json.dumps(kept), "latest.json", "attachments")


def writes_nothing_the_second_time_with_a_database_either(world):
    started = time.monotonic()
    deploys_without_a_write(world)
    print(f"    a run that changes nothing took {time.monotonic() - started:.0f} s")


def says_gclouds_words_when_a_read_is_refused(world):
    world.settings["PROJECT"] = "other-project"
    since = len(world.requests())
    code, words = world.deploy("gcp", "prod")
    world.settings["PROJECT"] = "demo-project"
    equal(code, 1, words)
    equal(world.writes(since), [])
    holds(words, "does not have permission", "reading the project other-project did not work", "nothing was changed")


CASES = [
    plans_from_nothing_without_a_write,
    makes_what_needs_no_secret_then_asks_for_it,
    takes_a_secret_from_standard_input_only,
    refuses_a_secret_that_no_setting_asks_for,
    deploys_the_rest,
    writes_nothing_the_second_time,
    separates_the_accounts,
    makes_what_the_design_asks_for,
    alarms_reach_the_address,
    shows_the_token_nowhere,
    updates_the_service_alone_for_a_setting,
    repairs_what_was_changed_by_hand_and_rotates_the_secret,
    starts_a_service_again_that_did_not_start,
    adds_apps_a_database_and_a_network,
    writes_nothing_the_second_time_with_a_database_either,
    says_gclouds_words_when_a_read_is_refused,
]
