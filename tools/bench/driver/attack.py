"""A hostile client: `python3 -m driver.attack KIND READY.json COUNT`, until its standard input ends.

Says `ready` when it is at work, and in the end how much it did a second. What it does is bounded in number and pace:
the question is what others notice, not whether one process can keep a processor busy. It stands for machines elsewhere,
so it takes only processor time that nobody else here wants.
"""

from __future__ import annotations

import collections
import contextlib
import json
import os
import select
import socket
import ssl
import struct
import sys
import time
from pathlib import Path

HELLO_BEGUN = bytes.fromhex("16030100c8010000c40303")
SERVICES = ("gateway", "feedback", "courier")


class Target:
    def __init__(self, ready: dict):
        self.ready = ready
        self.services = ready["environments"]["sandbox"]
        host, port = ready["control"].removeprefix("http://").split(":")
        self.control = (host, int(port))

    def connect(self, service: str) -> socket.socket:
        if service == "control":
            return socket.create_connection(self.control, timeout=30)
        place = self.services[service]
        return socket.create_connection((place["host"], place["port"]), timeout=30)

    def tls(self, service: str) -> ssl.SSLSocket:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self.ready["caFile"])
        if service != "courier":
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            identity = self.ready["identities"][0]
            context.load_cert_chain(identity["certFile"], identity["keyFile"])
        return context.wrap_socket(self.connect(service), server_hostname="127.0.0.1")


def is_over() -> bool:
    """Whether whoever started this wants it to end."""
    return bool(select.select([sys.stdin], [], [], 0)[0])


def pace(rate: int, act) -> None:
    """Says `ready` and calls `act` with 0, 1, 2 and so on, so many a second, in small steps."""
    print("ready", flush=True)
    began, made = time.monotonic(), 0
    while not is_over():
        due = (time.monotonic() - began) * rate
        while made < due:
            act(made)
            made += 1
        time.sleep(0.002)
    print(round(made / (time.monotonic() - began)), flush=True)


def hold(peers: list[socket.socket], again, say=lambda peer: peer.send(b"\0")) -> None:
    """Keeps so many, 1,000 of them a second told something; who was let go comes back."""

    def touch(number: int) -> None:
        position = number % len(peers)
        try:
            say(peers[position])
        except (BlockingIOError, ssl.SSLWantWriteError):
            pass  # Nobody reads there, as it should be.
        except OSError:
            peers[position].close()
            with contextlib.suppress(OSError):
                peers[position] = again(position)

    pace(1_000, touch)


def half_open(target: Target, count: int) -> None:
    """Handshakes that begin and never go on."""

    def begin(number: int) -> socket.socket:
        peer = target.connect(SERVICES[number % 3])
        peer.send(HELLO_BEGUN)
        return peer

    hold([begin(number) for number in range(count)], begin)


def slow_requests(target: Target, count: int) -> None:
    """HTTP requests that drip in, beside half frames at the gateway."""

    def begin(number: int) -> socket.socket:
        if number % 2:
            peer = target.connect("control")
            peer.send(b"GET / HTTP/1.1\r\nX: ")
            return peer
        frame = target.tls("gateway")
        frame.send(bytes.fromhex("01000000010000000000200102"))
        return frame

    hold([begin(number) for number in range(count)], begin, lambda peer: peer.send(b"x"))


def in_a_row(target: Target, count: int) -> None:
    """Connections one upon the other, `count` a second, each with some garbage."""

    def act(number: int) -> None:
        with contextlib.suppress(OSError), target.connect(SERVICES[number % 3]) as peer:
            peer.send(b"\xa5" * 64)

    pace(count, act)


def huge_frames(target: Target, count: int) -> None:
    """Providers that announce four gigabytes, `count` a second, and do not read the answer."""
    lately: collections.deque[ssl.SSLSocket] = collections.deque(maxlen=count)

    def act(_: int) -> None:
        with contextlib.suppress(OSError):
            provider = target.tls("gateway")
            provider.send(b"\2\xff\xff\xff\xff" + bytes(1_000))
            lately.append(provider)

    pace(count, act)


def deaf_providers(target: Target, count: int) -> None:
    """Providers that never read their error and go on writing, 1,000 small writes a second among them."""
    refused = struct.pack(">BIIH32sH", 1, 7, 2**31 - 1, 32, b"\xee" * 32, 2) + b"{}"

    def begin(_: int) -> socket.socket:
        provider = target.tls("gateway")
        provider.setblocking(False)
        return provider

    hold([begin(number) for number in range(count)], begin, lambda peer: peer.send(refused * 10))


def deaf_devices(target: Target, count: int) -> None:
    """Devices that ask and do not read the answers; the service has to take them without proof (`accept`)."""
    connect = _message(0x07, (2, b"\1"), (5, bytes.fromhex("00000041")))
    probe = _message(0x0F, (2, bytes(30_000)))

    def begin(_: int) -> socket.socket:
        device = target.tls("courier")
        device.send(connect)
        device.setblocking(False)
        with contextlib.suppress(BlockingIOError, ssl.SSLWantWriteError):
            for _ in range(2_000):
                device.send(probe)
        return device

    hold([begin(number) for number in range(count)], begin, lambda peer: peer.send(probe))


def _message(command: int, *items: tuple[int, bytes]) -> bytes:
    """One of the courier's."""
    body = b"".join(struct.pack(">BH", number, len(value)) + value for number, value in items)
    return struct.pack(">BI", command, len(body)) + body


KINDS = {
    "half-open": half_open,
    "slow": slow_requests,
    "in-a-row": in_a_row,
    "huge": huge_frames,
    "deaf-providers": deaf_providers,
    "deaf-devices": deaf_devices,
}

if __name__ == "__main__":
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    KINDS[sys.argv[1]](Target(json.loads(Path(sys.argv[2]).read_text())), int(sys.argv[3]))
