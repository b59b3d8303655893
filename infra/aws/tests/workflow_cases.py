"""The state machine of restores: what it asks of the function, in which order, and what it makes of the answers.

It runs on MiniStack with a stand-in of the function, which answers as the input's `script` tells and notes each call.
"""

import json
import re
import time
import zipfile

from cloudformation import REPOSITORY
from expect import equal, holds
from lint_cases import run
from world import REGION, program

DEFINITION = "infra/aws/dynamodb-restore.asl.json"
ROLE = "arn:aws:iam::000000000000:role/any"
# A bootstrap of provided.al2023. Each answer is the states of the reports, or `type: words` of an error; the last one stays.
STAND_IN = '''#!/usr/bin/env python3
import json
import os
import pathlib
import urllib.request

# Runtime API and all else that it reaches are on this machine.
urllib.request.install_opener(urllib.request.build_opener(urllib.request.ProxyHandler({})))
API = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"


def answer(event):
    step = event.get("step", "whole")
    name = f"{step}-{event['part']}" if "part" in event else step
    calls = pathlib.Path(event["folder"]) / name
    with calls.open("a") as file:
        file.write(json.dumps(event) + "\\n")
    answers = event["script"].get(name) or event["script"][step]
    answer = answers[min(len(calls.read_text().splitlines()), len(answers)) - 1]
    if ": " in answer:
        kind, words = answer.split(": ", 1)
        return "error", {"errorType": kind, "errorMessage": words}
    states = answer.split(",") if answer else []
    return "response", {"reports": [{"run": name, "state": state, "counts": {}, "warnings": ["so it ended"]} for state in states]}


while True:
    with urllib.request.urlopen(f"{API}/next") as invocation:
        kind, body = answer(json.loads(invocation.read()))
        address = f"{API}/{invocation.headers['Lambda-Runtime-Aws-Request-Id']}/{kind}"
    urllib.request.urlopen(urllib.request.Request(address, json.dumps(body).encode(), method="POST")).close()
'''


def text():
    """The definition with its placeholders filled in, as CloudFormation would do it."""
    words = (REPOSITORY / DEFINITION).read_text()
    return words.replace("${Partition}", "aws").replace("${Function}", "restore")


def tasks(states):
    """Every task, however deep, by name."""
    for name, state in states.items():
        if state["Type"] == "Task":
            yield name, state
        yield from tasks(state.get("ItemProcessor", {}).get("States", {}))


class Workflow:
    """The state machine on an AWS of its own."""

    def __init__(self, world):
        self.world = world
        world.start_ministack(SFN_WAIT_SCALE="0.005", MINISTACK_REGION=REGION)
        package = world.folder / "stand-in.zip"
        with zipfile.ZipFile(package, "w") as archive:
            bootstrap = zipfile.ZipInfo("bootstrap")
            bootstrap.external_attr = 0o755 << 16
            archive.writestr(bootstrap, STAND_IN)
        world.aws(
            *("lambda", "create-function", "--function-name", "restore", "--runtime", "provided.al2023", "--handler", "bootstrap"),
            *("--role", ROLE, "--zip-file", f"fileb://{package}"),
        )
        definition = world.folder / "definition.json"
        definition.write_text(text())
        made = world.aws(
            *("stepfunctions", "create-state-machine", "--name", "restore", "--role-arn", ROLE),
            *("--definition", f"file://{definition}"),
        )
        self.arn = made["stateMachineArn"]

    def run(self, script, **event):
        """How an execution ended, and what was asked of the function: step to its events."""
        folder = self.world.folder / f"calls-{time.monotonic_ns()}"
        folder.mkdir()
        given = {"source": "orders", "table": "orders-restored", **event, "script": script, "folder": str(folder)}
        started = self.world.aws("stepfunctions", "start-execution", "--state-machine-arn", self.arn, "--input", json.dumps(given))
        deadline = time.monotonic() + 60
        while (ended := self.world.aws("stepfunctions", "describe-execution", "--execution-arn", started["executionArn"]))[
            "status"
        ] == "RUNNING":
            assert time.monotonic() < deadline, "the execution does not end"
            time.sleep(0.2)
        calls = {file.name: [json.loads(line) for line in file.read_text().splitlines()] for file in folder.iterdir()}
        return ended, calls


def counted(calls):
    return {name: len(events) for name, events in calls.items()}


def cfn_lint_has_nothing_to_say_of_the_definition(world):
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"RoleArn": ROLE, "Definition": json.loads(text())}}
    template = world.folder / "machine.json"
    template.write_text(json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Machine": machine}}))
    equal(run(program("cfn-lint"), str(template)), "")


def tries_again_what_passes_and_nothing_else(_world):
    passing = {
        *("Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException", "Lambda.TooManyRequestsException"),
        *("DynamodbRestore.Retryable", "Lambda.Unknown", "Sandbox.Timedout", "States.Timeout"),
    }
    found = dict(tasks(json.loads(text())["States"]))
    equal(found.keys(), {"Open", "WriteShare", "Close", "Whole"})
    for name, task in found.items():
        equal({error for retry in task["Retry"] for error in retry["ErrorEquals"]}, passing, name)
        assert all(retry["MaxAttempts"] > 0 and retry["JitterStrategy"] == "FULL" for retry in task["Retry"]), name
    # The function's own type of error is made of its name.
    diagnostic = (REPOSITORY / "crates/function-runtime/src/lambda/diagnostic.rs").read_text()
    holds(diagnostic, '"{}.{kind:?}", pascal_case(name)', "Retryable")


def fills_every_placeholder(_world):
    given = set(re.findall(r"^        (\w+): ", substitutions(), re.MULTILINE))
    equal(given, set(re.findall(r"\$\{(\w+)\}", (REPOSITORY / DEFINITION).read_text())))


def substitutions():
    template = (REPOSITORY / "template.yaml").read_text()
    return re.search(r"DefinitionSubstitutions:\n((?:        .*\n)+)", template).group(1)


def opens_writes_every_share_and_closes(world):
    workflow = Workflow(world)
    script = {"open": ["planned"], "write": ["running", "running", "verified"], "close": ["running", "verified"]}
    ended, calls = workflow.run(script, parts=3, mode="overwrite", confirm="orders-restored")
    equal(ended["status"], "SUCCEEDED", ended)
    equal(counted(calls), {"open": 1, "write-0": 3, "write-1": 3, "write-2": 3, "close": 2})
    for name, (event, *_) in calls.items():
        equal((event["mode"], event["confirm"], event["parts"]), ("overwrite", "orders-restored", 3), name)
    equal(json.loads(ended["output"])[0]["state"], "verified")
    ended, calls = workflow.run({"open": ["planned"], "write": ["verified"], "close": ["verified"]})
    equal(sum(name.startswith("write-") for name in calls), 8)


def waits_while_another_process_has_the_restore(world):
    ended, calls = Workflow(world).run({"open": ["running", "planned"], "write": ["verified"], "close": ["verified"]}, parts=1)
    equal((ended["status"], counted(calls)), ("SUCCEEDED", {"open": 2, "write-0": 1, "close": 1}))


def writes_nothing_in_a_dry_run_and_when_all_is_done(world):
    workflow = Workflow(world)
    for state, event in (("planned", {"dryRun": True}), ("verified", {})):
        ended, calls = workflow.run({"open": [state]}, **event)
        equal((ended["status"], counted(calls)), ("SUCCEEDED", {"open": 1}), state)
        equal(json.loads(ended["output"])[0]["state"], state)


def ends_with_the_words_of_a_refusal(world):
    ended, calls = Workflow(world).run({"open": ["DynamodbRestore.Permanent: the table is not empty; repeat its name"]})
    equal((ended["status"], ended["error"]), ("FAILED", "DynamodbRestore.Permanent"))
    holds(ended["cause"], "the table is not empty; repeat its name")
    equal(counted(calls), {"open": 1})


def ends_with_the_words_of_the_share_that_failed(world):
    """Closing knows them; of the map only is known that it failed."""
    script = {
        "open": ["planned"],
        "write": ["verified"],
        "write-1": ["DynamodbRestore.Permanent: a file is damaged"],
        "close": ["DynamodbRestore.Permanent: part 1 of 3: a file is damaged"],
    }
    ended, calls = Workflow(world).run(script, parts=3)
    equal((ended["status"], ended["error"]), ("FAILED", "DynamodbRestore.Permanent"))
    holds(ended["cause"], "part 1 of 3: a file is damaged")
    equal((len(calls["write-1"]), len(calls["close"])), (1, 1))


def goes_on_after_what_passes(world):
    script = {
        "open": ["planned"],
        "write": ["DynamodbRestore.Retryable: throttled", "Lambda.TooManyRequestsException: no room", "verified"],
        "close": ["Lambda.Unknown: killed", "verified"],
    }
    ended, calls = Workflow(world).run(script, parts=1)
    equal((ended["status"], counted(calls)), ("SUCCEEDED", {"open": 1, "write-0": 3, "close": 2}))


def takes_nothing_but_verified_for_an_end(world):
    workflow = Workflow(world)
    done = {"open": ["planned"], "write": ["verified"], "close": ["verified"]}
    for step in done:
        for state in ("incomplete", "failed"):
            close = {} if step == "close" else {"close": ["DynamodbRestore.Permanent: not all is written"]}
            ended, _ = workflow.run({**done, **close, step: [state]}, parts=1)
            equal(ended["status"], "FAILED", f"{step} {state}")
            if step != "write":
                equal(ended["error"], "DynamodbRestore.NotVerified")
                holds(ended["cause"], "so it ended")


def leaves_drills_and_imports_to_one_worker(world):
    workflow = Workflow(world)
    for event in ({"drill": True, "scheduledTime": "2026-11-22T03:00:00Z"}, {"import": True}):
        ended, calls = workflow.run({"whole": ["running,verified", "verified,verified"]}, **event)
        equal((ended["status"], counted(calls)), ("SUCCEEDED", {"whole": 2}))
        for call in calls["whole"]:
            equal({key: value for key, value in call.items() if key in event}, event)
            equal("parts" in call or "step" in call, False)
        for states in ("verified,incomplete", "failed", ""):
            ended, calls = workflow.run({"whole": [states]}, **event)
            equal(ended["status"], "FAILED", states)


def names_the_execution_so_that_it_forces_once(world):
    """A worker that is killed in its first turn is asked the same once more, with force in it."""
    workflow = Workflow(world)
    script = {"whole": ["Sandbox.Timedout: killed", "running", "verified"], "open": ["planned"], "write": ["verified"], "close": ["verified"]}
    executions = set()
    for event in ({"drill": True}, {"import": True}, {"parts": 2}):
        ended, calls = workflow.run(script, force=True, **event)
        equal(ended["status"], "SUCCEEDED", ended)
        named = {call["execution"] for events in calls.values() for call in events}
        equal(named, {ended["executionArn"]})
        equal({call["force"] for events in calls.values() for call in events}, {True})
        executions |= named
    equal(len(executions), 3)


CASES = [
    cfn_lint_has_nothing_to_say_of_the_definition,
    tries_again_what_passes_and_nothing_else,
    fills_every_placeholder,
    opens_writes_every_share_and_closes,
    waits_while_another_process_has_the_restore,
    writes_nothing_in_a_dry_run_and_when_all_is_done,
    ends_with_the_words_of_a_refusal,
    ends_with_the_words_of_the_share_that_failed,
    goes_on_after_what_passes,
    takes_nothing_but_verified_for_an_end,
    leaves_drills_and_imports_to_one_worker,
    names_the_execution_so_that_it_forces_once,
]
