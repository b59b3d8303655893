"""Clients of database servers that take turns, and the tables of what each of them and its server spent."""

import statistics
import sys
from dataclasses import dataclass

import measure

TABLE = """
## {title}

| client | wall s | client CPU s | server CPU s | peak MiB |
|---|--:|--:|--:|--:|
"""

FIGURES = """
## Figures to reach

| figure | bound | measured | reached |
|---|--:|--:|---|
"""


@dataclass(frozen=True)
class Run:
    """What a run cost: the client's process, and what the server did for it meanwhile."""

    cost: measure.Cost
    server_seconds: float
    found: tuple = ()
    """How many inserts, deletes and updates, where that is what was looked for."""


@dataclass(frozen=True)
class Middle:
    """What stands for all runs of a client."""

    cost: measure.Cost
    server_seconds: float

    @property
    def wall(self):
        return self.cost.wall_seconds


def measured(server, command, environment, output, accepted=(0,)):
    """The cost of `command`, and of what `server` did for it."""
    before = server.cpu_seconds()
    cost = measure.run(command, environment, output, accepted)
    return cost, server.cpu_seconds() - before


def in_turns(runs, named):
    """Runs each client of `named` as often, one after the other, so that what else the machine does meets all of them."""
    results = {name: [] for name in named}
    for _ in range(runs):
        for name, client in named.items():
            run = client()
            print(f"{name}: {run.cost.wall_seconds:.2f} s", file=sys.stderr)
            results[name].append(run)
    return {name: middle(each) for name, each in results.items()}


def middle(runs):
    return Middle(measure.middle([run.cost for run in runs]), statistics.median(run.server_seconds for run in runs))


def render(titles, found, figures):
    """A table for each of `titles` that something was found for, and one of the `figures`: what, its bound, its value."""
    text = ""
    for name, title in titles.items():
        if found[name]:
            text += TABLE.format(title=title) + "".join(cost_row(*each) for each in found[name].items())
    text += FIGURES
    for what, bound, value in figures:
        text += row(what, f"at most {bound:.4g}", f"{value:.3g}", "yes" if value <= bound else "no")
    return text


def cost_row(name, run):
    cost = run.cost
    times = (cost.wall_seconds, cost.cpu_seconds, run.server_seconds)
    return row(name, *(f"{seconds:.3f}" for seconds in times), f"{cost.peak_mib:.1f}")


def row(*texts):
    return f"| {' | '.join(texts)} |\n"
