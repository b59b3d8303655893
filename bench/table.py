"""The results as Markdown: ratios first, then what they were made of."""

import os

from cases import CASES, CSV, LINES, PEER, SEQUENTIAL, WINDOWS

HEAD = """# kintone-export beside cli-kintone {version}

Written by `bench/kintone-export.sh`; [README.md](README.md) tells what the numbers mean.

- All clients of a row wrote the same CSV, byte for byte.
- Machine: {processors} processors, load {load:.1f} at the end.
- The binary of kintone-export, with file:// as its only store: {binary:.1f} MiB.
"""

PEERS = """
## How many times less than cli-kintone

CPU is user and system time of the client process alone. The last three columns are kintone-export / cli-kintone.

| records | over | kintone-export writes | CPU | wall | peak memory | CPU s | wall s | peak MiB |
|--:|---|---|--:|--:|--:|--:|--:|--:|
"""

LATENCY = """
## {latency} ms before each answer

| records | client | wall s | wall against 1 window | CPU s |
|--:|---|--:|--:|--:|
"""

FIGURES = """
## Figures to reach

| figure | bound | measured | reached |
|---|--:|--:|---|
"""


def render(results, binary_mib, version):
    """`results` has the cost of each client of each case."""
    text = HEAD.format(
        version=version,
        processors=os.cpu_count(),
        load=os.getloadavg()[0],
        binary=binary_mib,
    )
    text += PEERS
    slow = [case for case in results if case.latency_ms]
    for case in results:
        if case not in slow:
            text += "".join(peer_row(case, client, results[case]) for client in (CSV, LINES))
    for case in slow:
        text += LATENCY.format(latency=case.latency_ms)
        text += "".join(latency_row(case, client, results[case]) for client in case.clients)
    return text + FIGURES + "".join(figure_row(*figure) for figure in figures(results))


def peer_row(case, client, costs):
    own, peer = costs[client], costs[PEER]
    writes = client.name.removeprefix("kintone-export, ")
    ratios = [
        peer.cpu_seconds / own.cpu_seconds,
        peer.wall_seconds / own.wall_seconds,
        peer.peak_mib / own.peak_mib,
    ]
    parts = [
        f"{own.cpu_seconds:.2f} / {peer.cpu_seconds:.2f}",
        f"{own.wall_seconds:.2f} / {peer.wall_seconds:.2f}",
        f"{own.peak_mib:.1f} / {peer.peak_mib:.0f}",
    ]
    return row(f"{case.records:,}", case.scheme, writes, *(f"{ratio:.1f}" for ratio in ratios), *parts)


def latency_row(case, client, costs):
    own = costs[client]
    share = own.wall_seconds / costs[SEQUENTIAL].wall_seconds
    return row(
        f"{case.records:,}",
        client.name,
        f"{own.wall_seconds:.2f}",
        f"{share:.2f}",
        f"{own.cpu_seconds:.2f}",
    )


def figures(results):
    """Each figure that was measured: what, its bound, its value, its unit."""
    found = {(case.records, case.scheme, case.latency_ms): results.get(case) for case in CASES}
    if costs := found[100_000, "https", 0]:
        what = "100,000 records over https"
        yield f"{what}, CSV and manifest: CPU", 0.8, costs[CSV].cpu_seconds, "s"
        yield f"{what}, CSV and manifest: peak", 24, costs[CSV].peak_mib, "MiB"
        yield f"{what}, NDJSON.gz as well: CPU", 2.5, costs[LINES].cpu_seconds, "s"
    for client in (CSV, LINES):
        few, many = found[10_000, "https", 0], found[1_000_000, "https", 0]
        if few and many:
            growth = many[client].peak_mib - few[client].peak_mib
            yield f"{client.name}: peak at 1,000,000 above 10,000", 4, growth, "MiB"
    if costs := found[20_000, "https", 100]:
        share = costs[WINDOWS].wall_seconds / costs[SEQUENTIAL].wall_seconds
        yield "100 ms before each answer: wall with 4 windows against 1", 1 / 3, share, ""


def figure_row(what, bound, value, unit):
    return row(what, f"{bound:.3g} {unit}", f"{value:.2f} {unit}", "yes" if value <= bound else "no")


def row(*cells):
    return f"| {' | '.join(cell.strip() for cell in cells)} |\n"
