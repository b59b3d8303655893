"""A program that is written in Python, whose modules are imported once: that is most of what a start of it takes.

A server has imported them, and each caller gets a fork of it. It is the program's own code that runs there.
"""

import gc
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

CLIENT = Path(__file__).resolve().parent / "forks_client.py"


def start(command, address, variables):
    """The process of COMMAND, which serves at ADDRESS, and what a shell calls it with."""
    log = address.with_suffix(".log")
    with log.open("w") as output:
        server = subprocess.Popen(command, env=variables, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    deadline = time.monotonic() + 120
    while not address.exists():
        assert server.poll() is None and time.monotonic() < deadline, f"{command} does not serve:\n{log.read_text()}"
        time.sleep(0.05)
    return server, f'exec "{sys.executable}" -I -S -B "{CLIENT}" "{address}" "$@"'


def serve(address, program, run):
    """Lets RUN be called in a fork for each caller at ADDRESS, as PROGRAM."""
    # What is there now is never freed: forks share its pages longer.
    gc.collect()
    gc.freeze()
    # Nobody waits for the forks of this process.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    server = socket.socket(socket.AF_UNIX)
    server.bind(f"{address}.new")
    server.listen(64)
    os.rename(f"{address}.new", address)
    while True:
        caller, _ = server.accept()
        if os.fork() == 0:
            server.close()
            attend(caller, program, run)
        caller.close()


def attend(caller, program, run):
    """Does in a fork what CALLER asks for, and tells its status."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _, streams, _, _ = socket.recv_fds(caller, 1, 3)
    words = os.fsdecode(b"".join(iter(lambda: caller.recv(65536), b""))).split("\0")
    runner = os.fork()
    if runner == 0:
        caller.close()
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        folder, count, *words = words
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(variable.split("=", 1) for variable in words[: int(count)])
        sys.argv = [program, *words[int(count) :]]
        sys.exit(run())
    _, status = os.waitpid(runner, 0)
    caller.sendall(str(abs(os.waitstatus_to_exitcode(status))).encode())
    os._exit(0)
