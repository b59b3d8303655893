"""Measures bigquery-transfer beside the article's script with bq; see README.md. Started by bigquery-transfer.sh."""

import argparse
import contextlib
import json
import math
import os
import shutil
import subprocess
import tempfile
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import measure

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
RELEASE = TARGET / "release"
FEW, MANY = 30, 300
PROJECT, DATASET, DATABASE, ENVIRONMENT = "demo-project", "app_prod_rds_data", "app", "prod"
MOST_ON_PAGE = 1000
"""What a page holds where nothing is asked for."""
BUCKET = f"app-{ENVIRONMENT}-cluster-snapshot-limited-access"
KEY_ID, KEY = "AKIDEXAMPLE", "secret-example"

HEAD = """# bigquery-transfer beside the article's deploy_bigquery.sh

Written by `bench/bigquery-transfer.sh`; [README.md](README.md) tells what the numbers mean.

- After each run there was one transfer config for each table, and after those of bigquery-transfer one destination table, too.
- Machine: {processors} processors, load {load:.1f} at the end. Peer: {bq}. Runs: {runs} of ours, 1 of the peer; times are medians.

| client | tables | wall s | wall ms a table | CPU s | peak MiB | requests | of them writes |
|---|--:|--:|--:|--:|--:|--:|--:|
"""

FIGURES = """
## Figures to reach

| figure | bound | measured | reached |
|---|--:|--:|---|
"""


@dataclass(frozen=True)
class Run:
    """One client's run: what it cost, and what it asked the service for."""

    client: str
    tables: int
    cost: measure.Cost
    requests: list

    @property
    def wall_each(self):
        return self.cost.wall_seconds / self.tables

    @property
    def writes(self):
        """What was to change something; bq also asks by POST whether it may."""
        asked = (request for request in self.requests if request["method"] != "GET")
        return [request for request in asked if not request["path"].endswith(":checkValidCreds")]


class Service:
    """A simulated Data Transfer and BigQuery, and the list of requests that it keeps."""

    def __init__(self, url, requests):
        self.url, self.file = url, requests

    def requests(self, since=0):
        """Those after the first `since`."""
        return [json.loads(line) for line in self.file.read_text().splitlines()][since:]

    def all(self, path, field):
        """What the only page of a list holds."""
        with urllib.request.urlopen(f"{self.url}/{path}") as answer:
            return json.load(answer)[field]


@contextlib.contextmanager
def service(folder, *options):
    requests = folder / "requests.ndjson"
    requests.write_bytes(b"")
    command = [RELEASE / "simulators", "bigquery", "--project", PROJECT, "--requests", requests, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Service(json.loads(process.stdout.readline())["url"].rstrip("/"), requests)
        finally:
            process.terminate()


def names(tables):
    return [f"table_{number:03}" for number in range(tables)]


def peer(folder, tables):
    """The article's script; the dataset is there before, as the article has it."""
    with service(folder, "--dataset", f"{DATASET}:US") as google:
        (folder / "target_tables.txt").write_text("".join(f"{name}\n" for name in names(tables)))
        (folder / "bigqueryrc").write_text(f"api = {google.url}\nproject_id = {PROJECT}\noauth_access_token = example\n")
        script = ROOT / "bench/bigquery-transfer/deploy_bigquery.sh"
        command = ["env", f"--chdir={folder}", script, DATABASE, "app", ENVIRONMENT, "app"]
        cost = measure.run(command, bq_settings(folder), folder / "out")
        requests = google.requests()
        expect_configs(google, "us", tables)
    return Run("deploy_bigquery.sh", tables, cost, requests)


def bq_settings(folder):
    """What lets bq begin without an account and without looking for news; its token comes from bigqueryrc."""
    return {
        "HOME": str(folder),
        "BIGQUERYRC": str(folder / "bigqueryrc"),
        "CLOUDSDK_CONFIG": str(folder / "gcloud"),
        "CLOUDSDK_AUTH_ACCESS_TOKEN": "example",
        "CLOUDSDK_CORE_PROJECT": PROJECT,
        "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
        "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING": "1",
        "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "1",
        "ACCESS_KEY_ID": KEY_ID,
        "SECRET_ACCESS_KEY": KEY,
    }


def ours(folder, tables):
    """Two runs: the first makes everything, the second finds it."""
    with service(folder) as google:
        shutil.rmtree(folder / "runs", ignore_errors=True)
        (folder / "target_tables.txt").write_text("".join(f"{name}\n" for name in names(tables)))
        (folder / "event.json").write_text('{"reconcile": true}')
        command = [RELEASE / "bigquery-transfer", "--event", folder / "event.json"]
        first = measure.run(command, our_settings(folder, google.url), folder / "out")
        made = google.requests()
        second = measure.run(command, our_settings(folder, google.url), folder / "out")
        found = google.requests(len(made))
        expect_configs(google, "asia-northeast1", tables)
        there = google.all(f"bigquery/v2/projects/{PROJECT}/datasets/{DATASET}/tables", "tables")
        expect(tables, sorted(table["tableReference"]["tableId"] for table in there))
    return Run("bigquery-transfer", tables, first, made), Run("bigquery-transfer, again", tables, second, found)


def our_settings(folder, url):
    return {
        "BIGQUERY_DATA_TRANSFER_ENDPOINT": url,
        "BIGQUERY_ENDPOINT": url,
        "PROJECT": PROJECT,
        "DATASET": DATASET,
        "ENV": ENVIRONMENT,
        "TARGET_TABLES": str(folder / "target_tables.txt"),
        "DATABASE": DATABASE,
        "ENGINE": "mysql",
        "EXPORT_S3_BUCKET": BUCKET,
        "EXPORT_PREFIX": f"export-id-{ENVIRONMENT}-{{date}}",
        "SCHEDULE": "every day 03:00",
        "S3_ACCESS_KEY_ID": KEY_ID,
        "S3_SECRET_ACCESS_KEY": KEY,
        "RUNS_URL": str(folder / "runs"),
        "LOG_LEVEL": "error",
    }


def expect_configs(google, location, tables):
    """A figure counts only if each table has its config."""
    configs = google.all(f"v1/projects/{PROJECT}/locations/{location}/transferConfigs", "transferConfigs")
    expect(tables, sorted(config["params"]["destination_table_name_template"] for config in configs))


def expect(tables, found):
    if found != names(tables):
        raise SystemExit(f"{len(found)} were found where {tables} are right: {found[:3]} …")


def page_size(requests):
    """How many configs a page of ours holds, as it asks for them."""
    [listed, *_] = (request for request in requests if request["path"].endswith("/transferConfigs"))
    return int(urllib.parse.parse_qs(listed["query"]).get("pageSize", [MOST_ON_PAGE])[0])


def middle(runs):
    """The one run that stands for all of a client; what it asked for is the most that any did."""
    most = max((run.requests for run in runs), key=len)
    return Run(runs[0].client, runs[0].tables, measure.middle([run.cost for run in runs]), most)


def figures(first, second, script):
    share = first.wall_each / script.wall_each
    yield "wall a table, share of the script's", "at most 0.1", f"{share:.4f}", share <= 0.1
    yield "second run: writes", "0", f"{len(second.writes)}", not second.writes
    size = page_size(second.requests)
    bound = math.ceil(second.tables / size) + 2
    what = f"second run: requests, pages of {size}"
    yield what, f"at most {bound}", f"{len(second.requests)}", len(second.requests) <= bound


def row(*texts):
    return f"| {' | '.join(texts)} |\n"


def run_row(run):
    cost = run.cost
    times = (f"{cost.wall_seconds:.2f}", f"{run.wall_each * 1000:.1f}", f"{cost.cpu_seconds:.2f}", f"{cost.peak_mib:.1f}")
    return row(run.client, f"{run.tables}", *times, f"{len(run.requests)}", f"{len(run.writes)}")


def bq_version():
    said = subprocess.run(["bq", "version"], capture_output=True, text=True, check=True).stdout
    return said.strip().removeprefix("This is ")


def main():
    parser = argparse.ArgumentParser(prog="bench/bigquery-transfer.sh", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="runs of ours")
    parser.add_argument("--out", type=Path, default=ROOT / "bench/bigquery-transfer.md")
    arguments = parser.parse_args()
    measure.adopt()
    with tempfile.TemporaryDirectory(prefix="bench-", dir=TARGET) as folder:
        folder = Path(folder)
        pairs = [ours(folder, MANY) for _ in range(arguments.runs)]
        script = peer(folder, FEW)
    first, second = (middle(list(runs)) for runs in zip(*pairs))
    text = HEAD.format(bq=bq_version(), processors=os.cpu_count(), load=os.getloadavg()[0], runs=arguments.runs)
    text += "".join(run_row(run) for run in (first, second, script)) + FIGURES
    for what, bound, measured, is_reached in figures(first, second, script):
        text += row(what, bound, measured, "yes" if is_reached else "no")
    arguments.out.write_text(text)


if __name__ == "__main__":
    main()
