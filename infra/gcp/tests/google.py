"""A small Google Cloud on loopback: it remembers what gcloud creates, and writes down each request.

Started by run.sh as `google.py FOLDER`. It prints its port, appends one JSON line a request to
FOLDER/requests.ndjson, and keeps everything in memory, so two starts share nothing. Each API has its
own first path segment (`/pubsub/v1/...`), which is what the endpoint overrides of run.sh point to;
Cloud Run is reached as a proxy, because gcloud puts the region before the host.

`POST /test/state` with `{"path": ..., "merge": {...}}` makes or changes a resource behind gcloud's back;
`GET /test/state` answers with all resources and policies.
"""

import base64
import hashlib
import json
import re
import sys
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock

PROJECT = "demo-project"
PROJECT_NUMBER = "123456789012"
SERVICES = f"/run/apis/serving.knative.dev/v1/namespaces/{PROJECT}/services"
JOBS = f"/run/apis/run.googleapis.com/v1/namespaces/{PROJECT}/jobs"
# What the lists of each API are called in its answers, by the last segment of the collection.
LISTS = {
    "accounts": "accounts",
    "alertPolicies": "alertPolicies",
    "b": "items",
    "dockerImages": "dockerImages",
    "jobs": "jobs",
    "metrics": "metrics",
    "notificationChannels": "notificationChannels",
    "o": "items",
    "repositories": "repositories",
    "secrets": "secrets",
    "serviceAccounts": "accounts",
    "subscriptions": "subscriptions",
    "topics": "topics",
    "versions": "versions",
}


class Refused(Exception):
    """An answer that is an error."""

    def __init__(self, status, words):
        super().__init__(words)
        self.status = status

    def body(self):
        names = {400: "INVALID_ARGUMENT", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 409: "ALREADY_EXISTS"}
        return {"code": self.status, "message": str(self), "status": names[self.status]}


class Google:
    """The resources by path, and the policies by the path of their resource."""

    def __init__(self):
        self.resources = {}
        self.policies = {}
        self.enabled = {"serviceusage.googleapis.com", "cloudresourcemanager.googleapis.com"}
        self.unknown = []
        self.asked_for_a_version = False
        self.created = 0

    def answer(self, method, path, query, body):
        api, _, rest = path.lstrip("/").partition("/")
        if path == "/test/state":
            return self.tamper(body) if method == "POST" else {**self.resources, "policies": self.policies}
        if not set(re.findall(r"/projects/([^/:]+)", path)) <= {PROJECT, PROJECT_NUMBER, "-"}:
            raise Refused(403, "The caller does not have permission, or the project does not exist")
        if api == "serviceusage":
            return self.service_usage(method, rest, body)
        self.require_enabled(api)
        if "IamPolicy" in rest or rest.endswith("/iam"):
            return self.policy(method, path, body)
        if api == "cloudresourcemanager":
            return {"projectId": PROJECT, "projectNumber": PROJECT_NUMBER, "lifecycleState": "ACTIVE"}
        if api == "run":
            return self.cloud_run(method, path, body)
        if method == "GET":
            return self.read(path)
        return getattr(self, f"write_{api}", self.write)(method, path, query, body)

    def require_enabled(self, api):
        service = {"sql": "sqladmin"}.get(api, api) + ".googleapis.com"
        if service not in self.enabled:
            raise Refused(403, f"{service} has not been used in project {PROJECT} before or it is disabled")

    def tamper(self, body):
        path = body["path"]
        if path.endswith(":policy"):
            self.policies[path.removesuffix(":policy")]["bindings"].append(body["merge"])
        else:
            self.resources.setdefault(path, {}).update(body["merge"])
        return {}

    def service_usage(self, method, rest, body):
        if method == "GET" and rest.startswith("v1/operations"):
            return {"name": rest[3:], "done": True, "response": {}}
        if method == "GET":
            return {
                "services": [
                    {"name": f"projects/{PROJECT_NUMBER}/services/{name}", "config": {"name": name}, "state": "ENABLED"}
                    for name in sorted(self.enabled)
                ]
            }
        if rest.endswith(":batchEnable"):
            self.enabled.update(body["serviceIds"])
        elif rest.endswith(":enable"):
            self.enabled.add(rest.rsplit("/", 1)[1].removesuffix(":enable"))
        elif rest.endswith(":generateServiceIdentity"):
            agent = rest.split("/")[-1].split(".")[0]
            email = f"service-{PROJECT_NUMBER}@gcp-sa-{agent}.iam.gserviceaccount.com"
            return {"name": "operations/identity", "done": True, "response": {"email": email, "uniqueId": "1"}}
        else:
            raise Refused(404, f"no such call: {rest}")
        return {"name": "operations/noop.DONE_OPERATION", "done": True, "response": {}}

    def policy(self, method, path, body):
        resource = re.sub(r"(:[gs]etIamPolicy|/iam)$", "", path).replace("/projects/-/", f"/projects/{PROJECT}/")
        known = self.resources | {f"/cloudresourcemanager/v1/projects/{PROJECT}": True}
        if resource.startswith(("/run/", "/iap/")):
            kind, name = resource.rsplit("/", 2)[1:]
            known[resource] = self.resources.get(f"{JOBS if kind == 'jobs' else SERVICES}/{name}")
        if not known.get(resource):
            raise Refused(404, f"not found: {resource}")
        if path.endswith(":setIamPolicy") or method == "PUT":
            self.require_accounts(body.get("policy", body))
            self.policies[resource] = body.get("policy", body)
        etag = base64.b64encode(b"tag").decode()
        return {"version": 1, "bindings": [], **self.policies.get(resource, {}), "etag": etag}

    def require_accounts(self, policy):
        """As Google does, knows a new account only when it is asked for the second time."""
        members = {member for binding in policy["bindings"] for member in binding["members"]}
        for email in self.unknown:
            if f"serviceAccount:{email}" in members:
                self.unknown.remove(email)
                raise Refused(400, f"Service account {email} does not exist.")

    def read(self, path):
        if path in self.resources:
            return self.resources[path]
        last = path.rsplit("/", 1)[1]
        if last in LISTS:
            children = [resource for name, resource in self.resources.items() if name.rsplit("/", 1)[0] == path]
            return {LISTS[last]: children} if children else {}
        raise Refused(404, f"not found: {path}")

    def keep(self, path, resource):
        self.resources[path] = resource
        return resource

    def next_id(self):
        self.created += 1
        return str(self.created)

    def write(self, method, path, query, body):
        """Pub/Sub, and every other API in which a resource's path is its name."""
        if path.endswith(":publish"):
            return {"messageIds": [self.next_id() for _ in body["messages"]]}
        if method == "PATCH":
            patch = body.get("subscription") or body.get("topic") or body
            kept = self.read(path)
            kept.update({key: value for key, value in patch.items() if key != "name"})
            return kept
        if path in self.resources:
            raise Refused(409, f"already exists: {path}")
        return self.keep(path, {**body, "name": path.split("/", 3)[3]})

    def write_artifactregistry(self, method, path, query, body):
        name = f"{path}/{query['repositoryId']}"
        self.keep(name, {**body, "name": name.split("/", 3)[3]})
        return {"name": f"projects/{PROJECT}/locations/x/operations/1", "done": True, "response": self.resources[name]}

    def write_iam(self, method, path, query, body):
        if method == "PATCH":
            return self.write(method, path, query, body)
        if path.endswith("/roles"):
            name = f"{path}/{body['roleId']}"
            return self.keep(name, {**body["role"], "name": name.split("/", 3)[3]})
        email = f"{body['accountId']}@{PROJECT}.iam.gserviceaccount.com"
        self.unknown.append(email)
        name = f"projects/{PROJECT}/serviceAccounts/{email}"
        return self.keep(f"{path}/{email}", {**body["serviceAccount"], "name": name, "email": email})

    def write_secretmanager(self, method, path, query, body):
        if path.endswith(":addVersion"):
            secret = path.removesuffix(":addVersion")
            self.read(secret)
            number = 1 + sum(1 for name in self.resources if name.startswith(f"{secret}/versions/"))
            if not self.asked_for_a_version:
                self.asked_for_a_version = True
                raise Refused(403, f"Secret Manager API has not been used in project {PROJECT} before")
            version = f"{secret}/versions/{number}"
            name = version.split("/", 3)[3]
            created = f"2026-01-01T00:00:{number:02}Z"
            self.keep(version, {"name": name, "state": "ENABLED", "createTime": created})
            return {**self.resources[version], "clientSpecifiedPayloadChecksum": True}
        name = f"{path}/{query['secretId']}"
        return self.keep(name, {**body, "name": name.split("/", 3)[3]})

    def write_storage(self, method, path, query, body):
        if method == "PATCH":
            return self.write(method, path, query, body)
        if path.startswith("/storage/upload/"):
            object = {**body, "generation": "1", "id": body["name"], "bucket": path.split("/")[-2]}
            return self.keep(f"{path.replace('/upload/', '/')}/{body['name']}", object)
        defaults = {"kind": "storage#bucket", "id": body["name"], "metageneration": "1", "storageClass": "STANDARD"}
        return self.keep(f"{path}/{body['name']}", {**defaults, **body, "location": body["location"].upper()})

    def write_cloudscheduler(self, method, path, query, body):
        if method == "PATCH":
            return self.write(method, path, query, body)
        return self.keep(f"{path}/{body['name'].rsplit('/', 1)[1]}", {**body, "state": "ENABLED"})

    def write_logging(self, method, path, query, body):
        name = path if method == "PUT" else f"{path}/{body['name']}"
        return self.keep(name, body)

    def write_monitoring(self, method, path, query, body):
        if method == "PATCH":
            return self.write(method, path, query, body)
        name = f"{path}/{self.next_id()}"
        return self.keep(name, {**body, "name": name.split("/", 3)[3]})

    def cloud_run(self, method, path, body):
        if method == "GET":
            return self.read(path)
        if path.endswith(":run"):
            return self.execute(self.read(path.removesuffix(":run")))
        name = body["metadata"]["name"]
        home = path if method == "PUT" else f"{path}/{name}"
        generation = self.resources.get(home, {}).get("metadata", {}).get("generation", 0) + 1
        body["metadata"].update(generation=generation, resourceVersion=str(generation), uid="1")
        revision = f"{name}-{generation:05}"
        ready = [{"type": kind, "status": "True"} for kind in ("Ready", "ConfigurationsReady", "RoutesReady")]
        body["status"] = {
            "observedGeneration": generation,
            "conditions": ready,
            "latestReadyRevisionName": revision,
            "latestCreatedRevisionName": revision,
            "traffic": [{"revisionName": revision, "percent": 100, "latestRevision": True}],
            "url": f"https://{name}-{PROJECT_NUMBER}.asia-northeast1.run.app",
        }
        return self.keep(home, body)


    def execute(self, job):
        """An execution of JOB that has ended well."""
        name = f"{job['metadata']['name']}-1"
        ended = {"conditions": [{"type": "Completed", "status": "True"}], "succeededCount": 1}
        execution = {"apiVersion": job["apiVersion"], "kind": "Execution", "metadata": {"name": name, "namespace": PROJECT}}
        execution.update(spec={"taskCount": 1}, status=ended)
        return self.keep(f"{JOBS.removesuffix('jobs')}executions/{name}", execution)


def uploaded(text):
    """The JSON of an object that came in two parts, with the object's own text in it."""
    boundary = text.split("\n", 1)[0].strip()
    described, held = (part.split("\n\n", 1)[1] for part in text.replace("\r\n", "\n").split(boundary)[1:3])
    held = held.removesuffix("\n")
    # What is given back without it, gcloud removes again.
    digest = base64.b64encode(hashlib.md5(held.encode()).digest()).decode()
    return json.dumps({**json.loads(described), "text": held, "size": str(len(held.encode())), "md5Hash": digest})


class Handler(BaseHTTPRequestHandler):
    """One request: written down, then answered."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        address = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(address.query))
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        path = urllib.parse.unquote(address.path)
        if path.startswith(("/apis/", "/v1/")):
            path = f"/run{path}"
        if path.startswith("/upload/storage/v1/"):
            path = path.replace("/upload/storage/", "/storage/upload/")
            text = uploaded(text)
        with self.server.lock:
            try:
                status, reply = 200, self.server.google.answer(self.command, path, query, json.loads(text or "{}"))
            except Refused as refused:
                status, reply = refused.status, {"error": refused.body()}
            if not path.startswith("/test/"):
                line = {"method": self.command, "path": path, "query": query, "body": text, "status": status}
                self.server.log.write(json.dumps(line) + "\n")
                self.server.log.flush()
        payload = json.dumps(reply).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def log_message(self, *_):
        """Says nothing on the terminal; the requests are in the file."""


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.lock, server.google = Lock(), Google()
    with open(f"{sys.argv[1]}/requests.ndjson", "a", encoding="utf-8") as server.log:
        print(server.server_address[1], flush=True)
        server.serve_forever()


main()
