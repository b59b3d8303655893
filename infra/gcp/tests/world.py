"""A copy of deploy.sh and what it needs, with a Google Cloud of its own, in a folder that goes away."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import forks

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[2]
GCLOUD = shutil.which("gcloud")
# Each API under its own first path segment. Cloud Run has no segment: gcloud puts the region before the
# host, so it is reached by the proxy that http_proxy names.
APIS = {
    "ARTIFACTREGISTRY": "artifactregistry/",
    "CLOUDRESOURCEMANAGER": "cloudresourcemanager/",
    "CLOUDSCHEDULER": "cloudscheduler/",
    "IAM": "iam/",
    "IAP": "iap/",
    "LOGGING": "logging/",
    "MONITORING": "monitoring/",
    "PUBSUB": "pubsub/",
    "RUN": "",
    "SECRETMANAGER": "secretmanager/",
    "SERVICEUSAGE": "serviceusage/",
    "SQL": "sql/",
    "STORAGE": "storage/v1/",
}
SETTINGS = {
    "PROJECT": "demo-project",
    "ALERT_EMAIL": "watch@example.com",
    "DOMAIN": "example",
    "APPID": "1",
    "BUCKET": "example-backup",
}


class World:
    """The folder, its Google Cloud, and the requests that were sent."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="deploy-test-"))
        self.root = self.folder / "repository"
        self.tools = self.folder / "tools"
        self.google = None
        self.gcloud = None
        self.settings = dict(SETTINGS)
        self.variables = {"IMAGE_DIGEST": "sha256:" + "a" * 64}
        self.root.mkdir()
        self.tools.mkdir()
        for name in ("deploy.sh", "Dockerfile", ".dockerignore"):
            shutil.copy2(REPOSITORY / name, self.root / name)
        shutil.copytree(REPOSITORY / "infra", self.root / "infra", ignore=shutil.ignore_patterns("tests", "*.env"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.gcloud:
            self.gcloud.kill()
            self.gcloud.wait()
        if self.google:
            self.google.kill()
            self.google.wait()
            self.google.stdout.close()
        shutil.rmtree(self.folder)

    def start_google(self):
        command = [sys.executable, "-B", str(HERE / "google.py"), str(self.folder)]
        self.google = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.address = f"http://127.0.0.1:{self.google.stdout.readline().strip()}"
        self.start_gcloud()

    def start_gcloud(self):
        """gcloud's own start script starts the server, where it says arguments of Python go."""
        # The script takes -S away where its Python's own packages are wanted.
        variables = {**self.environment(None), "CLOUDSDK_PYTHON_ARGS": f"-S -B {HERE / 'gcloud_server.py'}"}
        address = self.folder / "gcloud.socket"
        self.gcloud, call = forks.start([GCLOUD, str(address)], address, variables)
        self.tool("gcloud", call)

    def tool(self, name, script):
        """Puts a shell script before the programs of the machine; its arguments are kept."""
        script = f'printf "%s\\n" "{name} $*" >>"{self.folder}/arguments"\n{script}'
        path = self.tools / name
        path.write_text(f"#!/usr/bin/env bash\nset -euo pipefail\n{script}\n")
        path.chmod(0o755)

    def deploy(self, *arguments, given=None, path=None):
        """Runs deploy.sh; gives its exit code and all that it said."""
        lines = [f"{name}={value}" for name, value in self.settings.items()]
        (self.root / "infra/environments/prod.env").write_text("\n".join(lines) + "\n")
        finished = subprocess.run(
            ["bash", str(self.root / "deploy.sh"), *arguments],
            input=given or "",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self.environment(path),
            text=True,
            timeout=240,
            check=False,
        )
        return finished.returncode, finished.stdout

    def run(self, command, must_work=False):
        """Runs a command line as a person would, with gcloud for this world; what it sends is to be looked at."""
        finished = subprocess.run(
            ["bash", "-c", command], capture_output=True, env=self.environment(None), text=True, timeout=120, check=False
        )
        assert not must_work or finished.returncode == 0, f"{command}\n{finished.stdout}{finished.stderr}"

    def environment(self, path):
        kept = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
        environment = {
            **kept,
            "PATH": path or f"{self.tools}:{os.environ['PATH']}",
            "PAUSE_SECONDS": "0",
            "CLOUDSDK_CONFIG": str(self.folder / "gcloud"),
            "CLOUDSDK_AUTH_ACCESS_TOKEN": "fake",
            "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING": "true",
            "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "true",
            **self.variables,
        }
        if self.google:
            environment["http_proxy"] = self.address
            for api, segment in APIS.items():
                environment[f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{api}"] = f"{self.address}/{segment}"
        return environment

    def requests(self):
        path = self.folder / "requests.ndjson"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def writes(self, since=0):
        """The requests that change something, as `METHOD path`, refused ones too; asking for a policy is no change."""
        return [f"{one['method']} {one['path']}" for one in self.requests()[since:] if is_write(one)]

    def done(self, since=0):
        """The writes that Google did not refuse."""
        accepted = [one for one in self.requests()[since:] if is_write(one) and one["status"] == 200]
        return [f"{one['method']} {one['path']}" for one in accepted]

    def last_body(self, ending):
        """The body of the last write to a path that ends so."""
        bodies = [one["body"] for one in self.requests() if is_write(one) and one["path"].endswith(ending)]
        return json.loads(bodies[-1])

    def tamper(self, path, **merge):
        """Makes or changes a resource as somebody would by hand; `path:policy` adds a binding."""
        self.open("/test/state", {"path": path, "merge": merge})

    def state(self):
        """All resources by path, and under `policies` who may do what on them."""
        return self.open("/test/state")

    def rights(self):
        """Who may do what on what, as `member: {(role, resource, condition)}`."""
        found = {}
        for resource, policy in self.state()["policies"].items():
            for binding in policy["bindings"]:
                for member in binding["members"]:
                    only = binding.get("condition", {}).get("expression", "")
                    found.setdefault(member, set()).add((binding["role"], resource, only))
        return found

    def open(self, path, body=None):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self.address + path, json.dumps(body).encode() if body else None) as answer:
            return json.load(answer)

    def calls(self, name):
        """The command lines that the stand-in or wrapper NAME was started with."""
        return [line for line in self.arguments().splitlines() if line.startswith(f"{name} ")]

    def arguments(self):
        """Every command line of gcloud and of the stand-ins."""
        path = self.folder / "arguments"
        return path.read_text() if path.exists() else ""


def is_write(request):
    return request["method"] != "GET" and not request["path"].endswith(":getIamPolicy")
