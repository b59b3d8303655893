"""Each function answers its sample events in a container, by `sam local invoke`, packed as deploy.sh packs it.

This proves the package: that Lambda's way of starting finds the bootstrap and that the bootstrap runs with nothing around
it but what Amazon Linux 2023 has. Started by `./test.sh sam-local`, which builds what is needed and sets BOOTSTRAPS and
SIMULATORS as for end_to_end.py. Ends with 77 where no container engine can be started; the last line says why.
"""

import ipaddress
import json
import os
import platform
import shutil
import socket
import socketserver
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

from cloudformation import REPOSITORY
from world import World, free_port, program

LOGICAL = {"rds-snapshot-export": "RdsSnapshotExport", "dynamodb-export": "DynamodbExport", "dynamodb-restore": "DynamodbRestore"}
# Two a function: a container takes seconds. The functions' own tests parse all of them.
SAMPLES = {
    "rds-snapshot-export": ["schedule.json", "by-hand.json"],
    "dynamodb-export": ["schedule.json", "by-hand.json"],
    "dynamodb-restore": ["dry-run.json"],
}
# What each says: nothing was ever exported here that could be restored.
SAYS = {"rds-snapshot-export": '"reports"', "dynamodb-export": '"reports"', "dynamodb-restore": "table1"}
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "ap-northeast-1"}
BUCKET = "exports"
ACCOUNT = "arn:aws:{}:ap-northeast-1:123456789012:{}"
PARAMETERS = {
    "DbClusterIdentifier": "app-db",
    "Env": "test",
    "Tables": "table1,table2",
    "RestoreTables": "table1-restored",
    "S3ExportBucketName": BUCKET,
    "ExportS3Bucket": BUCKET,
    "S3ExportIamRoleArn": "arn:aws:iam::123456789012:role/export",
    "KmsKeyId": ACCOUNT.format("kms", "key/2c5d3b7e-0000-4000-8000-000000000000"),
    "NotifyTopic": ACCOUNT.format("sns", "people"),
}
# The libraries that deploy.sh lets a bootstrap need, and busybox, with which SAM prepares its image.
LIBRARIES = ["libc.so.6", "libm.so.6", "libgcc_s.so.1", "libpthread.so.0", "libdl.so.2", "librt.so.1", "libresolv.so.2"]
BUSYBOX = ["sh", "ls", "cat", "env", "id", "mv", "chmod", "mkdir"]
BRIDGE = Path("/sys/class/net/docker0")


class NoEngine(Exception):
    """Why there is no container engine."""


class Engine:
    """A Docker daemon with images, containers and socket in a folder of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.environment = {**os.environ, "DOCKER_HOST": f"unix://{folder}/docker.sock", "HOME": str(folder)}
        if os.geteuid() != 0:
            raise NoEngine("only root can start a container engine")
        if not shutil.which("dockerd"):
            raise NoEngine("no container engine is installed; on Debian: apt-get install docker.io")
        if subprocess.run(["docker", "version"], capture_output=True, check=False).returncode == 0:
            raise NoEngine("another container engine runs here, and two would share a network bridge")
        self.bridge_was_there = BRIDGE.exists()
        # Without rules for packets it changes nothing of the machine but the bridge, which goes away with it.
        command = ["dockerd", "--data-root", folder / "data", "--exec-root", folder / "exec", "--pidfile", folder / "pid"]
        command += ["-H", f"unix://{folder}/docker.sock", "--iptables=false", "--ip-masq=false", "--ip-forward=false"]
        with (folder / "engine.log").open("w") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            self.wait()
        except NoEngine:
            self.stop()
            raise

    def wait(self):
        for _ in range(200):
            if self.docker("version", check=False).returncode == 0:
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        last = (self.folder / "engine.log").read_text().splitlines()[-1:]
        raise NoEngine(f"the container engine does not start here: {''.join(last)[:200]}")

    def docker(self, *arguments, check=True, **more):
        words = subprocess.run(["docker", *arguments], env=self.environment, capture_output=True, check=False, **more)
        assert words.returncode == 0 or not check, words.stderr
        return words

    def gateway(self):
        """The address of this machine, as containers see it."""
        found = json.loads(self.docker("network", "inspect", "bridge").stdout)
        network = found[0]["IPAM"]["Config"][0]
        # Where the engine made the bridge itself it may not tell of the address that it gave it: the first one.
        return network.get("Gateway") or str(ipaddress.ip_network(network["Subnet"])[1])

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if not self.bridge_was_there:
            subprocess.run(["ip", "link", "delete", BRIDGE.name], check=False, stderr=subprocess.DEVNULL)


def make_base_image(engine, folder):
    """What stands for AWS's image: this machine's C library and busybox."""
    root = folder / "root"
    machine = platform.machine()
    libraries = f"lib/{machine}-linux-gnu"
    for path in ("bin", "lib64", libraries, "tmp", "var/task", "var/runtime", "etc/ssl/certs", "opt", "proc", "dev", "sys"):
        (root / path).mkdir(parents=True)
    shutil.copy("/bin/busybox", root / "bin")
    for name in BUSYBOX:
        (root / "bin" / name).symlink_to("busybox")
    loader = "lib64/ld-linux-x86-64.so.2" if machine == "x86_64" else "lib/ld-linux-aarch64.so.1"
    for path in [loader, *(f"{libraries}/{name}" for name in LIBRARIES)]:
        shutil.copy(f"/{path}", root / path)
    archive = folder / "root.tar"
    subprocess.run(["tar", "-C", root, "-cf", archive, "."], check=True)
    engine.docker("import", "--change", "WORKDIR /var/task", str(archive), "tasuki/base:1")
    tag = "arm64" if machine == "aarch64" else "x86_64"
    engine.docker("tag", "tasuki/base:1", f"public.ecr.aws/lambda/provided:al2023-{tag}")


def pack(world):
    """The packages, as in deploy.sh; and the endpoints, which the template has no need of, as variables of all functions."""
    for function in LOGICAL:
        folder = world.root / "dist" / function
        folder.mkdir(parents=True)
        shutil.copy(Path(os.environ["BOOTSTRAPS"]) / function / "bootstrap", folder / "bootstrap")
    template = world.root / "template.yaml"
    variables = "".join(f"        AWS_ENDPOINT_URL_{name}: ''\n" for name in ("RDS", "DYNAMODB", "S3", "SNS"))
    words = template.read_text()
    globals_of_functions = "Globals:\n  Function:\n"
    assert words.count(globals_of_functions) == 1, "the template's Globals are written in another way"
    template.write_text(words.replace(globals_of_functions, f"{globals_of_functions}    Environment:\n      Variables:\n{variables}"))


class Forward(socketserver.ThreadingTCPServer):
    """Lets containers reach a server of this machine that listens on 127.0.0.1 only."""

    daemon_threads = True

    def __init__(self, host, port):
        super().__init__((host, 0), self.handle)
        self.inside = ("127.0.0.1", port)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle(self, outer, *_):
        with socket.create_connection(self.inside) as inner:
            back = threading.Thread(target=copy, args=(inner, outer), daemon=True)
            back.start()
            copy(outer, inner)
            back.join()


def copy(source, target):
    while data := source.recv(65536):
        target.sendall(data)
    target.shutdown(socket.SHUT_WR)


def surround(stack, folder, gateway):
    """S3, SNS, RDS and DynamoDB where containers reach them; their addresses as variables of a function."""
    ports = {name: free_port() for name in ("moto", "rds", "dynamodb")}
    addresses = {"moto": f"http://{gateway}:{ports['moto']}"}

    def start(*command):
        log = stack.enter_context((folder / "servers.log").open("a"))
        process = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True))
        stack.callback(process.kill)
        return process

    start(program("moto_server"), "-H", gateway, "-p", str(ports["moto"]))
    wait_for(gateway, ports["moto"])
    for name in ("rds", "dynamodb"):
        command = [os.environ["SIMULATORS"], name, "--port", str(ports[name]), "--s3", addresses["moto"], "--bucket", BUCKET]
        # It tells where it is when it is ready.
        json.loads(start(*command).stdout.readline())
        addresses[name] = f"http://{gateway}:{Forward(gateway, ports[name]).port}"
    services = {"RDS": "rds", "DYNAMODB": "dynamodb", "S3": "moto", "SNS": "moto"}
    return {f"AWS_ENDPOINT_URL_{service}": addresses[name] for service, name in services.items()}


def wait_for(host, port):
    for _ in range(300):
        try:
            socket.create_connection((host, port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"nobody listens on {host}:{port}")


def answer(world, engine, function, sample):
    """What the function answers for the sample event."""
    command = [program("sam"), "local", "invoke", LOGICAL[function], "--skip-pull-image"]
    command += ["--event", str(sample), "--env-vars", str(world.folder / "variables.json")]
    command += ["--parameter-overrides", *(f"{name}={value}" for name, value in PARAMETERS.items())]
    variables = {**engine.environment, **CREDENTIALS}
    told = subprocess.run(command, cwd=world.root, env=variables, capture_output=True, text=True, timeout=240, check=False)
    lines = told.stdout.splitlines()
    assert told.returncode == 0 and lines, told.stderr[-3000:]
    return json.loads(lines[-1])


def check(world, engine):
    for function in LOGICAL:
        for sample in sorted((REPOSITORY / "functions" / function / "events").glob("*.json")):
            if sample.name not in SAMPLES[function]:
                continue
            started = time.monotonic()
            told = answer(world, engine, function, sample)
            assert SAYS[function] in json.dumps(told), told
            print(f"  ok {time.monotonic() - started:5.1f} s  {function} answers {sample.name}", flush=True)


def main():
    with World() as world, ExitStack() as stack:
        try:
            engine = Engine(world.folder)
        except NoEngine as reason:
            print(reason)
            return 77
        stack.callback(engine.stop)
        make_base_image(engine, world.folder)
        pack(world)
        endpoints = surround(stack, world.folder, engine.gateway())
        (world.folder / "variables.json").write_text(json.dumps({"Parameters": endpoints}))
        check(world, engine)
    return 0


if __name__ == "__main__":
    sys.exit(main())
