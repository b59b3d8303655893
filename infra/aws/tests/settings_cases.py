"""What deploy.sh does before it asks AWS for anything: usage, settings, tools, bootstraps."""

import re
import shutil

from cloudformation import REPOSITORY
from expect import equal, holds, lacks

SECRET = "https://chat.example.com/a-secret-that-nobody-may-see"


def stand_ins(world, account="123456789012"):
    """An sam and an aws that know little more than the account."""
    world.tool("sam", 'case $1 in --version) echo "SAM CLI, version 1.170.0" ;; *) exit 9 ;; esac')
    world.tool("aws", f"case $1 in sts) echo {account} ;; *) exit 9 ;; esac")


def says_how_it_is_used(world):
    for arguments in ([], ["prod", "secret", "x"], ["prod", "--paln"], ["Prod"]):
        code, words = world.deploy(*arguments)
        equal(code, 2, arguments)
        holds(words, "usage: ./deploy.sh gcp|aws ENV [--plan]")


def says_when_the_environment_has_no_settings(world):
    code, words = world.deploy("staging")
    equal(code, 2)
    holds(words, "infra/environments/staging.env does not exist; copy infra/environments/sample-aws.env")


def names_every_fault_of_the_settings_at_once(world):
    world.settings = {
        "REGION": "tokyo",
        "ACCOUNT": "12",
        "DB_CLUSTER_IDENTIFIER": "main;second",
        "SNAPSHOT_TYPE": "awsbackup",
        "ENV": "an-environment-with-a-long-name",
        "TABLES": "customers",
        "TABLE_TAG": "backup=nightly",
        "EXPORT_TYPE": "chain",
        "KEEP_DAYS": "40",
        "S3_PREFIX": "/backup",
        "S3_BUCKET_OWNER": "210987654321",
        "VERIFIED_TOPIC": "projects/p/topics/t",
        "NOTIFY_WEBHOOK": SECRET,
        "S3_EXPORT_BUCKET_NAME": "mine",
        "MAX_SNAPSHOT_AGE": "a day",
        "RESTORE_IMPORT": "no",
        "MAX_WRU": "0",
        "DRILL_TABLES": "orders",
        "BIGQUERY_READER": "yes",
    }
    code, words = world.deploy("prod")
    equal(code, 2)
    holds(
        words,
        "REGION is `tokyo`: a Region looks like",
        "ACCOUNT is `12`: an account's number has 12 digits",
        "DB_CLUSTER_IDENTIFIER is `main;second`: identifiers of clusters",
        "SNAPSHOT_TYPE is `awsbackup`: RDS lists snapshots of AWS Backup for instances only",
        "ENV is `an-environment-with-a-long-name`: at most 16 characters",
        "TABLE_TAG is `backup=nightly`: TABLES is set too",
        "KEEP_DAYS is `40`: a chain is 28 days long",
        "S3_PREFIX is `/backup`: folders of letters",
        "EXPORT_S3_BUCKET is not set: the bucket of the account S3_BUCKET_OWNER",
        "GOOGLE_CREDENTIALS_FILE is not set",
        "NOTIFY_WEBHOOK is a secret and can't be in this file: remove the line, put the value into Secrets Manager",
        "S3_EXPORT_BUCKET_NAME (line 14) is not a setting; infra/environments/sample-aws.env lists all of them",
        "MAX_SNAPSHOT_AGE is `a day`: hours and minutes",
        "RESTORE_IMPORT is `no`: yes, or leave it away",
        "MAX_WRU is `0`: write units a second, 1 to 1000000",
        "RESTORE_TABLES is not set: the tables that may be restored into, without which RESTORE_IMPORT has nothing to act on",
        "DRILL_SCHEDULE is not set: when the backups of DRILL_TABLES are to be proven",
        "ALERT_EMAIL is not set",
        "BIGQUERY_READER is `yes`: on, or leave it away",
    )
    lacks(words, SECRET)


def asks_for_exports_that_bigquery_would_read(world):
    world.settings = {"ALERT_EMAIL": "watch@example.com", "TABLES": "customers", "BIGQUERY_READER": "on"}
    code, words = world.deploy("prod")
    equal((code, words.count("\n  - ")), (2, 1), words)
    holds(words, "BIGQUERY_READER is `on`: it reads exports of RDS, and there are none; set DB_CLUSTER_IDENTIFIER or DB_INSTANCE_IDENTIFIER")


def asks_for_something_to_do(world):
    world.settings = {"ALERT_EMAIL": "watch@example.com"}
    code, words = world.deploy("prod")
    equal(code, 2)
    holds(words, "nothing is to be exported: set DB_CLUSTER_IDENTIFIER, DB_INSTANCE_IDENTIFIER, TABLES or TABLE_TAG; or RESTORE_TABLES")


def takes_every_setting_of_the_sample(world):
    sample = (REPOSITORY / "infra/environments/sample-aws.env").read_text()
    every = re.sub(r"^#(?=[A-Z][A-Z0-9_]*=)", "", sample, flags=re.MULTILINE)
    (world.root / "infra/environments/every.env").write_text(every)
    code, words = world.deploy("every")
    equal(code, 2)
    # Wrong is only that tables are named in both ways, and that the file of the example does not exist.
    equal(re.findall(r"\n  - (\S+)", words), ["TABLE_TAG", "GOOGLE_CREDENTIALS_FILE"], words)


def refuses_a_key_of_google_in_a_package(world):
    world.settings["VERIFIED_TOPIC"] = "projects/p/topics/t"
    world.settings["GOOGLE_CREDENTIALS_FILE"] = "google.json"
    (world.root / "infra/environments/google.json").write_text('{"type": "service_account", "private_key": "…"}')
    code, words = world.deploy("prod")
    equal(code, 2)
    holds(words, "not the configuration of a workload identity", "a key of a service account must not be in a package")


def refuses_credentials_of_another_account(world):
    stand_ins(world, account="999999999999")
    world.settings["ACCOUNT"] = "123456789012"
    code, words = world.deploy("prod")
    equal(code, 2, words)
    holds(words, "these are credentials of account 999999999999, and ACCOUNT of prod is 123456789012")


def says_which_program_is_missing(world):
    for name in ("bash", "dirname", "env"):
        (world.tools / name).symlink_to(shutil.which(name))
    code, words = world.deploy("prod", path=str(world.tools))
    equal(code, 1, words)
    holds(words, "sam is not installed")
    world.tool("sam", "echo SAM CLI, version 1.99.0")
    for name in ("aws", "readelf", "sort", "head"):
        (world.tools / name).symlink_to(shutil.which(name))
    code, words = world.deploy("prod", path=str(world.tools))
    equal(code, 1, words)
    holds(words, "sam is 1.99.0 and deploy.sh needs 1.170.0 or newer")


def refuses_a_bootstrap_that_lambda_could_not_start(world):
    stand_ins(world)
    bootstrap = world.bootstraps / "rds-snapshot-export/bootstrap"
    good = bootstrap.read_bytes()
    machine = bytearray(good)
    machine[18] = 0xB7  # AArch64
    for content, fault in (
        (b"#!/bin/sh\n", "is not an ELF binary"),
        (bytes(machine), "is not built for x86_64, which ARCHITECTURE asks for; it is for AArch64"),
        (good.replace(b"GLIBC_2.34", b"GLIBC_2.99"), "needs glibc 2.99 and Lambda has 2.34"),
        (good.replace(b"libc.so.6", b"libz.so.6"), "needs libz.so.6, which Lambda does not have"),
        (good + bytes(21 * 1024 * 1024), "MiB and at most 20 are expected; build it with --release"),
    ):
        bootstrap.write_bytes(content)
        code, words = world.deploy("prod")
        equal(code, 1, words)
        holds(words, fault)
    bootstrap.unlink()
    code, words = world.deploy("prod")
    equal(code, 2, words)
    holds(words, "rds-snapshot-export/bootstrap does not exist")


def gives_an_arm64_bootstrap_to_arm64_only(world):
    stand_ins(world)
    world.settings["ARCHITECTURE"] = "arm64"
    code, words = world.deploy("prod")
    equal(code, 1, words)
    holds(words, "is not built for arm64")


CASES = [
    says_how_it_is_used,
    says_when_the_environment_has_no_settings,
    names_every_fault_of_the_settings_at_once,
    asks_for_exports_that_bigquery_would_read,
    asks_for_something_to_do,
    takes_every_setting_of_the_sample,
    refuses_a_key_of_google_in_a_package,
    refuses_credentials_of_another_account,
    says_which_program_is_missing,
    refuses_a_bootstrap_that_lambda_could_not_start,
    gives_an_arm64_bootstrap_to_arm64_only,
]
