"""The real gcloud, whose modules are imported once: that is most of what a start of it takes, and the stories start it more than a thousand times.

gcloud's own start script starts this in front of gcloud's main file. Each caller gets a fork that runs that file's `main`.
"""

import gc
import importlib
import os
import signal
import socket
import sys
from pathlib import Path

# What gcloud imports only when a command needs it, and most of them do.
OFTEN = (
    "googlecloudsdk.api_lib.storage.api_factory",
    "googlecloudsdk.api_lib.util.messages",
    "googlecloudsdk.command_lib.run.connection_context",
    "googlecloudsdk.command_lib.run.serverless_operations",
    "googlecloudsdk.core.credentials.transports",
    "googlecloudsdk.core.document_renderers.render_document",
    "googlecloudsdk.core.universe_descriptor.universe_descriptor",
    "googlecloudsdk.core.updater.update_manager",
)


def main(program, address):
    sys.path[0] = str(Path(program).parent)
    gcloud = importlib.import_module("gcloud")
    sys.path = gcloud.reorder_sys_path(sys.path)
    importlib.import_module("googlecloudsdk.gcloud_main")
    for module in OFTEN:
        importlib.import_module(module)
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
            attend(caller, gcloud, program)
        caller.close()


def attend(caller, gcloud, program):
    """Runs gcloud for CALLER in a fork, and tells its status."""
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
        sys.exit(gcloud.main())
    _, status = os.waitpid(runner, 0)
    caller.sendall(str(abs(os.waitstatus_to_exitcode(status))).encode())
    os._exit(0)


main(*sys.argv[1:])
