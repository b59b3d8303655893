"""Measures kintone-export beside cli-kintone; see README.md. Started by kintone-export.sh."""

import argparse
import filecmp
import tempfile
from collections import defaultdict
from pathlib import Path

import measure
import table
from cases import CASES
from domain import CLI_KINTONE, RELEASE, ROOT, TARGET, cli_kintone_version, reach, simulator

EVENT = ROOT / "functions/kintone-export/events/empty.json"


def export(client, domain, folder):
    """Runs `client` once in the empty `folder`. Gives what it cost, and the CSV that it wrote."""
    if client.is_peer:
        csv = folder / "out.csv"
        command = ["node", CLI_KINTONE / "cli.js", "record", "export", "--base-url", domain["url"]]
        command += ["--app", str(domain["app"]), "--api-token", domain["token"]]
        ca = {"NODE_EXTRA_CA_CERTS": domain["ca"]} if domain["ca"] else {}
        return measure.run(command, ca, csv), csv
    settings = {**reach(domain), "BUCKET": str(folder / "bucket"), **dict(client.settings)}
    cost = measure.run([RELEASE / "kintone-export", "--event", EVENT], settings, folder / "report")
    # A second file, or none, would not be the one generation that is measured.
    [csv] = folder.glob("bucket/*/*/*.csv")
    [_] = folder.glob("bucket/*/*/*.manifest.json")
    return cost, csv


def compare(case, runs, folder):
    """The median cost of each client of `case`; they take turns, so that noise meets all of them."""
    costs = defaultdict(list)
    ca = folder / "ca.pem" if case.scheme == "https" else None
    with simulator(case.records, case.latency_ms, ca) as domain:
        for turn in range(1 if case.is_long else runs):
            first = None
            for client in case.clients:
                with tempfile.TemporaryDirectory(dir=folder) as own:
                    cost, csv = export(client, domain, Path(own))
                    check(case, client, csv, first)
                    first = first or keep(csv, folder)
                costs[client].append(cost)
                print(f"{case.records} {case.scheme} turn {turn + 1}, {client.name}: {cost}", flush=True)
    return {client: measure.middle(of) for client, of in costs.items()}


def keep(csv, folder):
    """Moves `csv` to where the next ones are compared with it."""
    return csv.replace(folder / "expected.csv")


def check(case, client, csv, first):
    """A figure counts only if the client wrote what the others wrote, and all of it."""
    with open(csv, "rb") as lines:
        count = sum(1 for _ in lines) - 1
    if count != case.records:
        raise SystemExit(f"{client.name} wrote {count} of {case.records} records")
    if first and not filecmp.cmp(first, csv, shallow=False):
        raise SystemExit(f"{client.name} wrote another CSV than {case.clients[0].name}")


def main():
    parser = argparse.ArgumentParser(prog="bench/kintone-export.sh", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="runs of each client in a case")
    parser.add_argument("--most", type=int, default=1_000_000, help="leave larger cases out")
    parser.add_argument("--out", type=Path, default=ROOT / "bench/kintone-export.md")
    arguments = parser.parse_args()
    measure.adopt()
    cases = [case for case in CASES if case.records <= arguments.most]
    with tempfile.TemporaryDirectory(prefix="bench-", dir=TARGET) as folder:
        folder = Path(folder)
        results = {case: compare(case, arguments.runs, folder) for case in cases}
    binary_mib = (RELEASE / "kintone-export").stat().st_size / 1024**2
    arguments.out.write_text(table.render(results, binary_mib, cli_kintone_version()))


if __name__ == "__main__":
    main()
