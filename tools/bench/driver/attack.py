"""A hostile client: `python3 -m driver.attack KIND READY.json COUNT`, until its standard input ends.

Says `ready` when it is at work. What it does is bounded in number and pace: the question is what others notice, not
whether one process can keep a processor busy.
"""

from __future__ import annotations

import contextlib
import json
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
        place = self.services[service]
        address = self.control if service == "control" else (place["host"], place["port"])
        return socket.create_connection(address, timeout=30)

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


def hold(peers: list[socket.socket], again) -> None:
    """Says `ready` and keeps so many, each told something now and then; who was let go comes back."""
    print("ready", flush=True)
    position = 0
    while not is_over():
        for _ in range(20):
            position = (position + 1) % len(peers)
            try:
                peers[position].send(b"\0")
            except OSError:
                peers[position].close()
                with contextlib.suppress(OSError):
                    peers[position] = again(position)
        time.sleep(0.02)


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

    hold([begin(number) for number in range(count)], begin)


def in_a_row(target: Target, count: int) -> None:
    """Connections one upon the other, `count` a second, each with some garbage."""
    print("ready", flush=True)
    began, made = time.monotonic(), 0
    while not is_over():
        while made < (time.monotonic() - began) * count:
            with contextlib.suppress(OSError), target.connect(SERVICES[made % 3]) as peer:
                peer.send(b"\xa5" * 64)
            made += 1
        time.sleep(0.002)


def huge_frames(target: Target, count: int) -> None:
    """Providers that announce four gigabytes, `count` a second, and do not read the answer."""
    print("ready", flush=True)
    began, made = time.monotonic(), 0
    while not is_over():
        while made < (time.monotonic() - began) * count:
            with contextlib.suppress(OSError):
                target.tls("gateway").send(b"\2\xff\xff\xff\xff" + bytes(1_000))
            made += 1
        time.sleep(0.01)


def never_reading(target: Target, count: int) -> None:
    """Devices that ask and do not read the answers."""
    probe = struct.pack(">BIBH", 0x0F, 30_003, 2, 30_000) + bytes(30_000)
    peers = [target.tls("courier") for _ in range(count)]
    for peer in peers:
        peer.settimeout(0.01)
        # A Connect without proof is refused; what follows it is not read either.
        with contextlib.suppress(OSError):
            peer.send(struct.pack(">BIBHB", 0x07, 4, 2, 1, 1))
            for _ in range(100):
                peer.sendall(probe)
    print("ready", flush=True)
    while not is_over():
        time.sleep(0.05)


KINDS = {
    "half-open": half_open,
    "slow": slow_requests,
    "in-a-row": in_a_row,
    "huge": huge_frames,
    "never-reading": never_reading,
}

if __name__ == "__main__":
    KINDS[sys.argv[1]](Target(json.loads(Path(sys.argv[2]).read_text())), int(sys.argv[3]))
