"""Restores and drills by the deployed state machine, into the DynamoDB of MiniStack. Goes on from the exports of end_to_end.py."""

import gzip
import json

from expect import equal, holds
from export_fixture import canonical, items, write_export
from world import until

FUNCTION = "dynamodb-restore"


def configure(world, timeout=900, **variables):
    """Changes the function's variables and timeout, as deploying anew would."""
    functions, name = world.client("lambda"), world.name(FUNCTION)
    present = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    functions.update_function_configuration(FunctionName=name, Timeout=timeout, Environment={"Variables": {**present, **variables}})


def make_table(world, table):
    world.client("dynamodb").create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def content(world, table):
    """Every item of the table, by its key."""
    pages = world.client("dynamodb").get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return {item["id"]["S"]: canonical(item) for page in pages for item in page["Items"]}


def execute(world, **event):
    """How an execution of the state machine with this input ended."""
    steps = world.client("stepfunctions")
    machine = world.physical["DynamodbRestoreWorkflow"]
    started = steps.start_execution(stateMachineArn=machine, input=json.dumps(event))["executionArn"]

    def ended():
        found = steps.describe_execution(executionArn=started)
        return found if found["status"] != "RUNNING" else None

    return until("the execution ends", ended, seconds=240)


def records(world, source):
    """The run records of a restore, as the function wrote them."""
    keys = [key for key in world.keys(f"runs/{FUNCTION}/") if key.rsplit("/", 1)[1].startswith(source) and key.endswith(".json")]
    return [world.object(key) for key in keys]


def a_verified_export_comes_back(world):
    # The functions share MiniStack's variables, and those name the simulator as DynamoDB.
    configure(world, AWS_ENDPOINT_URL_DYNAMODB=world.address)
    make_table(world, "restored-table1")
    latest = world.object("verified/dynamodb-export/table1/latest.json")
    event = {"source": "table1", "table": "restored-table1"}
    told = world.invoke(FUNCTION, {**event, "dryRun": True})["reports"]
    ended = execute(world, **event, dryRun=True)
    for [report] in (told, json.loads(ended["output"])):
        equal(report["state"], "planned", report)
    equal(content(world, "restored-table1"), {})
    ended = execute(world, **event)
    equal(ended["status"], "SUCCEEDED", ended)
    equal(content(world, "restored-table1"), exported(world, "table1", latest))


def exported(world, table, latest):
    """The items of a verified export, read from its data files."""
    manifest = world.object(f"verified/dynamodb-export/{table}/{latest['manifest']}")
    folder = next(text for text in find_texts(manifest) if "AWSDynamoDB/" in text and not text.startswith("arn:"))
    folder = folder[folder.index("AWSDynamoDB/") :].removesuffix("manifest-summary.json").rstrip("/")
    found = {}
    for key in world.keys(f"{folder}/data/"):
        body = world.client("s3").get_object(Bucket=world.bucket, Key=key)["Body"].read()
        for line in gzip.decompress(body).splitlines():
            item = json.loads(line)["Item"]
            found[item["id"]["S"]] = canonical(item)
    assert found, f"the export in {folder} is empty"
    return found


def find_texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from find_texts(one)


def workers_share_an_export_and_take_turns(world):
    """An invocation ends by itself after three seconds, and a share of this rate takes eight."""
    configure(world, INVOCATION_TIME="3s", MAX_WRU="400")
    event = restored_in_turns(world, "turns")
    configure(world, INVOCATION_TIME="13m")
    # The same once more finds that all is done.
    before = records(world, "restored-turns-part-")
    ended = execute(world, **event)
    equal((ended["status"], json.loads(ended["output"])[0]["state"]), ("SUCCEEDED", "verified"), ended)
    equal(records(world, "restored-turns-part-"), before)


def workers_that_are_killed_are_followed_by_others(world):
    """Lambda kills an invocation after eight seconds, and a share of this rate takes fifteen."""
    configure(world, timeout=8, MAX_WRU="200")
    restored_in_turns(world, "killed")
    configure(world, MAX_WRU="1000")


def restored_in_turns(world, source):
    """Restores 3000 items by two workers, each of which needs more than one invocation; gives the event."""
    table = f"restored-{source}"
    make_table(world, table)
    wanted = list(items(3000))
    manifest = write_export(world.client("s3"), world.bucket, source, wanted, files=12)
    event = {"manifest": manifest, "table": table, "parts": 2}
    ended = execute(world, **event)
    equal(ended["status"], "SUCCEEDED", ended)
    equal(content(world, table), {item["id"]["S"]: canonical(item) for item in wanted})
    shares = records(world, f"{table}-part-")
    equal({record["source"] for record in shares}, {f"{table}-part-{number}-of-2" for number in range(2)})
    assert all(record["attempts"] > 1 for record in shares), [record["attempts"] for record in shares]
    return event


def a_damaged_export_fails_and_people_are_told(world):
    make_table(world, "restored-damaged")
    manifest = write_export(world.client("s3"), world.bucket, "damaged", items(200), files=4, damaged=2)
    ended = execute(world, manifest=manifest, table="restored-damaged", parts=2)
    equal((ended["status"], ended["error"]), ("FAILED", "DynamodbRestore.Permanent"), ended)
    holds(ended["cause"], "MD5", "data/")
    notice = until("the notice arrives", lambda: world.message(world.people))
    holds(notice["Message"], "dynamodb-restore", "restored-damaged")


def a_table_that_holds_items_is_not_written_to(world):
    before = content(world, "restored-table1")
    manifest = write_export(world.client("s3"), world.bucket, "other", items(10), files=1)
    ended = execute(world, manifest=manifest, table="restored-table1")
    equal((ended["status"], ended["error"]), ("FAILED", "DynamodbRestore.Permanent"), ended)
    holds(ended["cause"], "restored-table1")
    equal(content(world, "restored-table1"), before)


def dynamodb_makes_a_new_table_by_import(world):
    # The keys of the new table are those of the one that was exported.
    make_table(world, "table1")
    latest = world.object("verified/dynamodb-export/table1/latest.json")
    event = {"source": "table1", "table": "restored-imported", "import": True}
    ended = execute(world, **event)
    equal(ended["status"], "SUCCEEDED", ended)
    equal(content(world, "restored-imported"), exported(world, "table1", latest))
    imports = world.client("dynamodb").list_imports()["ImportSummaryList"]
    equal([one["ImportStatus"] for one in imports], ["COMPLETED"])


def a_scheduled_drill_proves_the_backups_and_leaves_nothing(world):
    # A drill asks the tables that were exported for their keys; table1 is there already.
    make_table(world, "table2")
    before = world.client("dynamodb").list_tables()["TableNames"]
    steps, machine = world.client("stepfunctions"), world.physical["DynamodbRestoreWorkflow"]
    earlier = {one["executionArn"] for one in steps.list_executions(stateMachineArn=machine)["executions"]}
    world.schedule_now("DynamodbRestoreDrill", "drill-now")

    def ended():
        found = [one for one in steps.list_executions(stateMachineArn=machine)["executions"] if one["executionArn"] not in earlier]
        ended = [one for one in found if one["status"] != "RUNNING"]
        return steps.describe_execution(executionArn=ended[0]["executionArn"]) if ended else None

    ended = until("the drill ends", ended)
    equal(ended["status"], "SUCCEEDED", ended)
    equal(json.loads(ended["input"])["drill"], True)
    equal({report["state"] for report in json.loads(ended["output"])}, {"verified"})
    equal(world.client("dynamodb").list_tables()["TableNames"], before)


def the_age_of_the_proof_is_told_between_drills(world):
    told = lambda: [line for line in world.logged(FUNCTION, "OldestProvenRestoreAge") if "OldestProvenRestoreAge" in line]  # noqa: E731
    before = len(told())
    answer = world.invoke(FUNCTION, {"drill": True, "dryRun": True, "scheduledTime": "2026-11-22T09:00:00Z"})
    assert "reports" in answer, answer
    line = until("the age is told", lambda: told()[before:])[-1]
    assert 0 <= line["OldestProvenRestoreAge"] < 3600, line
    [metrics] = line["_aws"]["CloudWatchMetrics"]
    equal((metrics["Namespace"], metrics["Dimensions"]), ("Tasuki", [["FunctionName"]]))
    equal(line["FunctionName"], world.name(FUNCTION))


CASES = [
    a_verified_export_comes_back,
    workers_share_an_export_and_take_turns,
    workers_that_are_killed_are_followed_by_others,
    a_damaged_export_fails_and_people_are_told,
    a_table_that_holds_items_is_not_written_to,
    dynamodb_makes_a_new_table_by_import,
    a_scheduled_drill_proves_the_backups_and_leaves_nothing,
    the_age_of_the_proof_is_told_between_drills,
]
