"""Notifications in, through and out; the start; growth."""

from __future__ import annotations

import shutil
import statistics
import time
from contextlib import ExitStack

from .machine import CORES, TOPIC, BenchError, Gatehouse, first_on, on_core

KNOWN_TOKENS = 10_000


def _known_tokens(bench):
    """A token file, and a configuration with a device for each of its tokens; all are away."""
    file, tokens = bench.tokens(KNOWN_TOKENS)
    devices = [
        {"name": f"phone-{number}", "connected": False, "apps": [{"topic": TOPIC, "token": token}]}
        for number, token in enumerate(tokens)
    ]
    return file, {"devices": devices}


def ingest(bench, table) -> None:
    """Frames taken, all checks and the ledger included, against servers that only decrypt."""
    tokens, config = _known_tokens(bench)
    identity = bench.identity()
    frames = 100_000 if bench.quick else 1_000_000
    with ExitStack() as stack:
        servers = {
            "gatehouse": stack.enter_context(Gatehouse(bench, config=config)),
            "nio": stack.enter_context(bench.nio_sink()),
            "libssl": stack.enter_context(bench.c_sink()),
        }
        ports = {name: server.ready.get("port") or server.port("gateway") for name, server in servers.items()}
        cases = [(command, record, links) for command in (2, 1) for record in (1, 16) for links in (1, 4)]
        if bench.quick:
            cases = [(2, 1, 1), (2, 16, 1), (1, 1, 1), (2, 1, 4)]
        for command, per_record, connections in cases:
            rates: dict[str, list[float]] = {name: [] for name in servers}
            cpu: dict[str, list[float]] = {name: [] for name in servers}
            for _ in range(3 if bench.quick else 7):
                for name, server in servers.items():
                    before = server.cpu_seconds()
                    result = bench.load(
                        "ingest", "--port", ports[name], "--certificate", identity["certFile"],
                        "--key", identity["keyFile"], "--tokens", tokens, "--frames", frames,
                        "--command", command, "--per-record", per_record, "--connections", connections,
                    )  # fmt: skip
                    rates[name].append(result["frames"] / result["seconds"])
                    cpu[name].append((server.cpu_seconds() - before) / result["frames"] * 1e9)
            what = f"command {command}, {per_record} a record, {connections} connection{'s'[: connections > 1]}"
            for other, reference in (("nio", "bare swift-nio-ssl"), ("libssl", "bare libssl")):
                table.add_pairs(
                    "ingest", what, "frames/s", list(zip(rates["gatehouse"], rates[other])), reference
                )
            table.add_pairs(
                "ingest", what + ", processor time", "ns/frame", list(zip(cpu["gatehouse"], cpu["nio"])),
                "bare swift-nio-ssl",
            )  # fmt: skip
        counters = servers["gatehouse"].counters()
        if counters["received"] != counters["accepted"] + counters["rejected"] + counters["discarded"]:
            raise BenchError(f"the counters do not add up: {counters}")


def _identities(bench, count: int):
    """Providers of so many topics, as the load generator reads them."""
    file = bench.folder / f"identities-{count}"
    lines = []
    for number in range(count):
        topic = f"com.example.app{number}"
        identity = bench.identity(topic)
        lines.append(f"{topic} {identity['certFile']} {identity['keyFile']}\n")
    file.write_text("".join(lines), encoding="utf-8")
    return file


def deliver(bench, server, apps: int, count: int, rate: int = 0) -> dict:
    before = server.counters()
    result = bench.load(
        "delivery", "--gateway", server.port("gateway"), "--courier", server.port("courier"), "--devices", 64,
        "--identities", _identities(bench, apps), "--count", count, "--rate", rate,
    )  # fmt: skip
    # The last acknowledgements may still be on their way.
    for _ in range(200):
        after = server.counters()
        if after["delivered"] - before["delivered"] == count:
            return result
        time.sleep(0.02)
    raise BenchError(f"not all of {count} are booked as delivered: {before} {after}")


def delivery(bench, table) -> None:
    """From a provider to the acknowledgement of a device, 64 of them, against decrypting the provider's side alone."""
    tokens, _ = bench.tokens(KNOWN_TOKENS)
    identity = bench.identity()
    count = 50_000 if bench.quick else 500_000
    for apps in (1, 16):
        pairs, cpu = [], []
        for _ in range(3 if bench.quick else 7):
            # Devices keep their names between rounds: each round has a service of its own.
            with Gatehouse(bench, config={"devices": []}) as server:
                before = server.cpu_seconds()
                result = deliver(bench, server, apps, count)
                cpu.append((server.cpu_seconds() - before) / count * 1e6)
            with bench.nio_sink() as sink:
                other = bench.load(
                    "ingest", "--port", sink.ready["port"], "--certificate", identity["certFile"],
                    "--key", identity["keyFile"], "--tokens", tokens, "--frames", count, "--per-record", 16,
                )  # fmt: skip
            pairs.append((result["delivered"] / result["seconds"], other["frames"] / other["seconds"]))
        what = f"64 devices, {apps} app{'s'[: apps > 1]} each"
        table.add_pairs("delivery", what, "delivered/s", pairs, "bare swift-nio-ssl, frames taken")
        table.add("delivery", what + ", processor time", statistics.median(cpu), "µs each")


def latency(bench, table) -> None:
    """From the moment a notification is due at its provider until its device has read it, at 1,000 a second."""
    with first_on(CORES[0]):
        service = Gatehouse(bench, config={"devices": []})
    with service as server, on_core(CORES[-1]):
        result = deliver(bench, server, 1, 5_000 if bench.quick else 60_000, rate=1_000)
    round_trip = _bare_round_trip(bench)
    for name in ("p50", "p99", "p999"):
        table.add(
            "latency", f"{name} at 1,000/s, 64 devices", result[name] * 1e6, "µs", reference="bare handshake and answer",
            reference_value=round_trip * 1e6, ratio=result[name] / round_trip,
        )  # fmt: skip


def _bare_round_trip(bench) -> float:
    """One frame to the bare server and its answer, on a connection that stands: the floor of two hops."""
    tokens, _ = bench.tokens(KNOWN_TOKENS)
    identity = bench.identity()
    with first_on(CORES[0]):
        server = bench.nio_sink()
    with server as sink, on_core(CORES[-1]):
        times = [
            bench.load(
                "ingest", "--port", sink.ready["port"], "--certificate", identity["certFile"],
                "--key", identity["keyFile"], "--tokens", tokens, "--frames", 1,
            )["seconds"]
            for _ in range(20)
        ]  # fmt: skip
    return statistics.median(times)


def start(bench, table) -> None:
    """From the command to the ready record."""
    bench.identity()
    rounds = 5 if bench.quick else 15
    pairs, fresh = [], []
    for _ in range(rounds):
        began = time.monotonic()
        with Gatehouse(bench):
            took = time.monotonic() - began
        began = time.monotonic()
        with bench.nio_sink():
            pairs.append((took * 1e3, (time.monotonic() - began) * 1e3))
    for number in range(rounds):
        certs = bench.folder / f"certs-{number}"
        began = time.monotonic()
        with Gatehouse(bench, certs=certs):
            fresh.append((time.monotonic() - began) * 1e3)
        shutil.rmtree(certs)
    table.add_pairs("start", "to the ready record, certificates there", "ms", pairs, "bare swift-nio-ssl")
    table.add("start", "to the ready record, no certificates", statistics.median(fresh), "ms")


def growth(bench, table) -> None:
    """Resident memory while notifications pass, the ledger at its usual size."""
    tokens, config = _known_tokens(bench)
    identity = bench.identity()
    step, steps = (200_000, 5) if bench.quick else (1_000_000, 10)
    with Gatehouse(bench, config=config) as server:
        sizes = [server.resident_bytes()]
        for _ in range(steps):
            bench.load(
                "ingest", "--port", server.port("gateway"), "--certificate", identity["certFile"],
                "--key", identity["keyFile"], "--tokens", tokens, "--frames", step, "--per-record", 16,
            )  # fmt: skip
            sizes.append(server.resident_bytes())
    megabytes = [round(size / 1e6, 1) for size in sizes]
    table.add(
        "growth", f"resident after {step * steps:,} notifications", megabytes[-1], "MB",
        reference=f"MB: after the first {step:,}", reference_value=megabytes[1], ratio=sizes[-1] / sizes[1],
        steps=megabytes,
    )  # fmt: skip
