"""Database servers of a folder that goes away, and how much processor time they took."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE_SECONDS = 60


class Postgres:
    """A PostgreSQL server with the user `postgres`, who may do everything."""

    SETTINGS = {
        "listen_addresses": "127.0.0.1",
        # All tables that clients take turns with stay in memory: else each would read anew what the one before it drove out.
        "shared_buffers": "4GB",
        "max_wal_size": "8GB",
        # Neither may fall into one run and not into another.
        "autovacuum": "off",
        "checkpoint_timeout": "1h",
    }

    def __init__(self, folder, programs):
        self.programs, self.folder, self.port = Path(programs), folder, free_port()
        user = server_user("postgres")
        arguments = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-instructions"]
        run([self.programs / "initdb", "-D", folder / "data", *arguments], **user)
        settings = {**self.SETTINGS, "port": self.port, "unix_socket_directories": folder}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with open(folder / "log", "wb") as log:
            command = [self.programs / "postgres", "-D", folder / "data", *options]
            self.process = subprocess.Popen(command, stdout=log, stderr=log, **user)
        wait_for(lambda: self.try_psql("postgres", "SELECT 1"), folder / "log")
        # The session that asked has ended by now.
        time.sleep(1)
        self.own_processes = len(self.processes())

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def url(self, database, port=None):
        return f"postgresql://postgres@127.0.0.1:{port or self.port}/{database}"

    def psql_command(self, database, *arguments):
        return [self.programs / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", *arguments, self.url(database)]

    def try_psql(self, database, sql):
        finished = subprocess.run(self.psql_command(database, "-c", sql), capture_output=True, check=False)
        return finished.returncode == 0

    def ask(self, database, sql):
        """The rows that psql prints, without titles."""
        return run(self.psql_command(database, "-A", "-t", "-c", sql)).strip()

    def run_file(self, database, file, schema="public", **variables):
        options = [part for name, value in variables.items() for part in ("-v", f"{name}={value}")]
        environment = {**os.environ, "PGOPTIONS": f"-c search_path={schema}"}
        run(self.psql_command(database, *options, "-f", HERE / "table-sync" / file), env=environment)

    def create(self, database, template="template1"):
        self.ask("postgres", f"DROP DATABASE IF EXISTS {database}")
        self.ask("postgres", f"CREATE DATABASE {database} TEMPLATE {template}")

    def cpu_seconds(self):
        """Of all sessions that have ended; waits until all have, and the server has taken note of it."""
        wait_for(lambda: len(self.processes()) <= self.own_processes, self.folder / "log")
        return sum(int(field) for field in stat_fields(self.process.pid)[14:16]) / TICKS

    def processes(self):
        """The server's own processes and one for each session."""
        pid = self.process.pid
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


class MariaDb:
    """A MariaDB server with the user `tasuki`, who may do everything."""

    SETTINGS = (
        "--bind-address=127.0.0.1",
        "--skip-log-bin",
        "--innodb-buffer-pool-size=1G",
        "--innodb-log-file-size=1G",
    )

    def __init__(self, folder):
        self.folder, self.port, self.socket = folder, free_port(), folder / "socket"
        user = server_user("mysql", "nobody")
        data = f"--datadir={folder / 'data'}"
        run([program("mariadb-install-db"), "--no-defaults", data, "--auth-root-authentication-method=normal"], **user)
        options = [data, f"--socket={self.socket}", f"--port={self.port}", f"--pid-file={folder / 'pid'}"]
        with open(folder / "log", "wb") as log:
            command = [program("mariadbd"), "--no-defaults", *options, *self.SETTINGS]
            self.process = subprocess.Popen(command, stdout=log, stderr=log, **user)
        wait_for(lambda: self.try_ask("SELECT 1", "root"), folder / "log")
        self.ask("CREATE USER tasuki@localhost, tasuki@'127.0.0.1'", user="root")
        self.ask("GRANT ALL ON *.* TO tasuki@localhost, tasuki@'127.0.0.1'", user="root")

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def url(self, database):
        return f"mysql://tasuki@127.0.0.1:{self.port}/{database}"

    def command(self, user):
        return [program("mariadb"), "--no-defaults", f"--socket={self.socket}", f"--user={user}", "--skip-column-names"]

    def try_ask(self, sql, user):
        return subprocess.run([*self.command(user), "-e", sql], capture_output=True, check=False).returncode == 0

    def ask(self, sql, user="tasuki"):
        return run([*self.command(user), "-e", sql]).strip()

    def run_file(self, database, file):
        with open(HERE / "table-sync" / file, encoding="utf-8") as sql:
            run([*self.command("tasuki"), database], stdin=sql)

    def cpu_seconds(self):
        """Of the whole server; all sessions are its threads."""
        return sum(int(field) for field in stat_fields(self.process.pid)[12:14]) / TICKS


@contextlib.contextmanager
def server(kind, *arguments):
    """A server of `kind` in a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="bench-server-"))
    started = None
    try:
        shutil.chown(folder, **owner(*(["postgres"] if kind is Postgres else ["mysql", "nobody"])))
        started = kind(folder, *arguments)
        yield started
    finally:
        if started:
            started.stop()
        shutil.rmtree(folder)


@contextlib.contextmanager
def delayed(port, delay_ms):
    """The port of a line to `port` that is so slow each way."""
    command = [sys.executable, "-B", HERE / "delay.py", "127.0.0.1", str(port), str(delay_ms)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


def run(command, **options):
    """What `command` prints; its failure is an error with its words."""
    finished = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if finished.returncode != 0:
        raise SystemExit(f"{command} ended with {finished.returncode}:\n{finished.stdout}{finished.stderr}")
    return finished.stdout


def wait_for(is_ready, log):
    until = time.monotonic() + PATIENCE_SECONDS
    while not is_ready():
        if time.monotonic() > until:
            raise SystemExit(f"the server is not ready:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.05)


def server_user(*names):
    """Servers refuse to run as root; what makes them run as another user."""
    if os.geteuid() != 0:
        return {}
    return {**owner(*names), "extra_groups": []}


def owner(*names):
    """The first of `names` that is a user of this machine, when this is root; else oneself."""
    if os.geteuid() != 0:
        return {"user": os.geteuid(), "group": os.getegid()}
    for name in names:
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            return {"user": user.pw_uid, "group": user.pw_gid}
    raise SystemExit(f"this machine has none of the users {names}")


def program(name):
    path = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    return path or sys.exit(f"{name} is missing; install mariadb-server")


def stat_fields(pid):
    """Source: Linux, proc(5), /proc/pid/stat; the name may hold blanks, so it is left out as the second of the fields."""
    before, _, after = Path(f"/proc/{pid}/stat").read_text().rpartition(")")
    return [before.split(" ", 1)[0], *after.split()]


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
