"""Measures table-sync beside its peers; see README.md. Started by table-sync.sh."""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import measure
import sync_clients as clients
from servers import MariaDb, Postgres, delayed, server
from sync_clients import Pair
from turns import in_turns, render

ROWS, MANY_ROWS = 1_000_000, 10_000_000
SMALL_TABLES = 40
DELAY_MS = 10
"""Each way."""

HEAD = """# table-sync beside its peers

Written by `bench/table-sync.sh`; [README.md](README.md) tells what the numbers mean.

- One table of 10 columns and {rows:,} rows on each side, of which one in a hundred is new, one deleted and one updated; every tool found just these.
- Machine: {processors} processors, load {load:.1f} at the end. PostgreSQL {postgres}, MariaDB {mariadb}, reladiff 0.6.0, pt-table-sync {percona}.
- Runs: {runs} of each, in turns; times are medians, peaks the highest.
"""


def expecting(rows, client):
    """A figure counts only if what was found is right."""

    def checked():
        run = client()
        expect(run.found, (rows // 100,) * 3)
        return run

    return checked


def expect(found, right):
    if found != right:
        raise SystemExit(f"{found} inserts, deletes and updates were found where {right} are right")


def compared(host, pair, by=clients.compare, **settings):
    """One comparison, whose plan is thrown away."""
    with clients.plans() as folder:
        return by(host, pair, folder, **settings)


def counted(host, pair, **settings):
    return compared(host, pair, clients.count, **settings)


def both_sides(postgres, rows):
    """The two databases with `rows` rows each."""
    size = f"{rows // 1_000_000}m"
    source, target = f"development_{size}", f"production_{size}"
    postgres.create(target)
    postgres.run_file(target, "item.sql", rows=rows)
    postgres.create(source, target)
    postgres.run_file(source, "changes.sql", rows=rows)
    for database in (source, target):
        postgres.ask(database, "VACUUM ANALYZE item")
    return source, target


def comparing(postgres, folder, runs):
    """Comparisons of PostgreSQL, beside the least that they could cost and beside reladiff."""
    source, target = both_sides(postgres, ROWS)
    # The peer's faster way needs both tables in one database.
    postgres.create("one")
    for schema in ("production", "development"):
        postgres.ask("one", f"CREATE SCHEMA {schema}")
        postgres.run_file("one", "item.sql", schema, rows=ROWS)
    postgres.run_file("one", "changes.sql", "development", rows=ROWS)
    postgres.ask("one", "VACUUM ANALYZE")
    pair = Pair(postgres.url(source), postgres.url(target), "public.item")
    named = {
        "two COPY of id and updated_at": lambda: clients.two_copies(postgres, (source, target), folder / "out"),
        "table-sync, COMPARE=time, only counted": expecting(ROWS, lambda: counted(postgres, pair, COMPARE="time")),
        "table-sync, COMPARE=time": expecting(ROWS, lambda: compared(postgres, pair, COMPARE="time")),
        "table-sync, COMPARE=content, only counted": expecting(ROWS, lambda: counted(postgres, pair)),
        "table-sync, COMPARE=content": expecting(ROWS, lambda: compared(postgres, pair)),
        "reladiff joindiff, id and updated_at": expecting(ROWS, lambda: clients.reladiff(postgres, "one", folder / "out")),
        "reladiff joindiff, all columns": expecting(ROWS, lambda: clients.reladiff(postgres, "one", folder / "out", "-c", "%")),
    }
    return in_turns(runs, named)


def growing(postgres):
    """The same with ten times the rows, once: what counts is the memory."""
    source, target = both_sides(postgres, MANY_ROWS)
    pair = Pair(postgres.url(source), postgres.url(target), "public.item")
    named = {
        "table-sync, COMPARE=time": expecting(MANY_ROWS, lambda: compared(postgres, pair, COMPARE="time")),
        "table-sync, COMPARE=content": expecting(MANY_ROWS, lambda: compared(postgres, pair)),
    }
    costs = in_turns(1, named)
    for database in (source, target):
        postgres.ask("postgres", f"DROP DATABASE {database}")
    return costs


def applying(postgres, folder, runs):
    """Writing what was found into a fresh copy of production."""
    statements = folder / "statements.sql"
    with open(statements, "wb") as out:
        file = Path(__file__).parent / "table-sync/statements.sql"
        command = postgres.psql_command("one", "-A", "-t", "-f", file)
        subprocess.run(command, stdout=out, check=True)
    source, pair = "development_1m", Pair(postgres.url("development_1m"), postgres.url("applied"), "public.item")

    def fresh(write):
        postgres.create("applied", "production_1m")
        run = write()
        expect(postgres.ask("applied", DIGEST), postgres.ask(source, DIGEST))
        return run

    def ours():
        with clients.plans() as plans:
            expect(clients.compare(postgres, pair, plans).found, (ROWS // 100,) * 3)
            return clients.apply(postgres, pair, plans)

    def rows(*options):
        return clients.row_by_row(postgres, "applied", statements, folder / "out", *options)

    named = {
        "table-sync": lambda: fresh(ours),
        "row by row, one transaction": lambda: fresh(lambda: rows("--single-transaction")),
    }
    # Each commit waits for the disk: minutes.
    once = {"row by row, each its own transaction, one run": lambda: fresh(rows)}
    return in_turns(runs, named) | in_turns(1, once)


DIGEST = "SELECT count(*), bit_xor(hash_record_extended(ROW(item.*), 0)) FROM item"
"""Says whether two databases hold the same rows."""


def far_away(postgres, runs):
    """Forty small tables over a slow line."""
    postgres.create("production_small")
    postgres.run_file("production_small", "small.sql")
    postgres.create("development_small", "production_small")
    postgres.run_file("development_small", "small_changes.sql")
    for database in ("production_small", "development_small"):
        postgres.ask(database, "VACUUM ANALYZE")
    with delayed(postgres.port, DELAY_MS) as near, delayed(postgres.port, DELAY_MS) as far:
        urls = postgres.url("development_small", near), postgres.url("production_small", far)
        pair = Pair(*urls, "public.master_*")

        def compare_tables(parallel):
            run = compared(postgres, pair, PARALLEL=parallel)
            expect(run.found, (SMALL_TABLES,) * 3)
            return run

        named = {f"table-sync, PARALLEL={parallel}": lambda parallel=parallel: compare_tables(parallel) for parallel in ("16", "8", "1")}
        return in_turns(runs, named)


def beside_percona(folder, runs):
    """MariaDB, beside Percona's tool."""
    with server(MariaDb) as mariadb:
        for database in ("development", "production"):
            mariadb.ask(f"CREATE DATABASE {database}")
            mariadb.run_file(database, "mariadb.sql")
        mariadb.run_file("development", "mariadb_changes.sql")
        for database in ("development", "production"):
            mariadb.ask(f"ANALYZE TABLE {database}.item")
        pair = Pair(mariadb.url("development"), mariadb.url("production"), "item")
        named = {
            "table-sync, COMPARE=content": expecting(ROWS, lambda: compared(mariadb, pair)),
            "pt-table-sync --print": expecting(
                ROWS, lambda: clients.pt_table_sync(mariadb, "development", "production", folder / "out")
            ),
        }
        return in_turns(runs, named), mariadb.ask("SELECT version()").split("-")[0]


def figures(found):
    """What is measured, its bound, its value."""
    million, mariadb, line = found["million"], found["mariadb"], found["line"]
    copies, keyed = million["two COPY of id and updated_at"], million["reladiff joindiff, id and updated_at"]
    whole = million["reladiff joindiff, all columns"]
    # Once as two COPY and `reladiff -s` do it, which keep nothing, and once with what they do not make.
    for what in (", only counted", ""):
        time, content = million[f"table-sync, COMPARE=time{what}"], million[f"table-sync, COMPARE=content{what}"]
        what = what or ", with a plan of all rows that differ"
        yield f"key and time{what}: wall against two COPY", 1.25, time.wall / copies.wall
        yield f"key and time{what}: wall against reladiff", 0.3, time.wall / keyed.wall
        yield f"whole content{what}: wall against reladiff", 0.35, content.wall / whole.wall
    for size, costs in (("1M", million), ("10M", found["ten"])):
        if costs:
            peak = max(cost.cost.peak_mib for name, cost in costs.items() if name.startswith("table-sync"))
            yield f"peak at {size} rows, MiB", 16, peak
    for name, run in found["apply"].items():
        if name != "table-sync":
            what = name.removesuffix(", one run")
            yield f"30,000 changes: wall against {what}", 1 / 5, found["apply"]["table-sync"].wall / run.wall
    yield "MariaDB, whole content: wall against pt-table-sync", 1 / 4, (
        mariadb["table-sync, COMPARE=content"].wall / mariadb["pt-table-sync --print"].wall
    )
    one = line["table-sync, PARALLEL=1"]
    yield "40 tables at 20 ms: wall against one connection", 1 / 5, line["table-sync, PARALLEL=16"].wall / one.wall


def said(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1]


def main():
    parser = argparse.ArgumentParser(prog="bench/table-sync.sh", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="runs of each client")
    parser.add_argument("--without-many", action="store_true", help=f"leave the {MANY_ROWS:,} rows out")
    parser.add_argument("--out", type=Path, default=clients.ROOT / "bench/table-sync.md")
    arguments = parser.parse_args()
    measure.adopt()
    # Servers are stopped and their folders removed, also when somebody ends this.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    found, runs = {"ten": {}}, arguments.runs
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        postgres = stack.enter_context(server(Postgres, os.environ["TASUKI_POSTGRES_BIN"]))
        version = postgres.ask("postgres", "SHOW server_version").split()[0]
        found["million"] = comparing(postgres, folder, runs)
        found["apply"] = applying(postgres, folder, runs)
        found["line"] = far_away(postgres, runs)
        if not arguments.without_many:
            found["ten"] = growing(postgres)
        found["mariadb"], mariadb_version = beside_percona(folder, runs)
    text = HEAD.format(
        rows=ROWS,
        processors=os.cpu_count(),
        load=os.getloadavg()[0],
        postgres=version,
        mariadb=mariadb_version,
        percona=said("pt-table-sync", "--version"),
        runs=runs,
    )
    titles = {
        "million": f"Comparing {ROWS:,} rows, PostgreSQL",
        "ten": f"Comparing {MANY_ROWS:,} rows, PostgreSQL, one run",
        "mariadb": f"Comparing {ROWS:,} rows, MariaDB",
        "apply": "Writing 30,000 changes, PostgreSQL",
        "line": f"Comparing {SMALL_TABLES} small tables with {2 * DELAY_MS} ms to the server and back, PostgreSQL",
    }
    arguments.out.write_text(text + render(titles, found, figures(found)))


if __name__ == "__main__":
    main()
