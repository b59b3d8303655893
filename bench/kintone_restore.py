"""Measures kintone-restore beside cli-kintone; see README.md. Started by kintone-restore.sh."""

import argparse
import json
import os
import subprocess
import tempfile
from collections import defaultdict
from pathlib import Path

import measure
from domain import CLI_KINTONE, RELEASE, ROOT, TARGET, cli_kintone_version, reach, simulator

LATENCY_MS = 50
# What a copy can share with its original: not the record's number, nor who wrote it when.
FIELDS = "company,division,name_kanji,name_kana,prefecture,street,telephone,blood_type"
BACKUP, CSV, PEER = "kintone-restore, backup", "kintone-restore, CSV", "cli-kintone record import"
# As it is unless told otherwise: one bulk after the other, so that record numbers keep their order.
ORDERED = "kintone-restore, backup, in order"
CLIENTS = (BACKUP, CSV, ORDERED, PEER)
# Bulks at the same time, 4 where the order does not matter.
PARALLEL_BULKS = {BACKUP: "4", CSV: "4", ORDERED: "1"}

HEAD = """# kintone-restore beside cli-kintone {version}

Written by `bench/kintone-restore.sh`; [README.md](README.md) tells what the numbers mean.

- {records:,} records into an empty app, {latency} ms before each answer; {runs} of each client.
- After each run the app held the same records as the one that was backed up, line by line in the CSV of both. kintone-restore has read all of them back and compared them, which cli-kintone does not.
- kintone-restore adds 4 bulks at the same time (`PARALLEL_BULKS=4`), which keeps no order; "in order" is its default of one after the other.
- Machine: {processors} processors, load {load:.1f} at the end.

| client | wall s | CPU s | peak MiB |
|---|--:|--:|--:|
"""

FIGURES = """
## Figures to reach

| figure | bound | measured | reached |
|---|--:|--:|---|
"""


def back_up(records, folder):
    """A backup of a generated app, and the CSV of its FIELDS, which is what every copy must be equal to."""
    with simulator(records) as domain:
        export({**reach(domain), "BUCKET": str(folder / "bucket")}, folder)
        export({**reach(domain), "BUCKET": str(folder / "csv"), "FIELDS": FIELDS, "NDJSON_LEVEL": "off"}, folder)
    [manifest] = folder.glob("bucket/*/*/*.manifest.json")
    [csv] = folder.glob("csv/*/*/*.csv")
    return manifest, csv


def export(settings, folder):
    """Runs kintone-export; that it ends well is proof that all of the app was read."""
    command = [RELEASE / "kintone-export", "--event", ROOT / "functions/kintone-export/events/empty.json"]
    with open(folder / "export.out", "wb") as out:
        environment = {"PATH": os.environ["PATH"], **settings}
        subprocess.run(command, env=environment, stdout=out, stderr=subprocess.STDOUT, check=True)


def restore(client, domain, manifest, csv, folder):
    """Runs `client` once and gives what it cost."""
    if client == PEER:
        command = ["node", CLI_KINTONE / "cli.js", "record", "import", "--base-url", domain["url"]]
        command += ["--app", str(domain["app"]), "--api-token", domain["token"], "--file-path", csv]
        return measure.run(command, {}, folder / "out")
    source = {"csv": str(csv)} if client == CSV else {"manifest": str(manifest)}
    request = {**source, "app": domain["app"]}
    settings = {**reach(domain), "RUNS_URL": str(folder / "runs"), "BUCKET": str(manifest.parents[2])}
    settings["PARALLEL_BULKS"] = PARALLEL_BULKS[client]
    digest = planned(request, settings, folder)
    event = folder / "event.json"
    event.write_text(json.dumps({**request, **({"accept": digest} if digest else {})}))
    return measure.run([RELEASE / "kintone-restore", "--event", event], settings, folder / "out")


def planned(request, settings, folder):
    """The digest of what the plan warns of: that authors and times are those of the copy, which FIELDS leaves out."""
    event = folder / "plan.json"
    event.write_text(json.dumps(request))
    command = [RELEASE / "kintone-restore", "--event", event, "--dry-run", "--json"]
    environment = {"PATH": os.environ["PATH"], **settings}
    said = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    [report] = json.loads(said.stdout)["reports"]
    return report["plan"].get("accept")


def check(client, domain, csv, folder):
    """A figure counts only if what is in the app is what was backed up."""
    export({**reach(domain), "BUCKET": str(folder / "copy"), "FIELDS": FIELDS, "NDJSON_LEVEL": "off"}, folder)
    [copy] = folder.glob("copy/*/*/*.csv")
    # Bulks that are added at the same time may be numbered in another order than the backup's.
    if sorted(Path(csv).read_bytes().splitlines()) != sorted(copy.read_bytes().splitlines()):
        raise SystemExit(f"after {client} the app holds other records than were backed up: {copy}")


def render(results, arguments):
    text = HEAD.format(
        version=cli_kintone_version(),
        records=arguments.records,
        latency=LATENCY_MS,
        runs="1 run" if arguments.runs == 1 else f"{arguments.runs} runs",
        processors=os.cpu_count(),
        load=os.getloadavg()[0],
    )
    for client, cost in results.items():
        text += f"| {client} | {cost.wall_seconds:.2f} | {cost.cpu_seconds:.2f} | {cost.peak_mib:.1f} |\n"
    text += FIGURES
    peer = results[PEER]
    for client in (BACKUP, CSV, ORDERED):
        own = results[client]
        text += figure(f"{client}: wall, times less", ">=", 3, peer.wall_seconds / own.wall_seconds)
        text += figure(f"{client}: peak memory, share of cli-kintone's", "<=", 0.25, own.peak_mib / peer.peak_mib)
    return text


def figure(what, sign, bound, value):
    reached = value >= bound if sign == ">=" else value <= bound
    return f"| {what} | {sign} {bound} | {value:.2f} | {'yes' if reached else 'no'} |\n"


def main():
    parser = argparse.ArgumentParser(prog="bench/kintone-restore.sh", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="runs of each client")
    parser.add_argument("--records", type=int, default=100_000, help="how many records are restored")
    parser.add_argument("--out", type=Path, default=ROOT / "bench/kintone-restore.md")
    arguments = parser.parse_args()
    measure.adopt()
    costs = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=TARGET) as folder:
        manifest, csv = back_up(arguments.records, Path(folder))
        for turn in range(arguments.runs):
            for client in CLIENTS:
                with tempfile.TemporaryDirectory(dir=folder) as own, simulator(0, LATENCY_MS) as domain:
                    cost = restore(client, domain, manifest, csv, Path(own))
                    check(client, domain, csv, Path(own))
                costs[client].append(cost)
                print(f"turn {turn + 1}, {client}: {cost}", flush=True)
    results = {client: measure.middle(of) for client, of in costs.items()}
    arguments.out.write_text(render(results, arguments))


if __name__ == "__main__":
    main()
