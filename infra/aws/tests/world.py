"""A copy of deploy.sh and what it needs, with an AWS of its own, in a folder that goes away."""

import contextlib
import json
import os
import random
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import forks
from cloudformation import REPOSITORY

PROGRAMS = {"sam": "aws-sam-cli", "aws": "awscli", "cfn-lint": "cfn-lint", "checkov": "checkov", "ministack": "ministack"}
SETTINGS = {
    "DB_CLUSTER_IDENTIFIER": "main, second",
    "TABLES": "customers, orders-*",
    "ALERT_EMAIL": "watch@example.com",
}
REGION = "ap-northeast-1"
# Linting a template takes seconds: one that has passed passes when it is deployed again.
SAM = """
if [[ $1 != validate ]]; then exec "SAM" "$@"; fi
passed=FOLDER/passed-$(sha256sum <"${@: -1}" | cut -d ' ' -f 1)
[[ -e $passed ]] || { "SAM" "$@" && touch "$passed"; }
"""


def program(name):
    """The path of a program; its absence is a failure that says what to install."""
    path = os.environ.get(f"TASUKI_{name.upper().replace('-', '_')}") or shutil.which(name)
    assert path and Path(path).exists(), f"{name} is not installed; ./test.sh installs it, or: pip install {PROGRAMS[name]}"
    return path


def free_port():
    """Below the ports that systems give to connections, one of which could take it between the choice and its use."""
    while True:
        port = random.randrange(20_000, 32_000)
        with contextlib.suppress(OSError), socket.socket() as free:
            free.bind(("127.0.0.1", port))
            return port


def until(what, look, seconds=60):
    """What `look` finds, as soon as it finds something."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.5)
    return found


class World:
    """The folder, its settings, and its AWS."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="deploy-aws-test-"))
        self.root = self.folder / "repository"
        self.tools = self.folder / "tools"
        self.bootstraps = self.folder / "bootstraps"
        self.settings = dict(SETTINGS)
        self.variables = {"BOOTSTRAPS": str(self.bootstraps)}
        self.ministack = None
        self.aws_server = None
        self.address = None
        self.tools.mkdir()
        self.root.mkdir()
        for name in ("deploy.sh", "template.yaml", "samconfig.toml"):
            shutil.copy2(REPOSITORY / name, self.root / name)
        shutil.copytree(REPOSITORY / "infra", self.root / "infra", ignore=shutil.ignore_patterns("tests", "*.env"))
        for name in ("rds-snapshot-export", "dynamodb-export", "dynamodb-restore"):
            # Any program that Lambda could start does: nothing here invokes a function.
            (self.bootstraps / name).mkdir(parents=True)
            shutil.copy2("/usr/bin/true", self.bootstraps / name / "bootstrap")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for server in filter(None, (self.ministack, self.aws_server)):
            server.kill()
            server.wait()
        shutil.rmtree(self.folder)

    def start_ministack(self, **more):
        """Starts it with `more` variables beside those that it needs itself."""
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        environment = {**os.environ, "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "AWS_ENDPOINT_URL": self.address}
        # What it unpacks, it does not remove.
        environment |= {"TMPDIR": str(self.folder), **more}
        log = (self.folder / "ministack.log").open("w")
        self.ministack = subprocess.Popen([program("ministack")], env=environment, cwd=self.folder, stdout=log, stderr=log)
        for _ in range(300):
            try:
                urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{self.address}/_ministack/health", timeout=1)
                return
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.1)
        raise AssertionError(f"ministack does not answer:\n{(self.folder / 'ministack.log').read_text()[-2000:]}")

    def tool(self, name, script):
        """Puts a shell script before the programs of the machine."""
        path = self.tools / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!/usr/bin/env bash\nset -euo pipefail\n{script}\n")
        path.chmod(0o755)

    def start_aws(self):
        """aws by one process that has imported it, where it is a program for a Python that can be asked to."""
        aws = program("aws")
        with open(aws, "rb") as file:
            python = file.readline().decode(errors="replace").removeprefix("#!").strip()
        if not Path(python).name.startswith("python"):
            (self.tools / "aws").symlink_to(aws)
            return
        address = self.folder / "aws.socket"
        command = [python, "-B", str(Path(__file__).resolve().parent / "aws_server.py"), aws, str(address)]
        self.aws_server, call = forks.start(command, address, os.environ)
        self.tool("aws", call)

    def deploy(self, *arguments, path=None):
        """Runs `deploy.sh aws`; gives its exit code and all that it said."""
        self.write_settings("prod")
        finished = subprocess.run(
            ["bash", str(self.root / "deploy.sh"), "aws", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self.environment(path),
            text=True,
            timeout=400,
            check=False,
        )
        return finished.returncode, finished.stdout

    def write_settings(self, environment):
        lines = [f"{name}={value}" for name, value in self.settings.items()]
        (self.root / f"infra/environments/{environment}.env").write_text("\n".join(lines) + "\n")

    def environment(self, path=None):
        if self.address and not (self.tools / "aws").exists():
            self.start_aws()
        if self.address and not (self.tools / "sam").exists():
            self.tool("sam", SAM.replace("SAM", program("sam")).replace("FOLDER", str(self.folder)))
        return {
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "PATH": path or f"{self.tools}:{os.environ['PATH']}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_ENDPOINT_URL": self.address or "http://127.0.0.1:9",
            **self.variables,
        }

    def aws(self, *arguments):
        """What the AWS says, as JSON."""
        environment = self.environment()
        finished = subprocess.run(
            [str(self.tools / "aws"), *arguments, "--region", REGION, "--output", "json"],
            capture_output=True,
            env=environment,
            text=True,
            timeout=60,
            check=False,
        )
        assert finished.returncode == 0, finished.stderr
        return json.loads(finished.stdout) if finished.stdout.strip() else {}

    def resources(self, stack):
        """Logical id to physical id of the stack's resources."""
        found = self.aws("cloudformation", "describe-stack-resources", "--stack-name", stack)["StackResources"]
        return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found if one["ResourceStatus"] != "DELETE_COMPLETE"}

    def stacks(self):
        """Name to status of the stacks there are, SAM's own left out."""
        found = self.aws("cloudformation", "list-stacks")["StackSummaries"]
        live = [one for one in found if one["StackStatus"] != "DELETE_COMPLETE"]
        return {one["StackName"]: one["StackStatus"] for one in live if not one["StackName"].startswith("aws-sam-cli")}
