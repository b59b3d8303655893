"""The life of an environment on MiniStack: from nothing to deployed, and every change after that.

The cases run in order, each on what the one before left, as a user's runs do.
"""

import subprocess

from cloudformation import as_list
from expect import equal, holds, lacks

FOUNDATION = "tasuki-prod-foundation"
STACK = "tasuki-prod"


def variables(world, logical_id):
    name = world.resources(STACK)[logical_id]
    return world.aws("lambda", "get-function-configuration", "--function-name", name)["Environment"]["Variables"]


def updated(world):
    """When each stack was last touched."""
    found = world.aws("cloudformation", "describe-stacks")["Stacks"]
    return {one["StackName"]: one.get("LastUpdatedTime", one["CreationTime"]) for one in found}


def plans_from_nothing_and_leaves_nothing(world):
    code, words = world.deploy("prod", "--plan")
    equal(code, 3, words)
    holds(
        words,
        "rds-snapshot-export dynamodb-export of prod in account 000000000000, ap-northeast-1",
        "+ stack tasuki-prod-foundation\n    add ",
        "    add AWS::S3::Bucket Bucket\n",
        "    add AWS::Lambda::Function RdsSnapshotExport\n",
        "    add AWS::Scheduler::Schedule DynamodbExportTick\n",
        # MiniStack's change sets do not look at the conditions of resources: what restores and BigQuery need is counted, too.
        "59 to change.",
    )
    equal(world.stacks(), {})
    equal(world.aws("kms", "list-keys")["Keys"], [])
    equal(world.aws("lambda", "list-functions")["Functions"], [])


def makes_everything(world):
    code, words = world.deploy("prod")
    equal(code, 0, words)
    equal(world.stacks(), {FOUNDATION: "CREATE_COMPLETE", STACK: "CREATE_COMPLETE"})
    holds(words, "sam remote invoke RdsSnapshotExport --stack-name tasuki-prod", "aws logs tail ", "aws s3 ls ")
    foundation, made = world.resources(FOUNDATION), world.resources(STACK)
    names = world.aws("lambda", "list-functions")["Functions"]
    equal({one["FunctionName"] for one in names}, {made["RdsSnapshotExport"], made["DynamodbExport"]})
    equal(variables(world, "RdsSnapshotExport")["DB_CLUSTER_IDENTIFIER"], "main,second")
    equal(variables(world, "RdsSnapshotExport")["ENV"], "prod")
    equal(variables(world, "DynamodbExport")["TABLES"], "customers,orders-*")
    equal(variables(world, "DynamodbExport")["EXPORT_S3_BUCKET"], foundation["Bucket"])


def restores_nothing_without_being_asked_to(world):
    made = world.resources(STACK)
    equal([name for name in made if name.startswith("DynamodbRestore")], [])
    equal(world.aws("stepfunctions", "list-state-machines")["stateMachines"], [])


def narrows_the_rights_to_the_tables_that_are_named(world):
    role = world.resources(STACK)["DynamodbExportRole"]
    policy = world.aws("iam", "get-role-policy", "--role-name", role, "--policy-name", "export-tables")["PolicyDocument"]
    statements = {one["Sid"]: one for one in policy["Statement"]}
    equal(
        statements["ExportTables"]["Resource"],
        ["arn:aws:dynamodb:*:*:table/customers", "arn:aws:dynamodb:*:*:table/orders-*"],
    )
    equal(
        statements["LookAtExports"]["Resource"],
        ["arn:aws:dynamodb:*:*:table/customers/export/*", "arn:aws:dynamodb:*:*:table/orders-*/export/*"],
    )
    equal(
        statements["ExportTables"]["Condition"],
        {"StringEquals": {"aws:RequestedRegion": "ap-northeast-1", "aws:ResourceAccount": "000000000000"}},
    )


def changes_nothing_the_second_time(world):
    before = updated(world)
    code, words = world.deploy("prod")
    equal(code, 0, words)
    holds(words, "= stack tasuki-prod-foundation\n= stack tasuki-prod\n")
    equal(updated(world), before)


def plans_nothing_where_nothing_is_to_change(world):
    code, words = world.deploy("prod", "--plan")
    equal(code, 0, words)
    holds(words, "\n0 to change.")


def plans_what_it_then_does(world):
    world.settings.update(MAX_SHRINK_PERCENT="30", KEEP_DAYS="90", S3_PREFIX="backup/prod")
    before = updated(world)
    code, words = world.deploy("prod", "--plan")
    equal(code, 3, words)
    holds(words, "    modify AWS::S3::Bucket Bucket", "    modify AWS::Lambda::Function DynamodbExport\n")
    lacks(words, "    add ", "    remove ")
    equal(updated(world), before)
    code, words = world.deploy("prod")
    equal(code, 0, words)
    equal(variables(world, "DynamodbExport")["MAX_SHRINK_PERCENT"], "30")
    holds(words, "/backup/prod/verified/")
    (stack,) = world.aws("cloudformation", "describe-stacks", "--stack-name", FOUNDATION)["Stacks"]
    given = {one["ParameterKey"]: one["ParameterValue"] for one in stack["Parameters"]}
    equal((given["KeepDays"], given["S3Prefix"]), ("90", "backup/prod"))


def makes_the_reader_of_bigquery_and_says_how_its_key_gets_there(world):
    # MiniStack's change sets do not look at conditions, so something else has to change, too.
    world.settings.update(BIGQUERY_READER="on", KEEP_OVERWRITTEN_DAYS="31")
    code, words = world.deploy("prod")
    equal(code, 0, words)
    made = world.resources(FOUNDATION)
    name = made["BigqueryReaderUser"]
    policy = world.aws("iam", "get-user-policy", "--user-name", name, "--policy-name", "read-exports-of-rds")["PolicyDocument"]
    bucket = f"arn:aws:s3:::{made['Bucket']}"
    equal(
        {action: one["Resource"] for one in policy["Statement"] for action in as_list(one["Action"])},
        {
            "s3:GetBucketLocation": bucket,
            "s3:ListBucket": bucket,
            "s3:GetObject": f"{bucket}/backup/prod/export-id-*",
            "kms:Decrypt": world.aws("kms", "describe-key", "--key-id", made["Key"])["KeyMetadata"]["Arn"],
        },
    )
    (command,) = [line.strip() for line in words.splitlines() if "create-access-key" in line]
    aws, _, deploy = command.partition(" | ")
    equal(deploy, "./deploy.sh gcp ENV secret s3-key")
    given = subprocess.run(["bash", "-c", aws], capture_output=True, env=world.environment(), text=True, timeout=60, check=False)
    equal((given.returncode, given.stderr), (0, ""))
    equal(len(given.stdout.split()), 2, "the id and the secret, and nothing else")
    code, words = world.deploy("prod")
    equal(code, 0, words)
    lacks(words, "create-access-key", *given.stdout.split())


def adds_restores_and_drills_where_they_are_asked_for(world):
    exports = {name: id for name, id in world.resources(STACK).items() if name.startswith("DynamodbExport")}
    world.settings.update(RESTORE_TABLES="orders-restored-*, customers-restored", RESTORE_IMPORT="yes", DRILL_SCHEDULE="rate(7 days)")
    code, words = world.deploy("prod")
    equal(code, 0, words)
    made = world.resources(STACK)
    equal({name: id for name, id in made.items() if name.startswith("DynamodbExport")}, exports)
    holds(
        words,
        "rds-snapshot-export dynamodb-export dynamodb-restore of prod",
        "sam remote invoke DynamodbRestore --stack-name tasuki-prod --region ap-northeast-1 --event-file restore.json",
        "aws stepfunctions start-execution --region ap-northeast-1 --input file://restore.json",
        f" --state-machine-arn {made['DynamodbRestoreWorkflow']}\n",
        f"{world.resources(FOUNDATION)['Bucket']}/backup/prod/runs/dynamodb-restore/\n",
    )
    lacks(words, "Run dynamodb-restore once now")
    machine = world.aws("stepfunctions", "describe-state-machine", "--state-machine-arn", made["DynamodbRestoreWorkflow"])
    function = world.aws("lambda", "get-function", "--function-name", made["DynamodbRestore"])["Configuration"]["FunctionArn"]
    equal(machine["definition"].count(f'"FunctionName": "{function}"'), 4)
    lacks(machine["definition"], "${")


def lets_restores_write_to_the_tables_that_are_named(world):
    made = world.resources(STACK)
    role = made["DynamodbRestoreRole"]
    policy = world.aws("iam", "get-role-policy", "--role-name", role, "--policy-name", "restore-tables")["PolicyDocument"]
    statements = {one["Sid"]: one for one in policy["Statement"]}
    tables = ["arn:aws:dynamodb:*:*:table/orders-restored-*", "arn:aws:dynamodb:*:*:table/customers-restored"]
    equal(statements["RestoreTables"]["Resource"], tables)
    policy = world.aws("iam", "get-role-policy", "--role-name", role, "--policy-name", "import-tables")["PolicyDocument"]
    statements = {one["Sid"]: one for one in policy["Statement"]}
    equal(statements["ImportTables"]["Resource"], tables)
    equal(statements["LookAtImports"]["Resource"], [f"{table}/import/*" for table in tables])
    role = made["DynamodbRestoreWorkflowRole"]
    policy = world.aws("iam", "get-role-policy", "--role-name", role, "--policy-name", "start-shares")["PolicyDocument"]
    equal(policy["Statement"][0]["Resource"], made["DynamodbRestoreWorkflow"])
    execution = made["DynamodbRestoreWorkflow"].replace(":stateMachine:", ":execution:")
    equal(policy["Statement"][1]["Resource"], [f"{execution}:*", f"{execution}/*"])


def takes_restores_away_again(world):
    for name in ("RESTORE_TABLES", "RESTORE_IMPORT", "DRILL_SCHEDULE"):
        del world.settings[name]
    code, words = world.deploy("prod")
    equal(code, 0, words)
    restores_nothing_without_being_asked_to(world)


def leaves_out_a_function_with_nothing_to_export(world):
    del world.settings["TABLES"]
    del world.settings["MAX_SHRINK_PERCENT"]
    # No plan here, for what MiniStack's change sets do not look at, its deployments do.
    code, words = world.deploy("prod")
    equal(code, 0, words)
    holds(words, "rds-snapshot-export of prod")
    made = world.resources(STACK)
    equal([name for name in made if name.startswith("Dynamodb")], [])
    assert "RdsSnapshotExport" in made, made


def forgets_a_setting_that_was_taken_away(world):
    """CloudFormation by itself would go on with the value that was given before."""
    equal(variables(world, "RdsSnapshotExport")["MAX_SHRINK_PERCENT"], "")


def says_why_a_stack_was_refused_and_goes_on_from_there(world):
    world.settings["S3_PREFIX"] = "backup/staging"
    template = world.root / "template.yaml"
    as_it_is = template.read_text()
    # Nothing is wrong with it but that it wants another zone than deploy.sh gives.
    template.write_text(as_it_is.replace("    Default: Asia/Tokyo\n", "    Default: UTC\n    AllowedValues: [UTC]\n"))
    code, words = world.deploy("prod")
    equal(code, 1, words)
    holds(words, "+ stack tasuki-prod-foundation is up to date now", "deploying the stack tasuki-prod did not work")
    template.write_text(as_it_is)
    code, words = world.deploy("prod")
    equal(code, 0, words)
    holds(words, "= stack tasuki-prod-foundation", "+ stack tasuki-prod is up to date now")


def puts_a_second_environment_beside_the_first(world):
    world.settings = {"TABLE_TAG": "backup=nightly", "ALERT_EMAIL": "watch@example.com"}
    world.write_settings("staging")
    code, words = world.deploy("staging")
    equal(code, 0, words)
    first, second = world.resources(FOUNDATION), world.resources("tasuki-staging-foundation")
    equal({one for one in first.values() if one in second.values()}, set())
    equal(world.stacks().keys(), {FOUNDATION, STACK, "tasuki-staging-foundation", "tasuki-staging"})


CASES = [
    plans_from_nothing_and_leaves_nothing,
    makes_everything,
    restores_nothing_without_being_asked_to,
    narrows_the_rights_to_the_tables_that_are_named,
    changes_nothing_the_second_time,
    plans_nothing_where_nothing_is_to_change,
    plans_what_it_then_does,
    makes_the_reader_of_bigquery_and_says_how_its_key_gets_there,
    adds_restores_and_drills_where_they_are_asked_for,
    lets_restores_write_to_the_tables_that_are_named,
    takes_restores_away_again,
    leaves_out_a_function_with_nothing_to_export,
    forgets_a_setting_that_was_taken_away,
    says_why_a_stack_was_refused_and_goes_on_from_there,
    puts_a_second_environment_beside_the_first,
]
