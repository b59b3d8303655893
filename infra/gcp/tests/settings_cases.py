"""What deploy.sh does before it calls gcloud: usage, settings, tools."""

import re
import subprocess

from expect import equal, holds, lacks
from world import REPOSITORY, SETTINGS

TOKEN = "a-token-that-nobody-may-see"
# The settings that both functions share are read here.
CONNECTION = REPOSITORY / "crates/kintone-client/src/connection.rs"
# What deploy.sh tells the function by itself.
MADE_BY_DEPLOY = {"FANOUT_TOPIC", "IAP_AUDIENCE", "INVOCATION_TIME", "NOTIFY_TOPIC", "NOTIFICATION_TOPIC", "SERVICE_ACCOUNT"}
# What is for places where another login than IAP stands in front, and for tests.
FOR_OTHER_PLACES = {"IAP_KEYS_URL", "LOGIN_HEADER", "LOGIN_SECRET", "LOGIN_SECRET_HEADER"}
# What schema-migrate is told where migrations are written and checked, not where they are run.
FOR_DEVELOPERS = {"LINT_EXCLUDE", "POSTGRES_BIN", "SCHEMAS", "SCHEMA_DIR", "SCRATCH_URL"}


def refuses_a_cloud_that_it_does_not_know(world):
    code, words = world.deploy("azure", "prod")
    equal(code, 2)
    holds(words, "`azure` is not a cloud that this release knows")


def says_how_it_is_used(world):
    for arguments in ([], ["gcp"], ["gcp", "prod", "secret"], ["gcp", "prod", "--paln"], ["gcp", "Prod"]):
        code, words = world.deploy(*arguments)
        equal(code, 2, arguments)
        holds(words, "usage: ./deploy.sh gcp|aws ENV [--plan]")


def names_every_fault_of_the_settings_at_once(world):
    world.settings = {
        "PROJECT": "Demo",
        "APPID": "1;12",
        "REGON": "asia-northeast1",
        "TOKEN": TOKEN,
        "KEEP_DAYS": "3",
        "LOAD_URL": f"postgresql://user:{TOKEN}@host/db",
        "SUBNET": "default",
        "RUNS_URL": "gs://elsewhere/runs",
        "BUCKET": "gs://example-backup/kintone",
        "TOKEN_FILE": "/run/token",
    }
    code, words = world.deploy("gcp", "prod")
    equal(code, 2)
    holds(
        words,
        "PROJECT is `Demo`: a project id is",
        "APPID is `1;12`: app numbers with commas",
        "REGON (line 3) is not a setting",
        "TOKEN is a secret and can't be in this file: remove the line, write TOKEN_FILE=",
        "KEEP_DAYS is `3`: at least 30 days",
        "LOAD_URL holds a password",
        "NETWORK is not set",
        "RUNS_URL is `gs://elsewhere/runs`: run records go into the bucket",
        "TOKEN_FILE is `/run/token`: the short name of a secret",
        "DOMAIN is not set",
        "ALERT_EMAIL is not set",
    )
    lacks(words, TOKEN)


def refuses_the_yaml_of_the_article_without_showing_the_token(world):
    (world.root / "infra/environments/old.env").write_text(f'DOMAIN: "example"\nTOKEN: "{TOKEN}"\n')
    code, words = world.deploy("gcp", "old")
    equal(code, 2)
    holds(words, "line 1 is not KEY=VALUE", "line 2 is not KEY=VALUE")
    lacks(words, TOKEN)


def asks_for_a_token_for_each_app(world):
    world.settings.update(APPID="1,12", TOKEN_1_FILE="kintone-token-1")
    code, words = world.deploy("gcp", "prod")
    equal(code, 2)
    holds(words, "TOKEN_12_FILE is not set")
    lacks(words, "TOKEN_1_FILE is not set")


def reads_quotes_comments_and_windows_line_ends(world):
    world.settings.update(PROJECT='"demo-project"', DOMAIN="example   # ours", APPID="'1, 12'\r", SCHEDULE="'often'")
    code, words = world.deploy("gcp", "prod")
    equal(code, 2)
    equal(words.count("\n  - "), 1, words)
    holds(words, "SCHEDULE is `often`: a schedule has five fields")


def never_runs_what_the_settings_hold(world):
    trap = world.folder / "trap"
    world.settings.update(QUERY=f"$(touch {trap})", FIELDS=f"`touch {trap}`", SCHEDULE="often")
    world.deploy("gcp", "prod")
    assert not trap.exists(), "a value of the settings was executed"


def says_when_the_environment_has_no_settings(world):
    code, words = world.deploy("gcp", "staging")
    equal(code, 2)
    holds(words, "infra/environments/staging.env does not exist; copy infra/environments/sample.env")


def takes_every_setting_of_the_sample(world):
    sample = (REPOSITORY / "infra/environments/sample.env").read_text()
    every = re.sub(r"^#(?=[A-Z][A-Z0-9_]*=)", "", sample, flags=re.MULTILINE)
    (world.root / "infra/environments/every.env").write_text(every)
    (world.root / "infra/environments/target_tables.txt").write_text("users\n")
    (world.root / "migrations").mkdir()
    (world.root / "migrations/1_init.up.sql").write_text("CREATE TABLE a (b int);\n")
    code, words = world.deploy("gcp", "every")
    equal(code, 2)
    # The only thing wrong is that both forms of the database's address are given.
    equal(re.findall(r"\n  - (\S+)", words), ["LOAD_URL_FILE"], words)


def knows_every_setting_of_the_functions(_world):
    sample = (REPOSITORY / "infra/environments/sample.env").read_text()
    known = set(re.findall(r"^#?([A-Z][A-Z0-9_]*)=", sample, re.MULTILINE)) | MADE_BY_DEPLOY | FOR_OTHER_PLACES | FOR_DEVELOPERS
    for function in ("kintone-export", "kintone-restore", "bigquery-transfer", "table-sync", "schema-migrate"):
        names = settings_of(function)
        missing = {name for name in names if name not in known and f"{name}_FILE" not in known}
        equal(missing, set(), f"settings of {function} that sample.env does not know")


def settings_of(function):
    """The variables that the configuration of FUNCTION names in its words, and those of Kintone's connection."""
    source = REPOSITORY / "functions" / function / "src"
    files = [*source.glob("config*/**/*.rs"), *source.glob("**/config.rs"), CONNECTION]
    config = "\n".join(file.read_text() for file in sorted(files))
    names = set(re.findall(r"^ *///(?: `[A-Z0-9_]+` or)? `([A-Z][A-Z0-9_]+)`(?: or|:)", config, re.MULTILINE))
    assert len(names) > 10, f"only these settings of {function} were found: {names}"
    return names


def names_every_fault_of_a_restore(world):
    world.settings.update(
        RESTORE_APPID="1;2",
        RESTORE_TOKEN=TOKEN,
        RESTORE_TOKEN_99_FILE="kintone-restore-token-99",
        DRILL_APP="1",
        DAILY_REQUESTS="many",
        DRILL_SCHEDULE="sundays",
    )
    code, words = world.deploy("gcp", "prod")
    equal(code, 2)
    holds(
        words,
        "RESTORE_APPID is `1;2`: app numbers with commas",
        "RESTORE_TOKEN is a secret and can't be in this file: remove the line, write RESTORE_TOKEN_FILE=",
        "RESTORE_TOKEN_1_FILE is not set",
        "DRILL_APP is `1`: a drill writes into it and empties it afterwards",
        "DRILL_SOURCE is not set",
        "DAILY_REQUESTS is `many`",
        "DRILL_SCHEDULE is `sundays`",
    )
    lacks(words, TOKEN)


def keeps_drills_out_of_apps_that_are_restored(world):
    world.settings.update(RESTORE_APPID="12,99", DRILL_APP="99", DRILL_SOURCE="1")
    code, words = world.deploy("gcp", "prod")
    equal(code, 2)
    holds(words, "DRILL_APP is `99`: a drill writes into it and empties it afterwards, so it can't be an app of RESTORE_APPID")


def asks_what_a_restore_would_write_to(world):
    world.settings.update(RESTORE_TOKEN_FILE="kintone-restore-token", DRILL_SOURCE="1")
    code, words = world.deploy("gcp", "prod")
    equal(code, 2)
    for one in ("RESTORE_TOKEN_FILE is `kintone-restore-token`", "DRILL_SOURCE is `1`"):
        holds(words, f"{one}: it says how to restore, but neither RESTORE_APPID nor DRILL_APP")


def asks_for_something_to_do(world):
    world.settings = {"PROJECT": "demo-project", "ALERT_EMAIL": "watch@example.com", "BUCKET": "example-backup"}
    code, words = world.deploy("gcp", "prod")
    equal(code, 2)
    equal(words.count("\n  - "), 1, words)
    holds(words, "nothing is to be done: set DOMAIN and APPID to back up Kintone; DATASET, or APP_NAME, to transfer exports of RDS")


def names_what_nothing_would_use(world):
    """A setting of Kintone where there is none, and one of transfers where there are none."""
    world.settings = {"PROJECT": "demo-project", "ALERT_EMAIL": "watch@example.com", "BUCKET": "example-backup", "DATASET": "shop"}
    world.settings.update(SCHEDULE="every day 17:00", WINDOWS="4", KEEP_DAYS="400")
    code, words = world.deploy("gcp", "prod")
    equal(code, 2)
    holds(
        words,
        "SCHEDULE is `every day 17:00`: it is for backups of Kintone, but neither DOMAIN nor APPID is set; the schedule of transfers is TRANSFER_SCHEDULE",
        "WINDOWS is `4`: it is for Kintone",
        "KEEP_DAYS is `400`: it is for backups of Kintone",
    )
    lacks(words, "DOMAIN is not set", "APPID is not set")
    world.settings = {**SETTINGS, "ENV": "prod", "TRANSFER_JOB": "on"}
    code, words = world.deploy("gcp", "prod")
    equal(code, 2)
    for one in ("ENV is `prod`", "TRANSFER_JOB is `on`"):
        holds(words, f"{one}: it says how to transfer into BigQuery, but neither DATASET nor APP_NAME")


def names_every_fault_of_tables(world):
    password = "postgresql://writer:a-password-that-nobody-may-see@host/shop"
    world.settings.update(
        TABLES="public.item,,public.m_*",
        SYNC_USERS="hanako",
        APPROVERS="group:masters@example.com",
        KEYS="public.rate",
        COMPARE="all",
        PARALLEL="33",
        LOCK_TIMEOUT="soon",
        DELETE_PERCENT_MAX="120",
        PLANS_URL="gs://elsewhere/plans",
        PAGE_LANGUAGE="fr",
        SYNC_CLOUDSQL_INSTANCES="dev,main",
        SYNC_SUBNET="default",
        SYNC_SCHEDULE="at night",
        MEMORY="256Mi",
        APPLY_URL=password,
        PAGE_SECRET=TOKEN,
    )
    code, words = world.deploy("gcp", "prod")
    equal(code, 2)
    holds(
        words,
        "TABLES is `public.item,,public.m_*`: schema.table",
        "SYNC_USERS is `hanako`: e-mail addresses",
        "APPROVERS is `group:masters@example.com`: e-mail addresses with commas between them; IAP tells of a person, not of a group",
        "KEYS is `public.rate`: schema.table:column+column",
        "COMPARE is `all`: content or time",
        "PARALLEL is `33`: 1 to 32",
        "LOCK_TIMEOUT is `soon`",
        "DELETE_PERCENT_MAX is `120`: 0 to 100",
        "PLANS_URL is `gs://elsewhere/plans`: plans go into a folder of the bucket",
        "PAGE_LANGUAGE is `fr`: ja or en",
        "SYNC_CLOUDSQL_INSTANCES is `dev,main`: connection names",
        "SYNC_NETWORK is not set",
        "SYNC_SCHEDULE is `at night`",
        "SYNC_JOB is not set: a schedule executes the job",
        "MEMORY is `256Mi`: the page works on after its answers",
        "APPLY_URL is a secret and can't be in this file: remove the line, write APPLY_URL_FILE=",
        "PAGE_SECRET is a secret",
    )
    lacks(words, password, TOKEN)
    world.settings = {**SETTINGS, "TABLES": "public.item"}
    code, words = world.deploy("gcp", "prod")
    equal((code, words.count("\n  - ")), (2, 1), words)
    holds(words, "SYNC_USERS is not set: who may open the page")
    world.settings = {**SETTINGS, "SYNC_USERS": "hanako@example.com", "KEYS": "public.rate:code"}
    code, words = world.deploy("gcp", "prod")
    equal((code, words.count("it says how to synchronise tables, but TABLES does not say which")), (2, 2), words)


def names_every_fault_of_transfers(world):
    (world.root / "infra/environments/none.txt").write_text("# users\n\n")
    world.settings.update(
        APP_NAME="my-shop",
        LOCATION="Tokyo, Japan",
        STACK="prod/1",
        INCLUDE="app.*,,app.users",
        TARGET_TABLES="none.txt",
        ENGINE="oracle",
        S3_EXPORT_BUCKET_NAME="s3://exports",
        EXPORT_PREFIX="export-id-prod",
        TRANSFER_SCHEDULE="0 17 * * *",
        UNWANTED="drop",
        FILE_DELAY="soon",
        S3_SECRET_ACCESS_KEY=TOKEN,
        S3_ACCESS_KEY_ID_FILE="/run/id",
        TRANSFER_JOB="yes",
        VERIFIED_PUBLISHER="arn:aws:iam::123456789012:role/export",
    )
    code, words = world.deploy("gcp", "prod")
    equal(code, 2)
    holds(
        words,
        "APP_NAME is `my-shop`: the dataset would be called `my-shop_prod_rds_data`, and may have letters, digits and _; write DATASET=",
        "LOCATION is `Tokyo, Japan`: a location of BigQuery",
        "STACK is `prod/1`: letters, digits",
        "INCLUDE is `app.*,,app.users`: database.table",
        "TARGET_TABLES is `none.txt`: the file names no table",
        "ENGINE is `oracle`: mysql or postgresql",
        "S3_EXPORT_BUCKET_NAME is `s3://exports`: the name of a bucket",
        "EXPORT_PREFIX is `export-id-prod`: the folder of an export with {date}",
        "TRANSFER_SCHEDULE is `0 17 * * *`: as BigQuery writes it, in UTC",
        "UNWANTED is `drop`: report, disable or delete",
        "FILE_DELAY is `soon`: minutes",
        "S3_SECRET_ACCESS_KEY is a secret and can't be in this file: remove the line, write S3_SECRET_ACCESS_KEY_FILE=",
        "S3_ACCESS_KEY_ID_FILE is `/run/id`: the short name of a secret",
        "TRANSFER_JOB is `yes`: on, or leave it away",
        "VERIFIED_PUBLISHER is `arn:aws:iam::123456789012:role/export`: who may publish",
    )
    lacks(words, TOKEN)
    world.settings = {**SETTINGS, "DATASET": "shop", "TARGET_TABLES": "elsewhere.txt"}
    code, words = world.deploy("gcp", "prod")
    equal((code, words.count("\n  - ")), (2, 1), words)
    holds(words, "TARGET_TABLES is `elsewhere.txt`: there is no such file; it is looked for from infra/environments")


def says_when_gcloud_is_missing(world):
    for name in ("bash", "cat", "dirname", "env", "paste", "sort"):
        (world.tools / name).symlink_to(f"/usr/bin/{name}")
    code, words = world.deploy("gcp", "prod", path=str(world.tools))
    equal(code, 1, words)
    holds(words, "gcloud is not installed")


def says_when_gcloud_is_too_old(world):
    world.tool("gcloud", "echo 410.0.0")
    code, words = world.deploy("gcp", "prod")
    equal(code, 1, words)
    holds(words, "gcloud is 410.0.0 and deploy.sh needs 528", "gcloud components update")


def refuses_a_binary_that_needs_a_loader(world):
    headers = "Machine: Advanced Micro Devices X86-64\n  INTERP  0x318"
    world.tool("readelf", f"cat <<'HEADERS'\n{headers}\nHEADERS")
    world.tool("check", f"cd '{world.root}'; source infra/settings.sh; source infra/gcp/image.sh; require_static app")
    finished = subprocess.run(
        [str(world.tools / "check")], capture_output=True, text=True, env=world.environment(None), check=False
    )
    equal(finished.returncode, 1)
    holds(finished.stderr, "app is not static", "+crt-static")


CASES = [
    refuses_a_cloud_that_it_does_not_know,
    says_how_it_is_used,
    names_every_fault_of_the_settings_at_once,
    refuses_the_yaml_of_the_article_without_showing_the_token,
    asks_for_a_token_for_each_app,
    reads_quotes_comments_and_windows_line_ends,
    never_runs_what_the_settings_hold,
    says_when_the_environment_has_no_settings,
    takes_every_setting_of_the_sample,
    knows_every_setting_of_the_functions,
    names_every_fault_of_a_restore,
    keeps_drills_out_of_apps_that_are_restored,
    asks_what_a_restore_would_write_to,
    asks_for_something_to_do,
    names_what_nothing_would_use,
    names_every_fault_of_transfers,
    names_every_fault_of_tables,
    says_when_gcloud_is_missing,
    says_when_gcloud_is_too_old,
    refuses_a_binary_that_needs_a_loader,
]
