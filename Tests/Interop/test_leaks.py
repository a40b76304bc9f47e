"""Connections of every kind that come and go, and what is left of them: nothing.

Under `tools/test --sanitize address` the server also looks, when it ends, for memory that nobody points to any more;
a leak makes it end with another status, which fails the test.
"""

from __future__ import annotations

import contextlib
import os
import socket
from pathlib import Path

import pytest

from gatehouse import SECOND_TOPIC, TOPIC
from rawclient import HELLO_BEGUN, RawClient, enhanced, provider

ROUNDS = 200 if os.environ.get("GATEHOUSE_LONG_TESTS") == "1" else 40
# Of one that has ended the ledger keeps what it was: 1.5 KiB. A socket's channel alone, kept by mistake, is 6 KiB more.
MOST_PER_CONNECTION = 3 << 10


def come_and_go(server, token: bytes, number: int) -> int:
    """One connection of each kind, ended in each way, and one push through all of it. Returns how many there were."""
    with provider(server) as accepted:
        accepted.send(enhanced(token, identifier=number))
        (told,) = server.wait(topic=TOPIC, identifier=number, fate="delivered")
        assert told["device"] == "demo-phone"
    with provider(server) as refused:
        refused.send(enhanced(bytes(32)) + enhanced(token))
        assert refused.read_error() == (8, 0)
    vanishing = provider(server)
    vanishing.send(enhanced(token)[:20])
    vanishing.vanish()
    with RawClient(server.address("feedback"), server.ready, server.identity()) as reader:
        reader.read_to_end()
    with RawClient(server.address("courier"), server.ready, identity=None) as silent:
        silent.send(b"\x07\x00")
    with RawClient(server.address("courier"), server.ready, identity=None) as wrong:
        wrong.send(bytes.fromhex("0c00000000"))
        assert wrong.read_to_end() == b""
    for service in ("gateway", "feedback", "courier"):
        with socket.create_connection(server.address(service), timeout=30) as half_open:
            half_open.send(HELLO_BEGUN)
    # JSON that is read and kept for a while: what a checker of leaks at the end cannot tell from what still lives.
    for _ in range(10):
        server.request("PUT", "/v1/faults/brief", {"stage": "frame", "match": {"topic": SECOND_TOPIC}, "action": {"type": "lose"}})
        server.request("DELETE", "/v1/faults/brief")
    server.request("PATCH", "/v1/devices/demo-phone", {"connected": False})
    server.request("PATCH", "/v1/devices/demo-phone", {"connected": True})
    return 10


def sockets(server) -> int:
    count = 0
    for entry in Path(f"/proc/{server.process.pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            count += os.readlink(entry).startswith("socket:")
    return count


def wait_until_closed(server, at_first: int) -> None:
    """Returns once the server has no more sockets than at first, but for that of the question just answered."""
    for _ in range(3_000):
        if sockets(server) <= at_first + 1:
            return
        server.get("/readyz")
    raise AssertionError(f"{sockets(server)} sockets are open, {at_first} were at first")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")
@pytest.mark.timeout(600)
def test_connections_of_every_kind_that_come_and_go_leave_nothing_behind(gatehouse):
    token = bytes.fromhex(gatehouse.token("demo-phone"))
    number = 0

    def rounds(count: int) -> int:
        nonlocal number
        connections = 0
        for _ in range(count):
            number += 1
            connections += come_and_go(gatehouse, token, number)
        return connections

    at_first = sockets(gatehouse)
    rounds(ROUNDS)
    before = gatehouse.resident()
    connections = rounds(ROUNDS)
    wait_until_closed(gatehouse, at_first)
    # A sanitizer keeps what was freed, and looks for leaks by itself.
    if not os.environ.get("GATEHOUSE_TEST_SANITIZER"):
        assert gatehouse.resident() - before < (1 << 20) + connections * MOST_PER_CONNECTION
