"""Peers that behave badly, and a provider and a device beside them that must not notice."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import subprocess
import time
from pathlib import Path

import pytest

from gatehouse import TOPIC
from rawclient import HELLO_BEGUN, PAYLOAD, RawClient, enhanced, framed, provider, simple

SERVICES = ["gateway", "feedback", "courier"]
GARBAGE = bytes(range(255, -1, -1)) * 64
LONG = os.environ.get("GATEHOUSE_LONG_TESTS") == "1"
HALF_OPEN = 10_000 if LONG else 500
IN_A_ROW = 20_000 if LONG else 1_000


def assert_others_are_served(server, identifier: int = 4711) -> None:
    """Another provider's push reaches another device, while the bad peer is still there."""
    token = bytes.fromhex(server.token("demo-phone"))
    with provider(server) as other:
        other.send(enhanced(token, identifier=identifier))
        (notification,) = server.wait(topic=TOPIC, identifier=identifier, fate="delivered")
        assert notification["device"] == "demo-phone"


@pytest.mark.parametrize("service", SERVICES)
def test_a_peer_that_never_speaks(gatehouse, service):
    with contextlib.ExitStack() as peers:
        for _ in range(50):
            peers.enter_context(socket.create_connection(gatehouse.address(service), timeout=30))
        assert_others_are_served(gatehouse)


def test_a_peer_that_finishes_the_handshake_and_then_never_speaks(gatehouse):
    with contextlib.ExitStack() as peers:
        for _ in range(20):
            peers.enter_context(provider(gatehouse))
        assert_others_are_served(gatehouse)


@pytest.mark.parametrize("service", SERVICES)
def test_garbage_in_place_of_a_handshake(gatehouse, service):
    with socket.create_connection(gatehouse.address(service), timeout=30) as peer:
        peer.sendall(GARBAGE)
        read_until_gone(peer)
        assert_others_are_served(gatehouse)


def test_garbage_after_the_handshake_ends_without_a_byte(gatehouse):
    with provider(gatehouse) as peer:
        peer.send(GARBAGE)
        assert peer.read_to_end() == b""
        assert_others_are_served(gatehouse)


def test_a_courier_peer_that_does_not_begin_with_connect(gatehouse):
    with RawClient(gatehouse.address("courier"), gatehouse.ready, identity=None) as peer:
        peer.send(bytes.fromhex("0c00000000"))
        assert peer.read_to_end() == b""
        assert_others_are_served(gatehouse)


def test_a_courier_message_that_announces_four_gigabytes(gatehouse):
    with RawClient(gatehouse.address("courier"), gatehouse.ready, identity=None) as peer:
        peer.send(bytes.fromhex("07ffffffff"))
        assert peer.read_to_end() == b""
        assert_others_are_served(gatehouse)


def test_a_device_that_asks_and_never_reads_the_answers_is_not_listened_to(start_gatehouse):
    """Each probe is answered with as many bytes; a courier that went on would fill its memory with answers."""
    server = start_gatehouse("--courier-credentials", "accept")
    connect = courier_message(0x07, (2, b"\x01"), (5, bytes.fromhex("00000041")))
    probes = courier_message(0x0F, (2, bytes(60_000))) * 16
    most = 256 << 20
    with RawClient(server.address("courier"), server.ready, identity=None) as peer:
        peer.send(connect)
        peer.socket.settimeout(3)
        sent = 0
        with pytest.raises(TimeoutError):
            while sent < most:
                peer.send(probes)
                sent += len(probes)
        assert_others_are_served(server)


def connection_codes(server, service: str) -> list[str]:
    """How the connections that have ended did, the oldest first."""
    items = server.get("/v1/connections", service=service, limit=1000)["items"]
    return [item["end"]["code"] for item in items if "end" in item]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")
@pytest.mark.timeout(600)
def test_half_open_handshakes_cost_little_and_others_are_served(start_gatehouse):
    server = start_gatehouse("--handshake-limit", str(HALF_OPEN // 5))
    assert_others_are_served(server, 1)
    before = server.resident()
    with contextlib.ExitStack() as peers:
        for number in range(HALF_OPEN):
            peer = peers.enter_context(socket.create_connection(server.address(SERVICES[number % 3]), timeout=30))
            peer.send(HELLO_BEGUN)
        assert_others_are_served(server, 2)
        assert server.resident() - before < (32 << 20) + HALF_OPEN * (20 << 10)
    assert_others_are_served(server, 3)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")
@pytest.mark.timeout(600)
def test_connections_one_upon_the_other_leave_no_memory_behind(gatehouse):
    def row(count: int) -> None:
        for number in range(count):
            with socket.create_connection(gatehouse.address(SERVICES[number % 3]), timeout=30) as peer:
                peer.send(HELLO_BEGUN)

    row(IN_A_ROW)
    before = gatehouse.resident()
    row(IN_A_ROW)
    assert_others_are_served(gatehouse)
    # Until its maximum, the ledger keeps what it says of each.
    assert gatehouse.resident() - before < (16 << 20) + IN_A_ROW * (4 << 10)


def test_a_peer_that_drips_its_handshake_is_let_go(start_gatehouse):
    server = start_gatehouse("--handshake-timeout", "1s")
    for service in SERVICES:
        with socket.create_connection(server.address(service), timeout=30) as peer:
            assert drip_until_gone(peer, HELLO_BEGUN) == b""
        assert connection_codes(server, service)[-1] == "handshake-timeout"
    assert_others_are_served(server)


def drip_until_gone(peer: socket.socket, begun: bytes) -> bytes:
    peer.sendall(begun)
    peer.settimeout(0.1)
    deadline = time.monotonic() + 20
    while True:
        assert time.monotonic() < deadline, "still there"
        try:
            return peer.recv(4_096)
        except TimeoutError:
            with contextlib.suppress(ConnectionError):
                peer.send(b"\0")
        except ConnectionError:
            return b""


@pytest.mark.parametrize("service", ["gateway", "courier"])
def test_a_client_may_not_renegotiate(gatehouse, service):
    """With TLS 1.2 a client could have a handshake made again and again on one connection."""
    host, port = gatehouse.address(service)
    identity = gatehouse.identity()
    command = ["openssl", "s_client", "-connect", f"{host}:{port}", "-tls1_2", "-legacy_renegotiation", "-CAfile", gatehouse.ready["caFile"]]
    if service != "courier":
        command += ["-cert", identity["certFile"], "-key", identity["keyFile"]]
    done = subprocess.run(command, input=b"R\n", capture_output=True, timeout=60)
    talk = (done.stdout + done.stderr).decode(errors="replace")
    assert "RENEGOTIATING" in talk
    assert "no renegotiation" in talk or "unexpected message" in talk or done.returncode != 0, talk
    assert_others_are_served(gatehouse)


def test_a_provider_that_never_reads_its_error_is_let_go(gatehouse):
    """Every frame behind the refused one is read and counted until then."""
    bad = enhanced(b"\xee" * 32, identifier=7)
    with provider(gatehouse) as peer:
        peer.socket.settimeout(60)
        began = time.monotonic()
        with pytest.raises(OSError):
            while time.monotonic() < began + 60:
                peer.send(bad * 50)
        assert time.monotonic() - began < 50
    (code,) = connection_codes(gatehouse, "gateway")
    assert code == "error-packet"
    assert_others_are_served(gatehouse)


def test_many_devices_that_never_read_hold_little(start_gatehouse):
    """A device that asks and never reads is closed when that has lasted too long."""
    server = start_gatehouse("--courier-credentials", "accept", "--unfinished-timeout", "1s")
    probes = courier_message(0x0F, (2, bytes(60_000))) * 16
    with RawClient(server.address("courier"), server.ready, identity=None) as peer:
        peer.send(courier_message(0x07, (2, b"\x01"), (5, bytes.fromhex("00000041"))))
        peer.socket.settimeout(60)
        with pytest.raises(OSError):
            for _ in range(1_000):
                peer.send(probes)
    assert "unread-output" in connection_codes(server, "courier")
    assert_others_are_served(server)


def courier_message(command: int, *items: tuple[int, bytes]) -> bytes:
    body = b"".join(struct.pack(">BH", number, len(value)) + value for number, value in items)
    return struct.pack(">BI", command, len(body)) + body


@pytest.mark.seed("004-17")
@pytest.mark.parametrize("command", [0, 1, 2])
def test_a_frame_that_arrives_one_byte_at_a_time_is_one_notification(gatehouse, command):
    token = bytes.fromhex(gatehouse.token("demo-phone"))
    frame = {
        0: simple(token),
        1: enhanced(token, identifier=7),
        2: framed((3, b"\0\0\0\7"), (1, token), (5, b"\x0a"), (2, PAYLOAD)),
    }[command]
    with provider(gatehouse) as slow:
        for byte in frame:
            slow.send(bytes([byte]))
        (notification,) = gatehouse.wait(fate="delivered")
    assert notification["wire"]["command"] == command
    assert notification["wire"]["length"] == len(frame)
    assert gatehouse.counters()["received"] == 1


@pytest.mark.parametrize("sent", [1, 20, 44, 60])
def test_a_peer_that_disappears_in_the_middle_of_a_frame(gatehouse, sent):
    token = bytes.fromhex(gatehouse.token("demo-phone"))
    peer = provider(gatehouse)
    peer.send(enhanced(token, identifier=1)[:sent])
    peer.vanish()
    assert_others_are_served(gatehouse)
    assert gatehouse.counters()["received"] == 1


def test_what_stood_before_the_unfinished_frame_still_counts(gatehouse):
    token = bytes.fromhex(gatehouse.token("demo-phone"))
    with provider(gatehouse) as peer:
        peer.send(enhanced(token, identifier=1) + enhanced(token, identifier=2)[:30])
    gatehouse.wait(identifier=1, fate="delivered")
    assert gatehouse.counters()["received"] == 1


@pytest.mark.seed("004-11")
def test_a_simple_frame_with_an_unknown_token_ends_without_a_byte(gatehouse):
    with provider(gatehouse) as peer:
        peer.send(simple(b"\xee" * 32))
        assert peer.read_to_end() == b""


@pytest.mark.seed("004-12", "004-16")
def test_the_error_packet_comes_whole_before_the_close(gatehouse):
    with provider(gatehouse) as peer:
        # Many more frames behind the bad one, so that the server has unread input when it answers.
        peer.send(enhanced(b"\xee" * 32, b"x" * 2049, identifier=0xDEADBEEF) * 200)
        assert peer.read_error() == (7, 0xDEADBEEF)


@pytest.mark.seed("004-12")
def test_every_frame_behind_the_rejected_one_is_recorded(gatehouse):
    token = bytes.fromhex(gatehouse.token("demo-phone"))
    frames = [enhanced(token, identifier=number) for number in range(1000)]
    frames[500] = enhanced(b"\xee" * 32, identifier=500)
    with provider(gatehouse) as peer:
        peer.send(b"".join(frames))
        assert peer.read_error() == (8, 500)
        gatehouse.wait(count=499, verdict="discarded")
    discarded = gatehouse.notifications(verdict="discarded")
    assert [notification["wire"]["identifier"] for notification in discarded] == list(range(501, 1000))
    counters = gatehouse.counters()
    assert (counters["received"], counters["accepted"], counters["rejected"]) == (1000, 500, 1)


def read_until_gone(peer: socket.socket) -> bytes:
    """What a server says before it closes, however it closes."""
    received = b""
    with contextlib.suppress(ConnectionError):
        while part := peer.recv(16384):
            received += part
    return received
