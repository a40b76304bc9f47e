"""Many connections: what holding one costs, and how fast they come."""

from __future__ import annotations

import json
import subprocess

from .machine import BenchError, Gatehouse


class Holder:
    """Connections that are held until it is told otherwise."""

    def __init__(self, bench, port: int, count: int, *options: str):
        self.process = subprocess.Popen(
            [str(bench.tools / "load"), "handshakes", "--port", str(port), "--count", str(count), "--hold", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.result = self._line()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def _line(self) -> dict:
        line = self.process.stdout.readline()
        if not line:
            raise BenchError("the load generator gave up")
        result = json.loads(line)
        if result["failed"]:
            raise BenchError(f"{result['failed']} connections failed")
        return result

    def again(self) -> dict:
        """All hang up and come back at once."""
        self.process.stdin.write("again\n")
        self.process.stdin.flush()
        return self._line()


# While all come back, the old connections may still be there: twice as many must fit under the server's limit.
LARGEST_STORM = 8_000


def idle(bench, table) -> None:
    """Resident memory for each connected device that does nothing, and how fast all come back at once."""
    count = min(2_000 if bench.quick else 15_000, bench.open_files - 500)
    table.add_pairs("idle", f"resident, {count:,} devices", "KB each", [idle_memory(bench, count)], "bare swift-nio-ssl")
    count = min(count, LARGEST_STORM, (bench.open_files - 1_000) // 2)
    after_storm, rates = storm(bench, count)
    table.add_pairs("idle", f"resident, {count:,} devices that all came back", "KB each", [after_storm], "bare swift-nio-ssl")
    table.add_pairs(
        "idle", f"all {count:,} come back at once", "devices/s", [rates], "bare swift-nio-ssl, handshakes"
    )


def idle_memory(bench, count: int) -> tuple[float, float]:
    with Gatehouse(bench, config={"devices": []}) as server:
        before = server.resident_bytes()
        with Holder(bench, server.port("courier"), count, "--courier"):
            each = (server.resident_bytes() - before) / count / 1e3
    with bench.nio_sink("courier") as sink:
        before = sink.resident_bytes()
        with Holder(bench, sink.ready["port"], count):
            return each, (sink.resident_bytes() - before) / count / 1e3


def storm(bench, count: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """Memory of each connection after the storm, and how many came a second; each beside the bare server's."""
    with Gatehouse(bench, "--handshake-limit", str(count), config={"devices": []}) as server:
        before = server.resident_bytes()
        with Holder(bench, server.port("courier"), count, "--courier") as devices:
            back = devices.again()
            each = (server.resident_bytes() - before) / count / 1e3
    with bench.nio_sink("courier") as sink:
        before = sink.resident_bytes()
        with Holder(bench, sink.ready["port"], count) as connections:
            bare_back = connections.again()
            bare = (sink.resident_bytes() - before) / count / 1e3
    return (each, bare), (count / back["seconds"], count / bare_back["seconds"])


def connect(bench, table) -> None:
    """Connections made one after the other, 64 at a time: the handshake alone, and all of a device's registration."""
    count = 500 if bench.quick else 3_000
    plain, full = [], []
    with Gatehouse(bench, config={"devices": []}) as server, bench.nio_sink("courier") as sink:
        for _ in range(3 if bench.quick else 7):
            rate = {}
            for name, port, options in (
                ("plain", server.port("courier"), []),
                ("bare", sink.ready["port"], []),
                ("full", server.port("courier"), ["--courier"]),
            ):
                result = bench.load("handshakes", "--port", port, "--count", count, *options)
                if result["failed"]:
                    raise BenchError(f"{result['failed']} of {count} handshakes failed")
                rate[name] = count / result["seconds"]
            plain.append((rate["plain"], rate["bare"]))
            full.append((rate["full"], rate["bare"]))
    table.add_pairs("connect", "courier, handshake alone", "a second", plain, "bare swift-nio-ssl")
    table.add_pairs("connect", "courier, device admitted with its token", "a second", full, "bare swift-nio-ssl")
