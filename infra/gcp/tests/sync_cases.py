"""table-sync: a page behind IAP, alone in its environment; then the job that compares at night.

The cases run in order, in a Google Cloud of their own.
"""

import json

from expect import deploys_without_a_write, equal, holds, lacks
from story_cases import ACCOUNTS, ALERTS, BUCKET, DOMAIN, JOBS, PROJECT, PUBSUB, REGION, SECRETS, SERVICES, USAGE

NAME = "tasuki-prod-table-sync"
RUNTIME = f"serviceAccount:{NAME}@{DOMAIN}"
INVOKER = f"serviceAccount:push-prod-table-sync@{DOMAIN}"
IAP = "serviceAccount:service-123456789012@gcp-sa-iap.iam.gserviceaccount.com"
VISITOR = "roles/iap.httpsResourceAccessor"
PAGE = f"/iap/v1/projects/123456789012/iap_web/cloud_run-{REGION}/services/{NAME}"
SERVICE_POLICY = f"/run/v1/projects/demo-project/locations/{REGION}/services/{NAME}"
JOB_POLICY = f"/run/v1/projects/demo-project/locations/{REGION}/jobs/{NAME}"
RUN_JOBS = "/run/apis/run.googleapis.com/v1/namespaces/demo-project/jobs"
IDENTITIES = "/serviceusage/v1beta1/projects/demo-project/services"
GIVEN = {
    "source-url": "postgresql://reader:a-password-of-dev@/shop?host=/cloudsql/demo-project:asia-northeast1:dev",
    "target-url": "postgresql://reader:a-password-of-prod@/shop?host=/cloudsql/demo-project:asia-northeast1:main",
    "apply-url": "postgresql://writer:a-password-to-write@/shop?host=/cloudsql/demo-project:asia-northeast1:main",
    "server-ca": "-----BEGIN CERTIFICATE-----\nof both servers\n-----END CERTIFICATE-----",
    "page-secret": "4f1c0a5e9b7d2c3849a6e01f5d8b7c6a",
}


def plans_it_alone_from_nothing(world):
    world.settings = {
        "PROJECT": "demo-project",
        "ALERT_EMAIL": "watch@example.com",
        "BUCKET": "example-backup",
        "TABLES": "public.m_*,public.item",
        "SYNC_EXCLUDE": "public.m_session",
        "SYNC_USERS": "hanako@example.com, group:masters@example.com",
        "APPROVERS": "hanako@example.com",
        "APPLY_URL_FILE": "apply-url",
        "SYNC_CA_FILE": "server-ca",
        "SYNC_CLOUDSQL_INSTANCES": f"demo-project:{REGION}:dev,demo-project:{REGION}:main",
        "SYNC_NETWORK": "default",
        "SYNC_SUBNET": "default",
    }
    world.variables = {"SYNC_IMAGE_DIGEST": "sha256:" + "e" * 64}
    code, words = world.deploy("gcp", "prod", "--plan")
    equal(code, 3, words)
    equal(world.writes(), [])
    holds(
        words,
        "table-sync of prod in demo-project, asia-northeast1",
        "+ let IAP have its own account\n",
        f"+ make the service {NAME}\n",
        f"+ let hanako@example.com be {VISITOR} on the page {NAME}\n",
        "  openssl rand -hex 32 | ./deploy.sh gcp prod secret page-secret\n",
        "  ./deploy.sh gcp prod secret apply-url < FILE\n",
    )
    lacks(words, "make the topic tasuki-prod-table-sync", "subscription", "kintone", "make the job")


def makes_what_needs_no_secret_then_asks_for_them(world):
    code, words = world.deploy("gcp", "prod")
    equal(code, 4, words)
    secrets = [f"{SECRETS}/tasuki-prod-{short}:setIamPolicy" for short in sorted(GIVEN)]
    equal(
        world.done(),
        [
            f"POST {USAGE}:batchEnable",
            f"POST /artifactregistry/v1/projects/demo-project/locations/{REGION}/repositories",
            f"POST {ACCOUNTS}",
            *[step for policy in secrets for step in (f"POST {SECRETS}", f"POST {policy}")],
            "POST /storage/v1/b",
            f"PATCH {BUCKET}",
            f"POST {IDENTITIES}/iap.googleapis.com:generateServiceIdentity",
            f"PUT {BUCKET}/iam",
            f"PUT {BUCKET}/iam",
            f"PUT {BUCKET}/iam",
            f"POST {PROJECT}:setIamPolicy",
            f"POST {PROJECT}:setIamPolicy",
            f"POST {IDENTITIES}/pubsub.googleapis.com:generateServiceIdentity",
            f"PUT {PUBSUB}/topics/tasuki-prod-notify",
            f"POST {PUBSUB}/topics/tasuki-prod-notify:setIamPolicy",
        ],
    )
    enabled = json.loads(next(one["body"] for one in world.requests() if one["path"].endswith(":batchEnable")))["serviceIds"]
    for api in ("iap.googleapis.com", "sqladmin.googleapis.com"):
        assert api in enabled, enabled


def deploys_the_page_when_the_secrets_are_given(world):
    for short, value in GIVEN.items():
        code, words = world.deploy("gcp", "prod", "secret", short, given=value)
        equal(code, 0, words)
    since = len(world.requests())
    code, words = world.deploy("gcp", "prod")
    equal(code, 0, words)
    equal(
        world.done(since),
        [
            f"POST {IDENTITIES}/iap.googleapis.com:generateServiceIdentity",
            f"POST {SERVICES}",
            f"POST {SERVICE_POLICY}:setIamPolicy",
            f"POST {PAGE}:setIamPolicy",
            f"POST {PAGE}:setIamPolicy",
            "POST /monitoring/v3/projects/demo-project/notificationChannels",
            f"POST {ALERTS}",
        ],
    )
    holds(words, f"  https://{NAME}-123456789012.{REGION}.run.app/\n", "functions/table-sync/README.md says how")
    lacks(words, "Nothing can be applied yet", *GIVEN.values())


def writes_nothing_the_second_time(world):
    deploys_without_a_write(world)


def below(folder):
    return f"resource.name.startsWith('projects/_/buckets/example-backup/objects/{folder}')"


def instance(name):
    return f"resource.name == 'projects/demo-project/instances/{name}' && resource.service == 'sqladmin.googleapis.com'"


def lets_in_whom_the_settings_name_and_nobody_else(world):
    """People reach IAP, IAP reaches the service, and the service its secrets, its folders and its two instances."""
    equal(
        world.rights(),
        {
            "user:hanako@example.com": {(VISITOR, PAGE, "")},
            "group:masters@example.com": {(VISITOR, PAGE, "")},
            IAP: {("roles/run.invoker", SERVICE_POLICY, "")},
            RUNTIME: {
                *[("roles/secretmanager.secretAccessor", f"{SECRETS}/tasuki-prod-{short}", "") for short in GIVEN],
                ("roles/storage.legacyBucketReader", BUCKET, ""),
                ("roles/storage.objectUser", BUCKET, below("runs/table-sync/")),
                ("roles/storage.objectUser", BUCKET, below("plans/")),
                ("roles/cloudsql.client", PROJECT, instance("dev")),
                ("roles/cloudsql.client", PROJECT, instance("main")),
                ("roles/pubsub.publisher", f"{PUBSUB}/topics/tasuki-prod-notify", ""),
            },
        },
    )


def makes_what_the_design_asks_for(world):
    state = world.state()
    equal([path for path in state if path.startswith((JOBS, RUN_JOBS, f"{PUBSUB}/subscriptions"))], [])
    service = state[f"{SERVICES}/{NAME}"]
    annotations = service["metadata"]["annotations"]
    equal((annotations["run.googleapis.com/iap-enabled"], annotations["run.googleapis.com/ingress"]), ("true", "all"))
    template = service["spec"]["template"]
    equal(
        {name.rsplit("/", 1)[1]: value for name, value in template["metadata"]["annotations"].items()},
        {
            "maxScale": "1",
            "cpu-throttling": "false",
            "cloudsql-instances": f"demo-project:{REGION}:dev,demo-project:{REGION}:main",
            "network-interfaces": '[{"network":"default","subnetwork":"default"}]',
            "vpc-access-egress": "private-ranges-only",
        },
    )
    equal(template["spec"]["containerConcurrency"], 80)
    equal(template["spec"]["serviceAccountName"], RUNTIME.removeprefix("serviceAccount:"))
    container = template["spec"]["containers"][0]
    equal(container["resources"]["limits"]["memory"], "512Mi")
    # The addresses name it, and no variable does.
    mounted = {one["name"]: one["mountPath"] for one in container["volumeMounts"]}
    equal(mounted["server-ca"], "/secrets/server-ca")
    equal(
        {one["name"]: one["value"] for one in container["env"]},
        {
            "APPLY_URL_FILE": "/secrets/apply-url/value",
            "APPROVERS": "hanako@example.com",
            "EXCLUDE": "public.m_session",
            "GOOGLE_CLOUD_PROJECT": "demo-project",
            "IAP_AUDIENCE": f"/projects/123456789012/locations/{REGION}/services/{NAME}",
            "NOTIFY_TOPIC": "projects/demo-project/topics/tasuki-prod-notify",
            "PAGE_SECRET_FILE": "/secrets/page-secret/value",
            "PLANS_URL": "gs://example-backup/plans",
            "RUNS_URL": "gs://example-backup/runs",
            "SOURCE_URL_FILE": "/secrets/source-url/value",
            "TABLES": "public.m_*,public.item",
            "TARGET_URL_FILE": "/secrets/target-url/value",
            "TIME_ZONE": "Asia/Tokyo",
        },
    )


def alarms_on_errors_of_the_page(world):
    [errors] = [one for path, one in world.state().items() if path.startswith(ALERTS)]
    equal(errors["displayName"], "Tasuki prod: errors of table-sync")
    holds(errors["conditions"][0]["conditionMatchedLog"]["filter"], f'service_name="{NAME}"')
    lacks(json.dumps(errors), "{{", "cloud_run_job")


def shuts_out_who_is_no_longer_named(world):
    """Also who was let in by hand, and everybody."""
    for member in ("user:taro@example.com", "allAuthenticatedUsers"):
        world.tamper(f"{PAGE}:policy", role=VISITOR, members=[member])
    world.tamper(f"{SERVICE_POLICY}:policy", role="roles/run.invoker", members=["allUsers"])
    world.settings["SYNC_USERS"] = "hanako@example.com"
    since = len(world.requests())
    code, words = world.deploy("gcp", "prod")
    equal(code, 0, words)
    equal(world.writes(since), [f"POST {SERVICE_POLICY}:setIamPolicy"] + 3 * [f"POST {PAGE}:setIamPolicy"])
    holds(words, f"+ shut masters@example.com out of the page {NAME}\n", f"+ close the service {NAME} to allUsers\n")
    visitors = {member for member, grants in world.rights().items() if (VISITOR, PAGE, "") in grants}
    equal(visitors, {"user:hanako@example.com"})


def compares_at_night_with_a_job(world):
    world.settings.update(SYNC_JOB="on", SYNC_SCHEDULE="0 6 * * *")
    since = len(world.requests())
    code, words = world.deploy("gcp", "prod")
    equal(code, 0, words)
    equal(
        world.done(since),
        [
            f"POST {ACCOUNTS}",
            f"POST {RUN_JOBS}",
            f"PATCH {ALERTS}/2",
            f"POST {JOB_POLICY}:setIamPolicy",
            f"POST {JOBS}",
            "POST /logging/v2/projects/demo-project/metrics",
            f"POST {ALERTS}",
        ],
    )
    holds(words, f"run jobs execute {NAME} --region={REGION} --wait --update-env-vars='^;^EVENT={{}}'")
    state = world.state()
    schedule = state[f"{JOBS}/{NAME}"]
    equal((schedule["schedule"], schedule["timeZone"]), ("0 6 * * *", "Asia/Tokyo"))
    target = schedule["httpTarget"]
    equal(target["uri"], f"https://run.googleapis.com/v2/projects/demo-project/locations/{REGION}/jobs/{NAME}:run")
    equal((target["httpMethod"], target["oauthToken"]["serviceAccountEmail"]), ("POST", INVOKER.removeprefix("serviceAccount:")))
    equal(world.rights()[INVOKER], {("roles/run.invoker", JOB_POLICY, "")})
    job = state[f"{RUN_JOBS}/{NAME}"]["spec"]["template"]["spec"]["template"]["spec"]
    template = state[f"{SERVICES}/{NAME}"]["spec"]["template"]
    equal(job["serviceAccountName"], template["spec"]["serviceAccountName"])
    for part in ("image", "env", "volumeMounts"):
        equal(job["containers"][0][part], template["spec"]["containers"][0][part])
    annotations = state[f"{RUN_JOBS}/{NAME}"]["spec"]["template"]["metadata"]["annotations"]
    for name in ("cloudsql-instances", "network-interfaces", "vpc-access-egress"):
        equal(annotations[f"run.googleapis.com/{name}"], template["metadata"]["annotations"][f"run.googleapis.com/{name}"])


def alarms_when_the_night_is_silent(world):
    policies = {one["displayName"]: one for path, one in world.state().items() if path.startswith(ALERTS)}
    errors = policies["Tasuki prod: errors of table-sync"]["conditions"][0]["conditionMatchedLog"]["filter"]
    holds(errors, f'service_name="{NAME}"', f'job_name="{NAME}"', 'NOT logName:"cloudaudit.googleapis.com"', "NOT jsonPayload.exit=3)) AND severity>=ERROR")
    silence = policies["Tasuki prod: silence of table-sync"]["conditions"][0]["conditionPrometheusQueryLanguage"]
    metric = "logging_googleapis_com:user_tasuki_prod_table_sync_verified"
    equal(silence["query"], f'absent_over_time({metric}{{monitored_resource="cloud_run_job",source="diff"}}[24h])')
    counted = world.state()["/logging/v2/projects/demo-project/metrics/tasuki_prod_table_sync_verified"]
    holds(counted["filter"], 'resource.type="cloud_run_job"', f'job_name="{NAME}"', 'jsonPayload.state="verified"')
    lacks(json.dumps(list(policies.values())), "{{")


def changes_nothing_when_it_is_deployed_again(world):
    deploys_without_a_write(world)


def shows_the_secrets_nowhere(world):
    lacks(world.arguments(), *GIVEN.values())
    for request in world.requests():
        if not request["path"].endswith(":addVersion"):
            lacks(json.dumps(request), *GIVEN.values())


CASES = [
    plans_it_alone_from_nothing,
    makes_what_needs_no_secret_then_asks_for_them,
    deploys_the_page_when_the_secrets_are_given,
    writes_nothing_the_second_time,
    lets_in_whom_the_settings_name_and_nobody_else,
    makes_what_the_design_asks_for,
    alarms_on_errors_of_the_page,
    shuts_out_who_is_no_longer_named,
    compares_at_night_with_a_job,
    alarms_when_the_night_is_silent,
    changes_nothing_when_it_is_deployed_again,
    shows_the_secrets_nowhere,
]
