"""What golang-migrate does to a database, by its rules and through psql: knows nothing of the code that is tested.

usage: golang_migrate.py lock-id DATABASE
       golang_migrate.py URL FOLDER up [N] | down N | force VERSION
"""

import pathlib
import re
import subprocess
import sys
import zlib

NAME = re.compile(r"^([0-9]+)_(.*)\.(down|up)\.(.*)$")
TABLE = "schema_migrations"


def lock_id(database):
    """Sum of schema, table and database, joined by NUL, times the salt."""
    return zlib.crc32("\0".join(["public", TABLE, database]).encode()) * 1486364155 % 2**32


class Database:
    def __init__(self, url):
        self.url = url

    def run(self, sql):
        """One message, as lib/pq sends a file without parameters."""
        done = subprocess.run(
            ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql, self.url],
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise SystemExit("golang-migrate: " + done.stderr.strip())
        return done.stdout.strip()

    def ensure_table(self):
        there = self.run(
            f"SELECT count(1) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = '{TABLE}'"
        )
        if there == "0":
            self.run(f"CREATE TABLE IF NOT EXISTS {TABLE} (version bigint not null primary key, dirty boolean not null)")

    def version(self):
        row = self.run(f"SELECT version, dirty FROM {TABLE} LIMIT 1")
        if not row:
            return None
        version, dirty = row.split("|")
        if dirty == "t":
            raise SystemExit(f"golang-migrate: Dirty database version {version}. Fix and force version.")
        return int(version)

    def set_version(self, version, dirty):
        sql = f"BEGIN; TRUNCATE {TABLE};"
        if version is not None or dirty:
            number = -1 if version is None else version
            sql += f"INSERT INTO {TABLE} (version, dirty) VALUES ({number}, {str(dirty).lower()});"
        self.run(sql + "COMMIT")

    def step(self, text, target):
        self.set_version(target, True)
        if text:
            self.run(text)
        self.set_version(target, False)


def files(folder):
    found = {}
    for path in pathlib.Path(folder).iterdir():
        parts = NAME.match(path.name)
        if parts:
            found.setdefault(int(parts[1]), {})[parts[3]] = path.read_text()
    return found


def main():
    if sys.argv[1] == "lock-id":
        print(lock_id("/" + sys.argv[2]), lock_id(sys.argv[2]))
        return
    url, folder, command, *rest = sys.argv[1:]
    database, found = Database(url), files(folder)
    database.ensure_table()
    if command == "force":
        database.set_version(int(rest[0]), False)
        return
    count = int(rest[0]) if rest else len(found)
    for _ in range(count):
        now = database.version()
        if command == "up":
            above = sorted(version for version in found if now is None or version > now)
            if not above:
                break
            database.step(found[above[0]].get("up"), above[0])
        else:
            below = [version for version in sorted(found) if version < now]
            database.step(found[now].get("down"), below[-1] if below else None)


main()
