"""What others notice of clients that behave badly."""

from __future__ import annotations

import contextlib
import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from .flow import deliver
from .machine import Bench, BenchError, Gatehouse

# Kind, how many (or how many a second), and what the table calls it.
ATTACKS = [
    ("half-open", 9_000, "{count:,} half-open handshakes"),
    ("slow", 200, "{count} requests and frames that drip in"),
    ("in-a-row", 2_000, "{count:,} connections a second, with garbage"),
    ("huge", 50, "{count} announcements of 4 GB a second"),
    ("never-reading", 50, "{count} devices that never read"),
]


@contextlib.contextmanager
def _attack(bench: Bench, kind: str, count: int, server: Gatehouse) -> Iterator[None]:
    ready = bench.folder / "ready.json"
    # The service of a bench without devices names no identity of its own.
    ready.write_text(json.dumps({**server.ready, "identities": [bench.identity()]}), encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "driver.attack", kind, str(ready), str(count)],
        cwd=Path(__file__).resolve().parent.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        if process.stdout.readline().strip() != b"ready":
            raise BenchError(f"the attack {kind} did not begin")
        yield
        if process.poll() is not None:
            raise BenchError(f"the attack {kind} ended by itself")
    finally:
        process.kill()
        process.wait()


def hostile(bench, table) -> None:
    """Latency of pushes at 500 a second to 64 devices, and the service's memory, while somebody attacks."""
    count = 2_000 if bench.quick else 20_000
    for kind, number, what in ATTACKS:
        pairs: dict[str, list[tuple[float, float]]] = {"p50": [], "p99": []}
        growth = []
        for _ in range(3 if bench.quick else 5):
            with Gatehouse(bench, config={"devices": []}) as server:
                quiet = deliver(bench, server, 16, count, rate=500)
                usual = server.resident_bytes()
            with Gatehouse(bench, config={"devices": []}) as server:
                with _attack(bench, kind, number, server):
                    troubled = deliver(bench, server, 16, count, rate=500)
                    growth.append((server.resident_bytes() - usual) / 1e6)
            for name, list_ in pairs.items():
                list_.append((troubled[name] * 1e6, quiet[name] * 1e6))
        for name, list_ in pairs.items():
            table.add_pairs("hostile", f"{what.format(count=number)}: {name} of the others", "µs", list_, "without it")
        table.add("hostile", f"{what.format(count=number)}: memory", statistics.median(growth), "MB more")
