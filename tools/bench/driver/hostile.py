"""What others notice of clients that behave badly."""

from __future__ import annotations

import contextlib
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from .flow import deliver
from .machine import CORES, Bench, BenchError, Gatehouse, first_on, on_core, say

RATE = 500

# Kind, how many (or how many a second), and what the table calls it.
ATTACKS = [
    ("half-open", 10_000, "{count:,} half-open handshakes"),
    ("slow", 200, "{count} requests and frames that drip in"),
    ("in-a-row", 2_000, "{count:,} connections a second, with garbage"),
    ("huge", 50, "{count} announcements of 4 GB a second"),
    ("deaf-providers", 50, "{count} providers that never read"),
    ("deaf-devices", 50, "{count} devices that never read"),
]


@contextlib.contextmanager
def _attack(bench: Bench, kind: str, count: int, server: Gatehouse) -> Iterator[None]:
    ready = bench.folder / "ready.json"
    # The service of a bench without devices names no identity of its own.
    ready.write_text(json.dumps({**server.ready, "identities": [bench.identity()]}), encoding="utf-8")
    with on_core(CORES[0]):
        process = subprocess.Popen(
            [sys.executable, "-m", "driver.attack", kind, str(ready), str(count)],
            cwd=Path(__file__).resolve().parent.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
    try:
        if process.stdout.readline().strip() != "ready":
            raise BenchError(f"the attack {kind} did not begin")
        yield
        process.stdin.close()
        reached = process.stdout.readline().strip()
        if not reached.isdigit():
            raise BenchError(f"the attack {kind} ended by itself")
        wanted = count if kind in ("in-a-row", "huge") else 1_000
        if int(reached) < 0.9 * wanted:
            say(f"the attack {kind} reached {reached} of {wanted} a second")
    finally:
        process.kill()
        process.wait()


def _service(bench: Bench) -> Gatehouse:
    with first_on(CORES[0]):
        return Gatehouse(bench, "--courier-credentials", "accept", config={"devices": []})


def hostile(bench, table) -> None:
    """Latency of pushes at 500 a second to 64 devices, the service's memory and its processor time, while somebody
    attacks it; while nobody does; and while the same attack is made on another service of this machine, which shows
    what of it is only that the attacker needs a processor, too.

    The load generator has the last core to itself, because it looks for answers without sleeping: a service that woke
    up there would wait for its slice to end, milliseconds. The services and the attacker share the first."""
    # Longer than a handshake may take: those that are let go, and come back, belong to it.
    calm, attacked = (2_000, 6_000) if bench.quick else (5_000, 10_000)
    for kind, number, what in ATTACKS:
        quiet, elsewhere, troubled, memory, cpu = [], [], [], [], []
        for _ in range(1 if bench.quick else 3):
            with _service(bench) as server:
                usual_cpu, result = _deliver(bench, server, calm)
                quiet.append(result)
                usual_memory = server.resident_bytes()
            with _service(bench) as server, _service(bench) as other, _attack(bench, kind, number, other):
                elsewhere.append(_deliver(bench, server, attacked)[1])
            with _service(bench) as server, _attack(bench, kind, number, server):
                used, result = _deliver(bench, server, attacked)
                troubled.append(result)
                cpu.append((used * 100, usual_cpu * 100))
                memory.append((server.resident_bytes() - usual_memory) / 1e6)
        what = what.format(count=number)
        for name in ("p50", "p99"):
            mine = [result[name] * 1e6 for result in troubled]
            for others, reference in ((quiet, "without it"), (elsewhere, "at another service")):
                pairs = list(zip(mine, [result[name] * 1e6 for result in others]))
                table.add_pairs("hostile", f"{what}: {name} of the others", "µs", pairs, reference)
        table.add_pairs("hostile", f"{what}: processor time", "% of a core", cpu, "without it")
        table.add("hostile", f"{what}: memory", statistics.median(memory), "MB more")


def _deliver(bench: Bench, server: Gatehouse, count: int) -> tuple[float, dict]:
    """Processor time a second, and what the others saw."""
    began, before = time.monotonic(), server.cpu_seconds()
    with on_core(CORES[-1]):
        result = deliver(bench, server, 16, count, rate=RATE)
    return (server.cpu_seconds() - before) / (time.monotonic() - began), result
