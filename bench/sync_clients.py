"""table-sync and its peers: how each is started, and what it says that it found."""

import json
import os
import re
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from turns import Run, measured

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
BINARY = TARGET / "release/table-sync"
TOOLS = Path(os.environ.get("TASUKI_TOOLS", TARGET / "tools"))
COMPARED = (0, 3)
"""The exit codes of a comparison that found none, and of one that found some."""
CLASSES = ("insert", "delete", "update_new")


@dataclass(frozen=True)
class Pair:
    """Two databases, and what table-sync is told of them."""

    source: str
    target: str
    tables: str
    settings: tuple = ()


@contextmanager
def plans():
    """A folder for plans that goes away."""
    with tempfile.TemporaryDirectory(prefix="bench-plans-") as folder:
        yield Path(folder)


def compare(server, pair, folder, **settings):
    """table-sync's comparison; its plan stays in `folder`."""
    cost, seconds = measured(server, event_command(folder, {}), settings_of(pair, folder, settings), folder / "out", COMPARED)
    counted = dict.fromkeys(CLASSES, 0)
    for table in summary(folder)["tables"]:
        for name, rows in table["end"]["counts"]["classes"].items():
            counted[name] = counted.get(name, 0) + rows
    return Run(cost, seconds, tuple(counted.values()))


def count(server, pair, folder, **settings):
    """table-sync's comparison that only counts, as its peers do; nothing is kept."""
    output = folder / "out"
    cost, seconds = measured(server, event_command(folder, {"countOnly": True}), settings_of(pair, folder, settings), output, COMPARED)
    said = Path(f"{output}.err").read_text() + output.read_text()
    words = {"insert": "insert", "delete": "delete", "update_new": r"update \(new\)"}
    found = [re.search(rf"(\d+) {words[name]}", said) for name in CLASSES]
    found = tuple(int(match[1]) if match else 0 for match in found)
    if f"{sum(found)} rows differ" not in said:
        raise SystemExit(f"rows of other classes were found: {said}")
    return Run(cost, seconds, found)


def apply(server, pair, folder):
    """table-sync's writing of all that the plan in `folder` found."""
    there = summary(folder)
    event = {"apply": there["plan"]["id"], "digest": there["digest"], "classes": list(CLASSES), "by": "bench"}
    settings = settings_of(pair, folder, {"APPLY_URL": pair.target})
    cost, seconds = measured(server, event_command(folder, event), settings, folder / "out")
    return Run(cost, seconds)


def event_command(folder, event):
    (folder / "event.json").write_text(json.dumps(event))
    return [BINARY, "--event", folder / "event.json"]


def settings_of(pair, folder, settings):
    return {
        "SOURCE_URL": pair.source,
        "TARGET_URL": pair.target,
        "TABLES": pair.tables,
        "PLANS_URL": str(folder / "plans"),
        "LOG_LEVEL": "error",
        **settings,
    }


def summary(folder):
    [file] = (folder / "plans").glob("*/summary.json")
    return json.loads(file.read_text())


def two_copies(server, databases, output):
    """Keys and times of both sides in their order, by PostgreSQL's own client, at the same time, to nowhere."""
    sql = "COPY (SELECT id, updated_at FROM item ORDER BY id) TO STDOUT (FORMAT binary)"
    commands = [server.psql_command(database, "-c", f"'{sql}'") for database in databases]
    both = " & ".join(" ".join(map(str, command)) + " >/dev/null" for command in commands)
    cost, seconds = measured(server, ["sh", "-c", f"{both} & wait"], {}, output)
    return Run(cost, seconds)


def reladiff(server, database, output, *options):
    """reladiff's joindiff, which needs both tables in one database."""
    tables = ["production.item", "development.item", "-k", "id", "-t", "updated_at"]
    command = [TOOLS / "reladiff/bin/reladiff", server.url(database), *tables, "-a", "joindiff", "-s", *options]
    cost, seconds = measured(server, command, {"HOME": str(output.parent)}, output)
    said = output.read_text()
    patterns = (r"(\d+) rows exclusive to table B", r"(\d+) rows exclusive to table A", r"(\d+) rows updated")
    return Run(cost, seconds, tuple(int(re.search(pattern, said)[1]) for pattern in patterns))


def row_by_row(server, database, statements, output, *options):
    """A statement for each row, by PostgreSQL's own client."""
    command = server.psql_command(database, *options, "-f", statements)
    cost, seconds = measured(server, command, {}, output)
    return Run(cost, seconds)


def pt_table_sync(server, source, target, output):
    """Percona's tool for MySQL, as it prints what it would do."""
    places = [f"D={database},t=item,S={server.socket},u=tasuki" for database in (source, target)]
    command = [shutil.which("pt-table-sync"), "--print", "--no-check-slave", "--no-version-check", "--charset", "utf8mb4", *places]
    cost, seconds = measured(server, command, {"HOME": str(output.parent)}, output, (2,))
    said = output.read_text()
    verbs = [line.split(" ", 1)[0] for line in said.splitlines()]
    return Run(cost, seconds, tuple(verbs.count(verb) for verb in ("INSERT", "DELETE", "UPDATE")))
