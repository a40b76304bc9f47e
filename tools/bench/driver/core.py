"""What does no I/O, measured from inside by `BenchCore`."""

from __future__ import annotations

import json
import os
import subprocess

from .machine import BenchError


def _run(bench, table, part: str) -> None:
    environment = os.environ | {"LD_PRELOAD": str(bench.tools / "count-allocations.so")}
    command = [str(bench.release / "BenchCore"), part] + (["--quick"] if bench.quick else [])
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        raise BenchError(done.stderr.strip())
    for line in done.stdout.splitlines():
        figure = json.loads(line)
        if "ns" in figure:
            table.add(
                part,
                figure["name"],
                figure["ns"],
                "ns",
                median=figure["median"],
                reference=f"ns: {figure['reference']}",
                reference_value=figure["referenceNs"],
                ratio=figure["ratio"],
            )
            if "allocations" in figure:
                table.add(part, figure["name"], figure["allocations"], "allocations")
        for name, unit in (("bytesPerToken", "bytes per token"), ("bytesPerRecord", "bytes per record")):
            if name in figure:
                table.add(part, figure["name"], figure[name], unit)


def codec(bench, table) -> None:
    _run(bench, table, "codec")


def payload(bench, table) -> None:
    _run(bench, table, "payload")


def broker(bench, table) -> None:
    _run(bench, table, "broker")


def ledger(bench, table) -> None:
    _run(bench, table, "ledger")
