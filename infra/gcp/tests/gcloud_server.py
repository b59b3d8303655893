"""The real gcloud, imported once: the stories start it more than a thousand times.

gcloud's own start script starts this in front of gcloud's main file.
"""

import contextlib
import importlib
import sys
from pathlib import Path

from forks import serve

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
        # Another version may have others.
        with contextlib.suppress(ImportError):
            importlib.import_module(module)
    serve(address, program, gcloud.main)


main(*sys.argv[1:])
