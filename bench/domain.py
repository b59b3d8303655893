"""The simulated Kintone that is measured against, and kintone-export to read what is in it."""

import contextlib
import json
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
RELEASE = TARGET / "release"
CLI_KINTONE = Path(os.environ["TASUKI_NODE_MODULES"]) / "@kintone/cli"


@contextlib.contextmanager
def simulator(records, latency_ms=0, ca=None):
    """A domain with one app of `records`: where it is, and what opens it. With `ca`, a file, it speaks https."""
    command = [RELEASE / "simulators", "kintone", "--records", str(records), "--latency-ms", str(latency_ms)]
    if ca:
        command += ["--https", "--ca-out", ca]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


def reach(domain):
    """The settings of a function of ours for the app of `domain`."""
    settings = {"KINTONE_BASE_URL": domain["url"], "APPID": str(domain["app"]), "TOKEN": domain["token"]}
    return {**settings, "KINTONE_CA_FILE": domain["ca"]} if domain["ca"] else settings


def cli_kintone_version():
    return json.loads((CLI_KINTONE / "package.json").read_text())["version"]
