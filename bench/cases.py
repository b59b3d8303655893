"""What is exported, and by whom."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Client:
    """A way to export all records."""

    name: str
    settings: tuple = ()
    """Environment variables of kintone-export."""

    is_peer: bool = False


PEER = Client("cli-kintone", is_peer=True)
CSV = Client("kintone-export, CSV", (("NDJSON_LEVEL", "off"),))
LINES = Client("kintone-export, CSV and NDJSON.gz")
SEQUENTIAL = Client("kintone-export, CSV, 1 window", (("NDJSON_LEVEL", "off"), ("WINDOWS", "1")))
WINDOWS = Client("kintone-export, CSV, 4 windows", (("NDJSON_LEVEL", "off"), ("WINDOWS", "4")))


@dataclass(frozen=True)
class Case:
    """What is exported, and by whom."""

    records: int
    scheme: str
    latency_ms: int = 0
    clients: tuple = (CSV, LINES, PEER)
    is_long: bool = False
    """Measured once: a run takes minutes."""


CASES = [
    *(Case(records, scheme) for records in (10_000, 100_000) for scheme in ("http", "https")),
    Case(1_000_000, "http", is_long=True),
    Case(1_000_000, "https", is_long=True),
    Case(20_000, "https", latency_ms=100, clients=(SEQUENTIAL, WINDOWS, PEER)),
]
