"""Measures DataCounter beside `zcat | wc -l`; see README.md. Started by dynamodb-verify.sh."""

import argparse
import base64
import hashlib
import os
import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import measure
from orders import GZIP_WINDOW, block

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
COUNT = TARGET / "release/examples/count"
SIZES_MB = (20, 500)
BLOCK_LINES = 15_000

HEAD = """# Counting and hashing data files beside `zcat | wc -l`

Written by `bench/dynamodb-verify.sh`; [README.md](README.md) tells what the numbers mean.

- Both counted the same lines; ours also hashed the file, and found the same MD5 as Python.
- Machine: {processors} processors, load {load:.1f} at the end. Peer: {peer}.

## One gzip file

Throughput is unpacked MB a second of CPU, user and system, of all processes together: ours, and `zcat` and `wc`.

| file MB | unpacked MB | lines | throughput, ours / peer | MB/s of CPU | CPU s | wall s | peak MiB |
|--:|--:|--:|--:|--:|--:|--:|--:|
"""

FIGURES = """
## Figures to reach

| figure | bound | measured | reached |
|---|--:|--:|---|
"""


@dataclass(frozen=True)
class DataFile:
    """A data file, and what is true of it."""

    path: Path
    packed_mb: float
    unpacked_mb: float
    lines: int
    md5: str


def write(path, megabytes, lines):
    """Packs `lines` again and again into one gzip member of `megabytes`.

    Equal lines are megabytes apart, beyond gzip's window, so they do not shrink each other.
    """
    packer = zlib.compressobj(6, zlib.DEFLATED, GZIP_WINDOW)
    digest = hashlib.md5()
    packed = times = 0
    with open(path, "wb") as file:

        def put(part):
            file.write(part)
            digest.update(part)
            return len(part)

        while packed < megabytes * 10**6:
            packed += put(packer.compress(lines))
            times += 1
        packed += put(packer.flush())
    md5 = base64.b64encode(digest.digest()).decode()
    return DataFile(path, packed / 10**6, times * len(lines) / 10**6, times * BLOCK_LINES, md5)


def ours(file, output):
    """What counting and hashing `file` costs."""
    cost = measure.run([COUNT, file.path], {}, output)
    expect(output, [str(file.lines), file.md5])
    return cost


def peer(file, output):
    """What `zcat | wc -l` costs: the shell's own time holds that of both, which it waits for."""
    cost = measure.run(["sh", "-c", 'zcat "$1" | wc -l', "sh", file.path], {}, output)
    expect(output, [str(file.lines)])
    return cost


def expect(output, words):
    """A figure counts only if the answer was right."""
    if (found := output.read_text().split()) != words:
        raise SystemExit(f"{output}: {found} instead of {words}")


def compare(file, runs, folder):
    """The median cost of ours and of the peer; they take turns, so that noise meets both."""
    costs = {ours: [], peer: []}
    for turn in range(runs):
        for client, of in costs.items():
            of.append(client(file, folder / "answer"))
            print(f"{file.packed_mb:.0f} MB turn {turn + 1}, {client.__name__}: {of[-1]}", flush=True)
    return [measure.middle(of) for of in costs.values()]


def render(results):
    """`results` has the costs of ours and of the peer, by file."""
    with os.popen("gzip --version") as version:
        peer_name = version.readline().strip()
    text = HEAD.format(processors=os.cpu_count(), load=os.getloadavg()[0], peer=peer_name)
    text += "".join(row(*cells(file, *costs)) for file, costs in results.items())
    return text + FIGURES + "".join(figures(results))


def cells(file, own, other):
    pairs = [
        f"{file.unpacked_mb / own.cpu_seconds:.0f} / {file.unpacked_mb / other.cpu_seconds:.0f}",
        f"{own.cpu_seconds:.2f} / {other.cpu_seconds:.2f}",
        f"{own.wall_seconds:.2f} / {other.wall_seconds:.2f}",
        f"{own.peak_mib:.1f} / {other.peak_mib:.1f}",
    ]
    ratio = other.cpu_seconds / own.cpu_seconds
    return f"{file.packed_mb:.0f}", f"{file.unpacked_mb:.0f}", f"{file.lines:,}", f"{ratio:.2f}", *pairs


def figures(results):
    for file, (own, other) in results.items():
        ratio = other.cpu_seconds / own.cpu_seconds
        what = f"{file.packed_mb:.0f} MB: throughput of a core against `zcat \\| wc -l`"
        yield row(what, "at least 0.80", f"{ratio:.2f}", "yes" if ratio >= 0.8 else "no")
    few, many = (own.peak_mib for own, _ in results.values())
    what = f"peak at {SIZES_MB[1]} MB above {SIZES_MB[0]} MB"
    yield row(what, "at most 0.5 MiB", f"{many - few:.2f} MiB", "yes" if many - few <= 0.5 else "no")


def row(*texts):
    return f"| {' | '.join(texts)} |\n"


def main():
    parser = argparse.ArgumentParser(prog="bench/dynamodb-verify.sh", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="runs of each in a case")
    parser.add_argument("--out", type=Path, default=ROOT / "bench/dynamodb-verify.md")
    arguments = parser.parse_args()
    measure.adopt()
    with tempfile.TemporaryDirectory(prefix="bench-", dir=TARGET) as folder:
        folder = Path(folder)
        lines = block(BLOCK_LINES)
        files = [write(folder / f"{size}.json.gz", size, lines) for size in SIZES_MB]
        results = {file: compare(file, arguments.runs, folder) for file in files}
    arguments.out.write_text(render(results))


if __name__ == "__main__":
    main()
