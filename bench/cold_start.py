"""Measures cold starts under Lambda's runtime interface emulator; see README.md. Started by cold-start.sh."""

import argparse
import contextlib
import http.client
import json
import os
import socket
import statistics
import subprocess
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
PYTHON = Path(os.environ["TASUKI_TOOLS"]) / "cold-start/bin/python"
BOOTSTRAPS = Path(os.environ["TASUKI_BOOTSTRAPS"])
ACCOUNT = "arn:aws:{}:ap-northeast-1:123456789012:{}"
# As on Lambda. Nobody listens there: no contender calls anything.
LAMBDA = {
    "AWS_LAMBDA_FUNCTION_NAME": "measured",
    "AWS_REGION": "ap-northeast-1",
    "AWS_DEFAULT_REGION": "ap-northeast-1",
    "AWS_ACCESS_KEY_ID": "measured",
    "AWS_SECRET_ACCESS_KEY": "measured",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
}
COMMON = {"KMS_KEY_ID": ACCOUNT.format("kms", "key/1"), "NOTIFY_TOPIC": ACCOUNT.format("sns", "people")}
# Both look at the event, find nothing that is theirs, and say so.
NOT_OURS = {"source": "absent"}


@dataclass(frozen=True)
class Contender:
    """A function, as Lambda starts it, and an event that it answers without a call."""

    name: str
    command: tuple
    settings: dict
    event: dict
    answer: str
    binary: Path | None = None

    def __hash__(self):
        return hash(self.name)


def ours(function, settings, answer):
    bootstrap = BOOTSTRAPS / function / "bootstrap"
    return Contender(function, (bootstrap,), {**COMMON, **settings}, NOT_OURS, answer, bootstrap)


RDS = ours(
    "rds-snapshot-export",
    {
        "DB_CLUSTER_IDENTIFIER": "app-db",
        "ENV": "prod",
        "S3_EXPORT_BUCKET_NAME": "exports",
        "S3_EXPORT_IAM_ROLE_ARN": "arn:aws:iam::123456789012:role/export",
    },
    "RdsSnapshotExport.Permanent",
)
DYNAMODB = ours("dynamodb-export", {"TABLES": "table1,table2", "EXPORT_S3_BUCKET": "exports"}, "DynamodbExport.Permanent")
HELLO_BINARY = TARGET / "release/examples/hello"
HELLO = Contender("hello in Rust", (HELLO_BINARY,), {}, {}, "world", HELLO_BINARY)
ARTICLE = Contender(
    "the article's Python",
    (PYTHON, "-m", "awslambdaric", "article.lambda_handler"),
    {"PYTHONPATH": str(ROOT / "bench/cold-start"), "PYTHONDONTWRITEBYTECODE": "1"},
    {},
    "due",
)
CONTENDERS = (RDS, DYNAMODB, HELLO, ARTICLE)


@dataclass(frozen=True)
class Start:
    """One cold start."""

    wall_ms: float
    """From the first invocation, which starts the process, to its answer."""

    warm_ms: float
    """The same of the second invocation."""

    cpu_ms: float
    """Processor time of the function's process until its first answer."""

    peak_mib: float
    """The most physical memory that the process held at once."""


def start(contender, folder):
    """Starts `contender` in a sandbox of its own."""
    ports = free_port(), free_port()
    command = [os.environ["TASUKI_RIE"], "--log-level", "error"]
    command += ["--runtime-interface-emulator-address", f"127.0.0.1:{ports[0]}"]
    command += ["--runtime-api-address", f"127.0.0.1:{ports[1]}", *contender.command]
    environment = {"PATH": os.environ["PATH"], **LAMBDA, **contender.settings}
    with (folder / "log").open("wb") as log, subprocess.Popen(
        command, cwd=folder, env=environment, stdout=log, stderr=log
    ) as emulator:
        try:
            wait_for(ports[0])
            wall_ms = invoke(contender, ports[0])
            cpu_ms, peak_mib = cost(emulator.pid)
            return Start(wall_ms, invoke(contender, ports[0]), cpu_ms, peak_mib)
        finally:
            # It ends the function's process, too.
            emulator.terminate()


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def wait_for(port):
    for _ in range(500):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.01)
    raise SystemExit("the emulator does not listen")


def invoke(contender, port):
    """Milliseconds of one invocation; another answer than the expected one is an error."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    started = time.monotonic()
    connection.request("POST", "/2015-03-31/functions/function/invocations", json.dumps(contender.event))
    answer = connection.getresponse().read().decode()
    wall_ms = (time.monotonic() - started) * 1000
    if contender.answer not in answer:
        raise SystemExit(f"{contender.name} answered {answer}")
    return wall_ms


def cost(emulator):
    """Processor time in ms and peak memory in MiB of the emulator's only child."""
    [child] = [path for path in Path("/proc").glob("[0-9]*") if parent(path) == emulator]
    nanoseconds = sum(int((task / "schedstat").read_text().split()[0]) for task in (child / "task").iterdir())
    status = dict(line.split(":", 1) for line in (child / "status").read_text().splitlines())
    return nanoseconds / 1e6, int(status["VmHWM"].split()[0]) / 1024


def parent(path):
    with contextlib.suppress(OSError):
        return int((path / "stat").read_text().rsplit(")", 1)[1].split()[1])


def measure(runs, folder):
    """The starts of each contender; they take turns, so that what else the machine does meets all of them."""
    starts = defaultdict(list)
    for contender in CONTENDERS:
        # Once for nothing: later ones find the files in memory, as Lambda's hosts do.
        start(contender, folder)
    for turn in range(runs):
        for contender in CONTENDERS:
            starts[contender].append(start(contender, folder))
        print(f"turn {turn + 1}:", ", ".join(f"{one.name} {starts[one][-1].wall_ms:.1f} ms" for one in CONTENDERS), flush=True)
    return {contender: middle(of) for contender, of in starts.items()}


def middle(starts):
    """Medians, and the highest peak."""
    median = {name: statistics.median(getattr(one, name) for one in starts) for name in ("wall_ms", "warm_ms", "cpu_ms")}
    return Start(**median, peak_mib=max(one.peak_mib for one in starts))


def render(results, runs):
    python, hello = results[ARTICLE], results[HELLO]
    text = f"""# Cold start beside Python and beside nothing

Written by `bench/cold-start.sh`; [README.md](README.md) tells what the numbers mean.

- {runs} starts of each, in turns; medians, and the highest peak.
- Machine: {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the end.

| function | first answer ms | CPU ms | peak MiB | second answer ms | MB of the bootstrap |
|---|--:|--:|--:|--:|--:|
"""
    for one, start in results.items():
        size = f"{one.binary.stat().st_size / 1e6:.2f}" if one.binary else ""
        text += row(one.name, f"{start.wall_ms:.1f}", f"{start.cpu_ms:.1f}", f"{start.peak_mib:.1f}", f"{start.warm_ms:.1f}", size)
    text += "\n## Figures to reach\n\n| figure | bound | measured | reached |\n|---|--:|--:|---|\n"
    for one, megabytes in ((RDS, 10), (DYNAMODB, 9)):
        own = results[one]
        text += figure(f"{one.name}: first answer, of the article's Python", 1 / 25, own.wall_ms / python.wall_ms)
        text += figure(f"{one.name}: first answer, of hello in Rust", 1.5, own.wall_ms / hello.wall_ms)
        text += figure(f"{one.name}: peak memory, of the article's Python", 1 / 5, own.peak_mib / python.peak_mib)
        text += figure(f"{one.name}: MB of the stripped bootstrap", megabytes, one.binary.stat().st_size / 1e6)
    return text


def figure(what, bound, value):
    return row(what, f"{bound:.3g}", f"{value:.3f}", "yes" if value <= bound else "no")


def row(*cells):
    return f"| {' | '.join(cells)} |\n"


def main():
    parser = argparse.ArgumentParser(prog="bench/cold-start.sh", description=__doc__)
    parser.add_argument("--runs", type=int, default=21, help="starts of each function")
    parser.add_argument("--out", type=Path, default=ROOT / "bench/cold-start.md")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-", dir=TARGET) as folder:
        results = measure(arguments.runs, Path(folder))
    arguments.out.write_text(render(results, arguments.runs))


if __name__ == "__main__":
    main()
