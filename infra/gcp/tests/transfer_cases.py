"""bigquery-transfer: an environment with nothing else, then Kintone beside it.

The cases run in order, in a Google Cloud of their own.
"""

import base64
import json

from expect import deploys_without_a_write, equal, holds, lacks
from story_cases import ACCOUNTS, AGENT, ALERTS, BUCKET, DOMAIN, JOBS, PROJECT, PUBSUB, REGION, SECRETS, SERVICES, USAGE

EXPORT = "tasuki-prod-kintone-export"
NAME = "tasuki-prod-bigquery-transfer"
ACCOUNT = "tasuki-prod-bq-transfer"
RUNTIME = f"serviceAccount:{ACCOUNT}@{DOMAIN}"
INVOKER = f"serviceAccount:push-prod-bq-transfer@{DOMAIN}"
TRANSFER_AGENT = "serviceAccount:service-123456789012@gcp-sa-bigquerydatatransfer.iam.gserviceaccount.com"
AWS = "principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/tasuki/attribute.aws_role/export"
ROLES = "/iam/v1/projects/demo-project/roles"
OBJECTS = f"{BUCKET}/o/bigquery-transfer"
RUN_JOBS = "/run/apis/run.googleapis.com/v1/namespaces/demo-project/jobs"
SERVICE_POLICY = f"/run/v1/projects/demo-project/locations/{REGION}/services/{NAME}"
IDENTITIES = "/serviceusage/v1beta1/projects/demo-project/services"
KEY = ("AKIAEXAMPLEEXAMPLE00", "a/secret+that-nobody/may=see")
TABLES = "# 転送する\nusers\nusers_archive\n"


def plans_it_alone_from_nothing(world):
    world.settings = {
        "PROJECT": "demo-project",
        "ALERT_EMAIL": "watch@example.com",
        "BUCKET": "example-backup",
        "APP_NAME": "shop",
        "TARGET_TABLES": "target_tables.txt",
        "TRANSFER_SCHEDULE": "every day 17:00",
        "TRANSFER_JOB": "on",
        "VERIFIED_PUBLISHER": AWS,
    }
    (world.root / "infra/environments/target_tables.txt").write_text(TABLES)
    world.variables = {"TRANSFER_IMAGE_DIGEST": "sha256:" + "d" * 64}
    code, words = world.deploy("gcp", "prod", "--plan")
    equal(code, 3, words)
    equal(world.writes(), [])
    holds(
        words,
        "bigquery-transfer of prod in demo-project, asia-northeast1",
        "+ make the role tasuki_transfer_data\n",
        f"+ make the service {NAME}\n",
        f"+ make the job {NAME}\n",
        "  aws iam create-access-key --user-name READER --query 'AccessKey.[AccessKeyId,SecretAccessKey]' --output text"
        " | ./deploy.sh gcp prod secret s3-key\n",
    )
    equal(words.count("secret s3-"), 1, words)
    lacks(words, "kintone", "Kintone token")


def makes_what_needs_no_key_then_asks_for_it(world):
    code, words = world.deploy("gcp", "prod")
    equal(code, 4, words)
    (tables,) = [path for path in world.state() if path.startswith(OBJECTS)]
    equal(world.state()[tables]["text"], TABLES)
    equal(
        world.done(),
        [
            f"POST {USAGE}:batchEnable",
            f"POST /artifactregistry/v1/projects/demo-project/locations/{REGION}/repositories",
            f"POST {ACCOUNTS}",
            f"POST {ACCOUNTS}",
            f"POST {ACCOUNTS}/push-prod-bq-transfer@{DOMAIN}:setIamPolicy",
            f"POST {SECRETS}",
            f"POST {SECRETS}/tasuki-prod-s3-access-key-id:setIamPolicy",
            f"POST {SECRETS}",
            f"POST {SECRETS}/tasuki-prod-s3-secret-access-key:setIamPolicy",
            "POST /storage/v1/b",
            f"PATCH {BUCKET}",
            f"POST {IDENTITIES}/bigquerydatatransfer.googleapis.com:generateServiceIdentity",
            f"POST {PROJECT}:setIamPolicy",
            f"POST {ROLES}",
            f"POST {PROJECT}:setIamPolicy",
            f"POST {ROLES}",
            f"POST {PROJECT}:setIamPolicy",
            f"POST {ACCOUNTS}/{ACCOUNT}@{DOMAIN}:setIamPolicy",
            f"PUT {BUCKET}/iam",
            f"PUT {BUCKET}/iam",
            "POST /storage/upload/v1/b/example-backup/o",
            f"PUT {BUCKET}/iam",
            f"POST {IDENTITIES}/pubsub.googleapis.com:generateServiceIdentity",
            f"PUT {PUBSUB}/topics/{NAME}",
            f"PUT {PUBSUB}/topics/{NAME}-dead",
            f"PUT {PUBSUB}/topics/tasuki-prod-notify",
            f"POST {PUBSUB}/topics/{NAME}-dead:setIamPolicy",
            f"POST {PUBSUB}/topics/tasuki-prod-notify:setIamPolicy",
            f"POST {PUBSUB}/topics/{NAME}:setIamPolicy",
            f"POST {PUBSUB}/topics/{NAME}:setIamPolicy",
        ],
    )
    enabled = json.loads(world.requests()[first(world, f"{USAGE}:batchEnable")]["body"])["serviceIds"]
    for api in ("bigquery.googleapis.com", "bigquerydatatransfer.googleapis.com", "sts.googleapis.com"):
        assert api in enabled, enabled


def first(world, path):
    return [one["path"] for one in world.requests()].index(path)


def takes_both_parts_of_the_key_at_once(world):
    since = len(world.requests())
    code, words = world.deploy("gcp", "prod", "secret", "s3-key", given="\t".join(KEY) + "\n")
    equal(code, 0, words)
    parts = [f"{SECRETS}/tasuki-prod-s3-{part}" for part in ("access-key-id", "secret-access-key")]
    equal(world.done(since), [f"POST {part}:addVersion" for part in parts])
    sent = [world.last_body(f"{part}:addVersion")["payload"]["data"] for part in parts]
    equal([base64.b64decode(one).decode() for one in sent], list(KEY))
    lacks(words, *KEY)


def refuses_half_a_key_and_a_key_that_nobody_gave(world):
    since = len(world.requests())
    for given, said in ((KEY[1], "s3-key takes 2 values with a blank between them"), ("", "the value of s3-key is blank")):
        code, words = world.deploy("gcp", "prod", "secret", "s3-key", given=given)
        equal(code, 2, words)
        holds(words, said)
        lacks(words, *KEY)
    equal(world.writes(since), [])
    code, words = world.deploy("gcp", "prod", "secret", "kintone-token", given="token")
    equal(code, 2, words)
    holds(words, "its settings ask for: s3-access-key-id s3-secret-access-key s3-key")


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
            f"POST {ROLES}",
            f"POST {PUBSUB}/topics/{NAME}:setIamPolicy",
            f"POST {RUN_JOBS}",
            "POST /logging/v2/projects/demo-project/metrics",
            "POST /monitoring/v3/projects/demo-project/notificationChannels",
            f"POST {ALERTS}",
            f"POST {ALERTS}",
            f"POST {ALERTS}",
        ],
    )
    world.said = words
    holds(
        words,
        f"  VERIFIED_TOPIC=projects/demo-project/topics/{NAME}\n",
        f"pubsub topics publish {NAME} --message='{{\"reconcile\": true}}'",
        f"pubsub topics publish {NAME} --message='{{\"check\": true}}'",
        f"run jobs execute {NAME} --region={REGION} --wait",
        f"Told of exports by: {AWS}",
    )


def writes_nothing_the_second_time(world):
    deploys_without_a_write(world)


def prints_commands_that_gcloud_takes(world):
    """That which starts a day again, and those that publish, as they stand in the last words of a deployment."""
    sent = {}
    for line in world.said.splitlines():
        if line.startswith("  gcloud ") and ("jobs execute" in line or "force" in line):
            world.run(line.replace("--wait", "--async"))
            request = world.requests()[-1]
            sent[request["path"].rsplit("/", 1)[1]] = json.loads(request["body"])
    (override,) = sent[f"{NAME}:run"]["overrides"]["containerOverrides"]
    (variable,) = override["env"]
    equal((variable["name"], json.loads(variable["value"])), ("EVENT", {"date": "2026-11-21", "force": True}))
    (message,) = sent[f"{NAME}:publish"]["messages"]
    equal(json.loads(base64.b64decode(message["data"])), {"reconcile": True, "force": True})


def below(folder):
    return f"resource.name.startsWith('projects/_/buckets/example-backup/objects/{folder}')"


def own_rights():
    dataset = "projects/demo-project/datasets/shop_prod_rds_data"
    in_dataset = f"(resource.name == '{dataset}' || resource.name.startsWith('{dataset}/'))"
    role = "projects/demo-project/roles/tasuki_transfer"
    return {
        ("roles/secretmanager.secretAccessor", f"{SECRETS}/tasuki-prod-s3-access-key-id", ""),
        ("roles/secretmanager.secretAccessor", f"{SECRETS}/tasuki-prod-s3-secret-access-key", ""),
        (role, PROJECT, ""),
        (f"{role}_data", PROJECT, f"resource.service == 'bigquery.googleapis.com' && {in_dataset}"),
        (f"{role}_topic", f"{PUBSUB}/topics/{NAME}", ""),
        ("roles/iam.serviceAccountUser", f"{ACCOUNTS}/{ACCOUNT}@{DOMAIN}", ""),
        ("roles/storage.legacyBucketReader", BUCKET, ""),
        ("roles/storage.objectUser", BUCKET, below("runs/bigquery-transfer/")),
        ("roles/storage.objectViewer", BUCKET, below("bigquery-transfer/")),
        ("roles/pubsub.publisher", f"{PUBSUB}/topics/tasuki-prod-notify", ""),
    }


def gives_each_account_only_what_it_does(world):
    equal(
        world.rights(),
        {
            RUNTIME: own_rights(),
            INVOKER: {("roles/run.invoker", SERVICE_POLICY, "")},
            TRANSFER_AGENT: {
                ("roles/bigquerydatatransfer.serviceAgent", PROJECT, ""),
                ("roles/pubsub.publisher", f"{PUBSUB}/topics/{NAME}", ""),
            },
            AWS: {("roles/pubsub.publisher", f"{PUBSUB}/topics/{NAME}", "")},
            AGENT: {
                ("roles/iam.serviceAccountTokenCreator", f"{ACCOUNTS}/push-prod-bq-transfer@{DOMAIN}", ""),
                ("roles/pubsub.publisher", f"{PUBSUB}/topics/{NAME}-dead", ""),
                ("roles/pubsub.subscriber", f"{PUBSUB}/subscriptions/{NAME}", ""),
            },
        },
    )
    state = world.state()
    permissions = {path.rsplit("/", 1)[1]: one["includedPermissions"] for path, one in state.items() if path.startswith(ROLES)}
    in_project = {"datasets.create", "datasets.get", "jobs.create", "transfers.get", "transfers.update"}
    equal({one.removeprefix("bigquery.") for one in permissions["tasuki_transfer"]}, in_project)
    in_dataset = {f"datasets.{what}" for what in ("getIamPolicy", "setIamPolicy", "update")}
    in_dataset |= {f"tables.{what}" for what in ("create", "get", "getData", "list", "update", "updateData")}
    equal({one.removeprefix("bigquery.") for one in permissions["tasuki_transfer_data"]}, in_dataset)
    equal(permissions["tasuki_transfer_topic"], ["pubsub.topics.getIamPolicy", "pubsub.topics.setIamPolicy"])


def makes_what_the_design_asks_for(world):
    state = world.state()
    subscription = state[f"{PUBSUB}/subscriptions/{NAME}"]
    equal(subscription["retryPolicy"], {"minimumBackoff": "10s", "maximumBackoff": "600s"})
    equal(subscription["deadLetterPolicy"]["maxDeliveryAttempts"], 100)
    job = state[f"{JOBS}/{NAME}"]
    equal((job["schedule"], job["pubsubTarget"]["data"]), ("*/5 * * * *", "e30="))
    template = state[f"{SERVICES}/{NAME}"]["spec"]["template"]
    equal(template["metadata"]["annotations"]["autoscaling.knative.dev/maxScale"], "1")
    equal(template["spec"]["serviceAccountName"], RUNTIME.removeprefix("serviceAccount:"))
    container = template["spec"]["containers"][0]
    (tables,) = [one["name"] for path, one in state.items() if path.startswith(OBJECTS)]
    equal(
        {one["name"]: one["value"] for one in container["env"]},
        {
            "APP_NAME": "shop",
            "ENV": "prod",
            "GOOGLE_CLOUD_PROJECT": "demo-project",
            "NOTIFICATION_TOPIC": f"projects/demo-project/topics/{NAME}",
            "NOTIFY_TOPIC": "projects/demo-project/topics/tasuki-prod-notify",
            "RUNS_URL": "gs://example-backup/runs",
            "S3_ACCESS_KEY_ID_FILE": "/secrets/s3-access-key-id/value",
            "S3_SECRET_ACCESS_KEY_FILE": "/secrets/s3-secret-access-key/value",
            "SCHEDULE": "every day 17:00",
            "SERVICE_ACCOUNT": RUNTIME.removeprefix("serviceAccount:"),
            "TARGET_TABLES": f"gs://example-backup/{tables}",
            "TIME_ZONE": "Asia/Tokyo",
        },
    )
    waiting = state[f"{RUN_JOBS}/{NAME}"]["spec"]["template"]["spec"]["template"]["spec"]
    equal(waiting["serviceAccountName"], template["spec"]["serviceAccountName"])
    equal((waiting["maxRetries"], str(waiting["timeoutSeconds"])), (0, "86400"))
    for part in ("image", "env", "resources", "volumeMounts"):
        equal(waiting["containers"][0][part], container[part])
    equal(waiting["volumes"], template["spec"]["volumes"])


def alarms_on_errors_dead_letters_and_silence(world):
    state = world.state()
    policies = [one for path, one in state.items() if path.startswith(ALERTS)]
    equal(
        sorted(one["displayName"] for one in policies),
        [f"Tasuki prod: {what} bigquery-transfer" for what in ("errors of", "silence of", "triggers given up by")],
    )
    (silence,) = [one for one in policies if "silence" in one["displayName"]]
    condition = silence["conditions"][0]["conditionPrometheusQueryLanguage"]
    metric = "logging_googleapis_com:user_tasuki_prod_bigquery_transfer_verified"
    equal(condition["query"], f'absent_over_time({metric}{{monitored_resource="cloud_run_revision"}}[24h])')
    equal(condition["duration"], "7200s")
    counted = state["/logging/v2/projects/demo-project/metrics/tasuki_prod_bigquery_transfer_verified"]
    equal(counted["labelExtractors"], {"source": "EXTRACT(jsonPayload.source)"})
    lacks(json.dumps(policies), "{{", "scheduler jobs run")


def shows_the_key_nowhere(world):
    hidden = [*KEY, *(base64.b64encode(part.encode()).decode() for part in KEY)]
    lacks(world.arguments(), *hidden)
    for request in world.requests():
        if not request["path"].endswith(":addVersion"):
            lacks(json.dumps(request), *hidden)


def brings_a_new_list_and_a_changed_role_up_to_date(world):
    (world.root / "infra/environments/target_tables.txt").write_text(TABLES + "orders\n")
    world.tamper(f"{ROLES}/tasuki_transfer", includedPermissions=["bigquery.jobs.create", "bigquery.transfers.get"])
    since = len(world.requests())
    code, words = world.deploy("gcp", "prod")
    equal(code, 0, words)
    equal(
        world.writes(since),
        [
            f"PATCH {ROLES}/tasuki_transfer",
            "POST /storage/upload/v1/b/example-backup/o",
            f"PUT {SERVICES}/{NAME}",
            f"PUT {RUN_JOBS}/{NAME}",
        ],
    )
    equal(sorted(one["text"] for path, one in world.state().items() if path.startswith(OBJECTS)), [TABLES, TABLES + "orders\n"])


def takes_kintone_in_without_touching_the_transfers(world):
    world.settings.update(DOMAIN="example", APPID="1")
    world.variables["IMAGE_DIGEST"] = "sha256:" + "a" * 64
    since = len(world.requests())
    code, words = world.deploy("gcp", "prod")
    equal(code, 4, words)
    holds(words, "kintone-export and bigquery-transfer of prod", "./deploy.sh gcp prod secret kintone-token < FILE")
    lacks(words, "secret s3-key")
    world.deploy("gcp", "prod", "secret", "kintone-token", given="read-only")
    code, words = world.deploy("gcp", "prod")
    equal(code, 0, words)
    touched = [one for one in world.writes(since) if "bigquery-transfer" in one or one.startswith(f"POST {PROJECT}")]
    equal(touched, [])
    deploys_without_a_write(world)


def keeps_the_two_apart(world):
    found = world.rights()
    equal(found[RUNTIME], own_rights())
    equal(
        found[f"serviceAccount:{EXPORT}@{DOMAIN}"],
        {
            ("roles/secretmanager.secretAccessor", f"{SECRETS}/tasuki-prod-kintone-token", ""),
            ("roles/storage.objectUser", BUCKET, ""),
            ("roles/pubsub.publisher", f"{PUBSUB}/topics/tasuki-prod-notify", ""),
        },
    )
    told = {one["name"] for one in world.state()[f"{SERVICES}/{EXPORT}"]["spec"]["template"]["spec"]["containers"][0]["env"]}
    equal(told, {"APPID", "BUCKET", "DOMAIN", "GOOGLE_CLOUD_PROJECT", "NOTIFY_TOPIC", "TIME_ZONE", "TOKEN_FILE"})
    lacks(json.dumps(world.state()[f"{SERVICES}/{NAME}"]), "APPID", "kintone")


CASES = [
    plans_it_alone_from_nothing,
    makes_what_needs_no_key_then_asks_for_it,
    takes_both_parts_of_the_key_at_once,
    refuses_half_a_key_and_a_key_that_nobody_gave,
    deploys_the_rest,
    prints_commands_that_gcloud_takes,
    writes_nothing_the_second_time,
    gives_each_account_only_what_it_does,
    makes_what_the_design_asks_for,
    alarms_on_errors_dead_letters_and_silence,
    shows_the_key_nowhere,
    brings_a_new_list_and_a_changed_role_up_to_date,
    takes_kintone_in_without_touching_the_transfers,
    keeps_the_two_apart,
]
