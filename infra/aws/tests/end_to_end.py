"""Deploys the functions to MiniStack with deploy.sh, and lets them work there as they do on AWS.

Their real bootstraps run; MiniStack stands for CloudFormation, Lambda, EventBridge, Step Functions, S3, SQS, SNS, and for the
DynamoDB that is restored into. It has no exports, so RDS and the DynamoDB that is exported from are the simulators of this
repository, which write the real layouts into the deployed bucket. Started by `./test.sh end-to-end`, which builds what is needed
and sets:

  BOOTSTRAPS   the folder with FUNCTION/bootstrap of each function
  SIMULATORS   the program of crates/simulators
"""

import json
import os
import subprocess
import sys
import time
import traceback
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone

import boto3
import restore_story
from botocore.config import Config
from cloudformation import REPOSITORY
from expect import equal, holds
from world import REGION, World, free_port, until

# As the schedule Tick of the template has it.
TICKS = {"rds-snapshot-export": {}, "dynamodb-export": {"tick": True}}
EXPORTS = {"rds-snapshot-export": ["app-db"], "dynamodb-export": ["table1", "table2"]}
LOGICAL = {"rds-snapshot-export": "RdsSnapshotExport", "dynamodb-export": "DynamodbExport", "dynamodb-restore": "DynamodbRestore"}
SETTINGS = {
    "DB_CLUSTER_IDENTIFIER": "app-db",
    "TABLES": "table1,table2",
    "VERIFY": "full",
    "RESTORE_TABLES": "restored-*",
    "DRILL_SCHEDULE": "rate(7 days)",
    "ALERT_EMAIL": "watch@example.com",
}
# What EventBridge Scheduler puts in place of this, and MiniStack does not.
SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"


class Deployment(World):
    """An environment that is deployed, and what surrounds it."""

    def __init__(self):
        super().__init__()
        self.settings = dict(SETTINGS)
        self.variables["BOOTSTRAPS"] = os.environ["BOOTSTRAPS"]
        self.started = ExitStack()
        self.physical = {}

    def __exit__(self, *details):
        self.started.close()
        return super().__exit__(*details)

    def deploy_all(self):
        ports = {"rds": free_port(), "dynamodb": free_port()}
        # MiniStack hands its own variables on to the functions, as Lambda does those of its sandbox.
        self.start_ministack(
            LAMBDA_ASYNC_RETRY_BASE_SECONDS="0.2",
            # Of the state machine's pauses and delays: ten seconds are half a one.
            SFN_WAIT_SCALE="0.05",
            MINISTACK_REGION=REGION,
            # The simulators' account.
            MINISTACK_ACCOUNT_ID="123456789012",
            **{f"AWS_ENDPOINT_URL_{service.upper()}": f"http://127.0.0.1:{port}" for service, port in ports.items()},
        )
        code, words = self.deploy("prod")
        equal(code, 0, words)
        self.physical = self.resources("tasuki-prod")
        self.bucket = self.resources("tasuki-prod-foundation")["Bucket"]
        self.topic = self.resources("tasuki-prod-foundation")["Topic"]
        for service, port in ports.items():
            self.simulate(service, port)

    def simulate(self, service, port):
        command = [os.environ["SIMULATORS"], service, "--port", str(port), "--s3", self.address, "--bucket", self.bucket]
        process = self.started.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        self.started.callback(process.kill)
        # It tells where it is when it is ready.
        json.loads(process.stdout.readline())

    def client(self, service):
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.address,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(proxies={}, retries={"max_attempts": 0}),
        )

    def name(self, function):
        return self.physical[LOGICAL[function]]

    def schedule_now(self, logical_id, name):
        """Makes a schedule that is the same as the deployed one, but due now; gives the time that it tells."""
        scheduler = self.client("scheduler")
        due = datetime.now(timezone.utc).replace(microsecond=0)
        # DynamoDB exports as of five minutes ago at the latest.
        scheduled = (due - timedelta(minutes=7)).strftime("%Y-%m-%dT%H:%M:%SZ")
        target = scheduler.get_schedule(Name=self.physical[logical_id])["Target"]
        holds(target["Input"], SCHEDULED_TIME)
        scheduler.create_schedule(
            Name=name,
            ScheduleExpression=due.strftime("at(%Y-%m-%dT%H:%M:%S)"),
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={**target, "Input": target["Input"].replace(SCHEDULED_TIME, scheduled)},
        )
        return scheduled

    def invoke(self, function, event, kind="RequestResponse"):
        """What the function answers, or None for an asynchronous invocation."""
        answer = self.client("lambda").invoke(
            FunctionName=self.name(function), InvocationType=kind, Payload=json.dumps(event).encode()
        )
        return json.loads(answer["Payload"].read()) if kind == "RequestResponse" else None

    def logged(self, function, words):
        """The function's own lines of the log, those that hold `words`."""
        group = self.physical[f"{LOGICAL[function]}Logs"]
        pages = self.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
        lines = [line for page in pages for event in page["events"] for line in event["message"].splitlines()]
        return [json.loads(line) for line in lines if line.startswith("{") and words in line]

    def tell_logs(self):
        """Prints the last lines of the functions and of MiniStack."""
        for function in LOGICAL:
            lines = self.logged(function, "") if self.physical else []
            print(f"  {function}:", *(f"    {json.dumps(line)}" for line in lines[-8:]), sep="\n")
        print("  ministack:", *(self.folder / "ministack.log").read_text().splitlines()[-8:], sep="\n    ")

    def object(self, key):
        return json.loads(self.client("s3").get_object(Bucket=self.bucket, Key=key)["Body"].read())

    def keys(self, prefix):
        found = self.client("s3").get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        return [one["Key"] for page in found for one in page.get("Contents", [])]

    def message(self, queue):
        """The next message of a queue, once it is there; it is taken out."""
        sqs = self.client("sqs")
        received = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5, MaxNumberOfMessages=1)
        if "Messages" not in received:
            return None
        [message] = received["Messages"]
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return json.loads(message["Body"])


def deploy_sh_deploys_every_function(world):
    world.deploy_all()
    for function in LOGICAL:
        configuration = world.client("lambda").get_function_configuration(FunctionName=world.name(function))
        equal(configuration["Runtime"], "provided.al2023")


def a_schedule_starts_the_nights_exports(world):
    for function in EXPORTS:
        scheduled = world.schedule_now(f"{LOGICAL[function]}Nightly", f"{function}-now")
        event = f"schedule-{scheduled}"
        until(f"{function} runs as scheduled", lambda function=function, event=event: world.logged(function, event))
    for function, sources in EXPORTS.items():
        records = until(f"{function} records its runs", lambda function=function: world.keys(f"runs/{function}/"))
        equal(len(records), len(sources), records)


def ticks_follow_the_exports_until_they_are_verified(world):
    for function, sources in EXPORTS.items():
        for source in sources:
            key = f"verified/{function}/{source}/latest.json"

            def tick(function=function, key=key):
                world.invoke(function, TICKS[function])
                return key in world.keys(key)

            until(f"{key} is written", tick)
            latest = world.object(key)
            holds(json.dumps(latest), source)


def an_event_of_rds_reaches_the_function(world):
    """Nobody but AWS may send events of RDS. So: the deployed rule takes the sample, and its target handles it."""
    events = world.client("events")
    sample = (REPOSITORY / "functions/rds-snapshot-export/events/snapshot-created.json").read_text()
    rule = world.physical["RdsSnapshotExportSnapshotEvent"]
    pattern = events.describe_rule(Name=rule)["EventPattern"]
    assert events.test_event_pattern(EventPattern=pattern, Event=sample)["Result"], pattern
    [target] = events.list_targets_by_rule(Rule=rule)["Targets"]
    equal(target["Arn"].split(":")[6], world.name("rds-snapshot-export"))
    world.invoke("rds-snapshot-export", json.loads(sample), "Event")
    until("the event is handled", lambda: world.logged("rds-snapshot-export", json.loads(sample)["id"]))


def the_end_of_a_table_export_is_heard_of_through_the_bucket(world):
    summaries = [key for key in world.keys("AWSDynamoDB/") if key.endswith("manifest-summary.json")]
    equal(len(summaries), len(EXPORTS["dynamodb-export"]), summaries)
    before = len(world.logged("dynamodb-export", '"message":"invoked"'))
    # The simulator's own upload came before the function knew of it; the same object once more is another event.
    content = world.client("s3").get_object(Bucket=world.bucket, Key=summaries[0])["Body"].read()
    world.client("s3").put_object(Bucket=world.bucket, Key=summaries[0], Body=content)
    until("the event is handled", lambda: len(world.logged("dynamodb-export", '"message":"invoked"')) > before)


def a_drill_reaches_the_people_behind_the_topic(world):
    sqs = world.client("sqs")
    world.people = sqs.create_queue(QueueName="people")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=world.people, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    world.client("sns").subscribe(TopicArn=world.topic, Protocol="sqs", Endpoint=arn)
    for function in EXPORTS:
        world.invoke(function, {"drill": True})
        notice = until("the notice arrives", lambda: world.message(world.people))
        holds(notice["Message"], function)


def a_failure_reaches_the_queue_with_its_event_and_its_error(world):
    for function in EXPORTS:
        event = {"source": "absent"}
        world.invoke(function, event, "Event")
        failed = until("the failure arrives", lambda: world.message(world.physical["FailedRuns"]))
        equal(failed["requestPayload"], event)
        equal(failed["responsePayload"]["errorType"], f"{LOGICAL[function]}.Permanent", failed)
        holds(failed["responsePayload"]["errorMessage"], "absent")
        equal(failed["requestContext"]["functionArn"].split(":")[6], world.name(function), failed)


def a_setting_at_fault_is_what_the_caller_is_told(world):
    functions = world.client("lambda")
    for function, (variable, value) in {
        "rds-snapshot-export": ("SNAPSHOT_TYPE", "weekly"),
        "dynamodb-export": ("EXPORT_TYPE", "half"),
        "dynamodb-restore": ("VERIFY", "half"),
    }.items():
        name = world.name(function)
        variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": {**variables, variable: value}})
        # MiniStack puts the whole of what it was told into the message; Lambda tells it as it is.
        holds(world.invoke(function, {})["errorMessage"], f"{LOGICAL[function]}.Permanent", f"{variable} is `{value}`")


CASES = [
    deploy_sh_deploys_every_function,
    a_schedule_starts_the_nights_exports,
    ticks_follow_the_exports_until_they_are_verified,
    an_event_of_rds_reaches_the_function,
    the_end_of_a_table_export_is_heard_of_through_the_bucket,
    a_drill_reaches_the_people_behind_the_topic,
    a_failure_reaches_the_queue_with_its_event_and_its_error,
    *restore_story.CASES,
    a_setting_at_fault_is_what_the_caller_is_told,
]


def main():
    with Deployment() as world:
        for case in CASES:
            started = time.monotonic()
            try:
                case(world)
            except Exception:  # noqa: BLE001 - whatever it is, the test failed
                print(f"  FAILED: {case.__name__}; the cases after it did not run")
                traceback.print_exc(file=sys.stdout)
                world.tell_logs()
                return 1
            print(f"  ok {time.monotonic() - started:5.1f} s  {case.__name__}", flush=True)
    print(f"{len(CASES)} passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
