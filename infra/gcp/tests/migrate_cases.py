"""schema-migrate: a job without a service, alone in its environment; then the steps of the pipeline.

The cases run in order, in a Google Cloud of their own. cargo and docker are stand-ins, gcloud is real.
"""

import json
import re

from expect import deploys_without_a_write, equal, holds, lacks
from story_cases import ACCOUNTS, ALERTS, DOMAIN, PROJECT, REGION, SECRETS, USAGE
from world import REPOSITORY

NAME = "tasuki-prod-schema-migrate"
RUNTIME = f"serviceAccount:{NAME}@{DOMAIN}"
RUN_JOBS = "/run/apis/run.googleapis.com/v1/namespaces/demo-project/jobs"
INSTANCE = f"demo-project:{REGION}:main"
REPOSITORY_OF_IMAGES = f"{REGION}-docker.pkg.dev/demo-project/tasuki"
IMAGE = f"{REPOSITORY_OF_IMAGES}/schema-migrate"
PUSHED = "sha256:" + "b" * 64
GIVEN = f"postgresql://migrate:a-password-of-prod@/shop?host=/cloudsql/{INSTANCE}"
PIPELINE = REPOSITORY / ".github/workflows/cd.yaml"


def asks_for_a_folder_with_migrations(world):
    world.settings = {
        "PROJECT": "demo-project",
        "ALERT_EMAIL": "watch@example.com",
        "MIGRATIONS_DIR": "../../migrations",
        "MIGRATE_CLOUDSQL_INSTANCE": INSTANCE,
        "MIGRATE_LOCK_TIMEOUT": "3s",
    }
    world.variables = {"MIGRATE_IMAGE_DIGEST": "sha256:" + "a" * 64}
    for wrong, words_of_it in ((None, "there is no such folder"), ("V1__init.sql", "VERSION_TITLE.up.sql, such as")):
        if wrong:
            (world.root / "migrations").mkdir()
            (world.root / "migrations" / wrong).write_text("SELECT 1;\n")
        code, words = world.deploy("gcp", "prod")
        equal(code, 2, words)
        holds(words, "MIGRATIONS_DIR is `../../migrations`", words_of_it)
    (world.root / "migrations/V1__init.sql").rename(world.root / "migrations/1_init.up.sql")


def plans_it_alone_without_a_bucket_or_a_topic(world):
    code, words = world.deploy("gcp", "prod", "--plan")
    equal(code, 3, words)
    equal(world.writes(), [])
    holds(
        words,
        "schema-migrate of prod in demo-project, asia-northeast1",
        f"+ make the job {NAME}\n",
        "  ./deploy.sh gcp prod secret database-url < FILE\n",
    )
    lacks(words, "bucket", "topic", "subscription", "make the service tasuki", "kintone")


def makes_what_needs_no_secret_then_asks_for_it(world):
    code, words = world.deploy("gcp", "prod")
    equal(code, 4, words)
    equal(
        world.done(),
        [
            f"POST {USAGE}:batchEnable",
            f"POST /artifactregistry/v1/projects/demo-project/locations/{REGION}/repositories",
            f"POST {ACCOUNTS}",
            f"POST {SECRETS}",
            f"POST {SECRETS}/tasuki-prod-database-url:setIamPolicy",
            f"POST {PROJECT}:setIamPolicy",
        ],
    )


def makes_the_job_when_the_secret_is_given(world):
    code, words = world.deploy("gcp", "prod", "secret", "database-url", given=GIVEN)
    equal(code, 0, words)
    since = len(world.requests())
    code, words = world.deploy("gcp", "prod")
    equal(code, 0, words)
    equal([one for one in world.done(since) if "monitoring" not in one], [f"POST {RUN_JOBS}"])
    holds(words, f"run jobs execute {NAME} --region={REGION} --wait --args=status", "cd.yaml migrates before each rollout")
    job = world.state()[f"{RUN_JOBS}/{NAME}"]["spec"]["template"]
    equal(job["metadata"]["annotations"]["run.googleapis.com/cloudsql-instances"], INSTANCE)
    equal((job["spec"]["taskCount"], job["spec"]["template"]["spec"]["maxRetries"]), (1, 0))
    task = job["spec"]["template"]["spec"]
    equal(task["serviceAccountName"], RUNTIME.removeprefix("serviceAccount:"))
    equal(
        {one["name"]: one["value"] for one in task["containers"][0]["env"]},
        {
            "DATABASE_URL_FILE": "/secrets/database-url/value",
            "GOOGLE_CLOUD_PROJECT": "demo-project",
            "LOCK_TIMEOUT": "3s",
            "MIGRATIONS_DIR": "/migrations",
        },
    )


def may_reach_its_instance_and_nothing_else(world):
    secret = ("roles/secretmanager.secretAccessor", f"{SECRETS}/tasuki-prod-database-url", "")
    rights = world.rights()[RUNTIME]
    equal({right for right in rights if right[0] != "roles/cloudsql.client"}, {secret})
    [(_, _, condition)] = rights - {secret}
    holds(condition, "instances/main'")


def alarms_on_errors_of_the_job(world):
    [errors] = [one for path, one in world.state().items() if path.startswith(ALERTS)]
    equal(errors["displayName"], "Tasuki prod: errors of schema-migrate")
    holds(errors["conditions"][0]["conditionMatchedLog"]["filter"], 'resource.type="cloud_run_job"', f'job_name="{NAME}"')
    lacks(json.dumps(errors), "{{", "cloud_run_revision")


def changes_nothing_when_it_is_deployed_again(world):
    deploys_without_a_write(world)


def lets_the_account_log_in_by_token(world):
    world.settings["DATABASE_AUTH"] = "iam"
    code, words = world.deploy("gcp", "prod")
    equal(code, 0, words)
    holds(words, f"It logs in as {NAME}@demo-project.iam, which must be a user of the database.")
    granted = {role for role, _, _ in world.rights()[RUNTIME]}
    equal(granted, {"roles/cloudsql.client", "roles/cloudsql.instanceUser", "roles/secretmanager.secretAccessor"})
    del world.settings["DATABASE_AUTH"]


def puts_the_migrations_into_the_image(world):
    """Another migration is another image, with the same program."""
    del world.variables["MIGRATE_IMAGE_DIGEST"]
    world.variables["CARGO_TARGET_DIR"] = str(world.folder / "target")
    (world.folder / "main.c").write_text("int main(void) { return 0; }\n")
    built = world.folder / "target/x86_64-unknown-linux-gnu/release"
    built.mkdir(parents=True)
    world.tool("cargo", f"cd {built}; [[ -e schema-migrate ]] || cc -static -o schema-migrate {world.folder}/main.c")
    context = world.folder / "context"
    world.tool(
        "docker",
        f"""case "$*" in
        *"{{{{range .RepoDigests}}}}"*) echo "{IMAGE}@{PUSHED}" ;;
        build*) rm -rf {context}; cp -R {world.root}/dist/schema-migrate {context} ;;
        *login*) cat >/dev/null ;;
        esac""",
    )
    tags = []
    for more in ("1_init.down.sql", "2_more.up.sql"):
        (world.root / "migrations" / more).write_text("SELECT 2;\n")
        code, words = world.deploy("gcp", "prod")
        equal(code, 0, words)
        names = sorted(path.name for path in (context / "migrations").iterdir())
        equal(names, sorted(path.name for path in (world.root / "migrations").iterdir()))
        equal((context / "bootstrap").stat().st_mode & 0o777, 0o755)
        tags.append(re.findall(rf"\+ build and push the image {IMAGE}:(\S+)", words))
    equal([len(found) for found in tags], [1, 1])
    assert tags[0] != tags[1], tags
    container = world.state()[f"{RUN_JOBS}/{NAME}"]["spec"]["template"]["spec"]["template"]["spec"]["containers"][0]
    equal(container["image"], f"{IMAGE}@{PUSHED}")


def migrates_in_the_pipeline_before_it_rolls_out(world):
    """Each job of the workflow waits for the one before; the gcloud lines that migrate are taken by the real gcloud."""
    text = PIPELINE.read_text()
    jobs = dict(re.findall(r"^  (\w+):\n((?:    .*\n|\n)+)", text.split("\njobs:\n")[1], re.MULTILINE))
    equal(list(jobs), ["build", "migrate", "deploy"])
    holds(jobs["migrate"], "needs: build\n")
    holds(jobs["deploy"], "needs: [build, migrate]\n")
    holds(text, "id-token: write", "workload_identity_provider:", "- migrations/**")
    lacks(text, "secrets.", "credentials_json", "service_account_key", ":latest", "gcloud beta")
    commands = re.findall(r"gcloud run jobs (?:.*\\\n)*.*", jobs["migrate"])
    equal([command.split()[3] for command in commands], ["update", "execute"])
    holds(commands[1], "--wait")
    new = "sha256:" + "c" * 64
    names = f"JOB={NAME} PROJECT=demo-project REGION={REGION} REPOSITORY={REPOSITORY_OF_IMAGES} DIGEST={new}"
    since = len(world.requests())
    for command in commands:
        world.run(f"export {names}; {command}", must_work=True)
    equal(world.done(since), [f"PUT {RUN_JOBS}/{NAME}", f"POST {RUN_JOBS}/{NAME}:run"])
    job = world.state()[f"{RUN_JOBS}/{NAME}"]["spec"]["template"]["spec"]
    equal(job["template"]["spec"]["containers"][0]["image"], f"{IMAGE}@{new}")
    equal((job["taskCount"], job["template"]["spec"]["maxRetries"]), (1, 0))


def shows_the_secret_nowhere(world):
    lacks(world.arguments(), GIVEN)
    for request in world.requests():
        if not request["path"].endswith(":addVersion"):
            lacks(json.dumps(request), GIVEN)


CASES = [
    asks_for_a_folder_with_migrations,
    plans_it_alone_without_a_bucket_or_a_topic,
    makes_what_needs_no_secret_then_asks_for_it,
    makes_the_job_when_the_secret_is_given,
    may_reach_its_instance_and_nothing_else,
    alarms_on_errors_of_the_job,
    changes_nothing_when_it_is_deployed_again,
    lets_the_account_log_in_by_token,
    puts_the_migrations_into_the_image,
    migrates_in_the_pipeline_before_it_rolls_out,
    shows_the_secret_nowhere,
]
