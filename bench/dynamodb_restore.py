"""Measures dynamodb-restore beside the article's restore.js; see README.md. Started by dynamodb-restore.sh."""

import argparse
import contextlib
import gzip
import json
import os
import shutil
import subprocess
import tempfile
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import measure
import orders

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
RELEASE = TARGET / "release"
PEER = TARGET / "bench-dynamodb-restore"
TABLE = "orders"
FILES = 16
FEW, MANY = 100_000, 1_000_000
PEER_SIZES = (200_000, 400_000)
PEER_SECONDS = 600
"""How long the peer may take."""
RESTS = 15_000

HEAD = """# Restoring a DynamoDB export beside the article's restore.js

Written by `bench/dynamodb-restore.sh`; [README.md](README.md) tells what the numbers mean.

- The sink counted every item of every run that is told here.
- Machine: {processors} processors, load {load:.1f} at the end. Peer: the AWS SDK for JavaScript {sdk}, Node.js {node}.

## {files} gzip files of orders, about {line:.0f} bytes each

| items | client | items/s | wall s | CPU s | peak MiB |
|--:|---|--:|--:|--:|--:|
"""

DIED = """
restore.js did not manage {items:,} items: {words}.
"""

FIGURES = """
## Figures to reach

| figure | bound | measured | reached |
|---|--:|--:|---|
"""


@dataclass(frozen=True)
class Export:
    """The data files of an export."""

    folder: Path
    items: int
    unpacked_bytes: int

    @property
    def files(self):
        return sorted(self.folder.glob("*.json.gz"))


def export(folder, items, rests):
    folder.mkdir()
    share = items // FILES
    unpacked = sum(orders.write(folder / f"{number:02}.json.gz", number * share, share, rests) for number in range(FILES))
    return Export(folder, items, unpacked)


@contextlib.contextmanager
def sink():
    """A DynamoDB that takes every write at once and keeps none: the settings that lead there."""
    command = [RELEASE / "simulators", "dynamodb", "--null-sink", "--table", f"{TABLE}:order_id"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield {
                "AWS_ENDPOINT_URL_DYNAMODB": json.loads(process.stdout.readline())["url"],
                "AWS_REGION": "ap-northeast-1",
                "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
                "AWS_SECRET_ACCESS_KEY": "secret-example",
            }
        finally:
            process.terminate()


def taken(environment):
    """The items that the sink took so far."""
    with urllib.request.urlopen(f"{environment['AWS_ENDPOINT_URL_DYNAMODB']}/tally") as answer:
        return json.load(answer)["put"]


def ours(data, output):
    """What the writing of `data` costs; opening the restore before it is not measured."""
    runs = output.with_suffix(".runs")
    shutil.rmtree(runs, ignore_errors=True)
    event = {"manifest": str(data.folder), "table": TABLE, "parts": 1}
    with sink() as environment:
        environment |= {"RUNS_URL": str(runs), "MAX_WRU": "1000000", "LOG_LEVEL": "error"}
        run({**event, "step": "open"}, environment, output)
        cost = run({**event, "step": "write", "part": 0}, environment, output)
        expect(data.items, taken(environment))
    return cost


def run(event, environment, output):
    """What one invocation with `event` costs."""
    file = output.with_suffix(".event.json")
    file.write_text(json.dumps(event))
    return measure.run([RELEASE / "dynamodb-restore", "--event", file], environment, output)


def parse(data, output):
    """What unpacking and parsing `data` costs."""
    cost = measure.run([RELEASE / "examples/parse", *data.files], {}, output)
    expect(data.items, int(output.read_text()))
    return cost


def peer(data, output):
    """What restore.js costs for the lines of `data`, unpacked and merged as the article does; or why it died."""
    merged = output.with_suffix(".merged.json")
    with open(merged, "wb") as lines:
        for file in data.files:
            with gzip.open(file) as packed:
                shutil.copyfileobj(packed, lines)
    with sink() as environment:
        try:
            cost = measure.run(["timeout", str(PEER_SECONDS), "node", PEER / "restore.js", merged], {**environment, "TABLE_NAME": TABLE}, output)
        except SystemExit as error:
            return last_words(str(error))
        finally:
            merged.unlink()
        took = taken(environment)
        return cost if took == data.items else f"{data.items - took:,} items were lost, exit 0"


def last_words(text):
    if text.splitlines()[0].endswith("ended with 124:"):
        return f"not done after {PEER_SECONDS} s"
    fatal = [line for line in text.splitlines() if "FATAL" in line or "Error" in line]
    return fatal[0].strip() if fatal else text.splitlines()[0]


def expect(items, found):
    if found != items:
        raise SystemExit(f"{found} of {items} items")


def row(*texts):
    return f"| {' | '.join(texts)} |\n"


def cost_row(items, client, cost):
    speed = items / cost.wall_seconds
    return row(f"{items:,}", client, f"{speed:,.0f}", f"{cost.wall_seconds:.2f}", f"{cost.cpu_seconds:.2f}", f"{cost.peak_mib:.1f}")


def figures(costs, peers):
    own, few, least = costs[MANY]["dynamodb-restore"], costs[FEW]["dynamodb-restore"], costs[MANY]["unpack and parse"]
    if peers:
        items, cost = max(peers.items())
        ratio = (MANY / own.wall_seconds) / (items / cost.wall_seconds)
        what = f"items/s against those of restore.js at {items:,}"
        yield what, "at least 10", f"{ratio:.1f}", ratio >= 10
    yield f"peak at {MANY:,} items", "at most 64 MiB", f"{own.peak_mib:.1f} MiB", own.peak_mib <= 64
    growth = own.peak_mib - few.peak_mib
    yield f"peak at {MANY:,} above {FEW:,} items", "at most 4 MiB", f"{growth:.1f} MiB", growth <= 4
    ratio = own.cpu_seconds / least.cpu_seconds
    yield "CPU against unpacking and parsing the same files", "at most 3", f"{ratio:.2f}", ratio <= 3


def versions():
    sdk = json.loads((PEER / "node_modules/@aws-sdk/client-dynamodb/package.json").read_text())["version"]
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return {"sdk": sdk, "node": node}


def main():
    parser = argparse.ArgumentParser(prog="bench/dynamodb-restore.sh", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="runs of each of ours in a case")
    parser.add_argument("--most", type=int, default=MANY, help="leave restore.js with more items out")
    parser.add_argument("--out", type=Path, default=ROOT / "bench/dynamodb-restore.md")
    arguments = parser.parse_args()
    measure.adopt()
    clients = {"dynamodb-restore": ours, "unpack and parse": parse}
    costs, peers, died = {}, {}, ""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=TARGET) as folder:
        folder = Path(folder)
        rests = orders.rests(RESTS)
        for items in (FEW, MANY):
            data = export(folder / str(items), items, rests)
            runs = [{name: client(data, folder / "output") for name, client in clients.items()} for _ in range(arguments.runs)]
            costs[items] = {name: measure.middle([run[name] for run in runs]) for name in clients}
        line = data.unpacked_bytes / data.items
        for items in (size for size in PEER_SIZES if size <= arguments.most):
            data = export(folder / f"peer-{items}", items, rests)
            cost = peer(data, folder / "output")
            if isinstance(cost, str):
                died = DIED.format(items=items, words=cost)
                break
            peers[items] = cost
    text = HEAD.format(files=FILES, line=line, processors=os.cpu_count(), load=os.getloadavg()[0], **versions())
    for items, of in costs.items():
        text += "".join(cost_row(items, client, cost) for client, cost in of.items())
    text += "".join(cost_row(items, "restore.js", cost) for items, cost in peers.items())
    text += died + FIGURES
    for what, bound, measured, is_reached in figures(costs, peers):
        text += row(what, bound, measured, "yes" if is_reached else "no")
    arguments.out.write_text(text)


if __name__ == "__main__":
    main()
