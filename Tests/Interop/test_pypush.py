"""pypush 2.0.2 as the device: a courier client that nobody here wrote.

Each case is a process of its own with one connection and one topic, because pypush reads its backlog again and never
reconnects by itself. A push needs no exact moment: one that comes before the device has sent its filter is kept and then
delivered, so the cases wait for what the server says and for what the device says, and for nothing else.
"""

from __future__ import annotations

import datetime
import json
import select
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from gatehouse import TOPIC, environment
from pushjack_provider import pushjack_client

SECONDS = 60
SCRIPT = Path(__file__).with_name("pypush_device.py")


class Device:
    """One run of pypush_device.py."""

    def __init__(self, server, key_files: tuple[Path, Path], base_token: str | None = None, receive: bool = False):
        host, port = server.address("courier")
        key, certificate = key_files
        command = [sys.executable, str(SCRIPT), "--host", host, "--port", str(port), "--sandbox", "--topic", TOPIC]
        command += ["--key", str(key), "--certificate", str(certificate)]
        if base_token is not None:
            command += ["--base-token", base_token]
        if receive:
            command += ["--receive"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, bufsize=0, env=environment()
        )

    def __enter__(self) -> Device:
        return self

    def __exit__(self, *_) -> None:
        """The process is gone afterwards, and its connection with it."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def expect(self, event: str) -> dict:
        """Blocks for the next thing the device reports, which must be this."""
        readable, _, _ = select.select([self.process.stdout], [], [], SECONDS)
        assert readable, f"the device said nothing for {SECONDS} s; expected {event}"
        line = self.process.stdout.readline()
        assert line, f"the device ended with status {self.process.wait()}; expected {event}"
        said = json.loads(line)
        assert said["event"] == event
        return said

    def finish(self) -> None:
        assert self.process.wait(SECONDS) == 0


@pytest.fixture
def key_files(tmp_path) -> tuple[Path, Path]:
    """What a device has from its activation: a 1,024-bit RSA key and a certificate for it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A device from outside")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    key_file, certificate_file = tmp_path / "device.key", tmp_path / "device.pem"
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
    )
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return key_file, certificate_file


def push(server, token: str, text: str) -> None:
    client = pushjack_client(server)
    assert client.send(token, text).errors == []
    client.close()


def register_and_leave(server, key_files) -> tuple[str, str]:
    """A device that connects, mints the token of its app, and goes. Its base token and its app's token."""
    with Device(server, key_files) as device:
        base_token = device.expect("connected")["baseToken"]
        token = device.expect("minted")["token"]
        device.finish()
    return base_token, token


@pytest.mark.seed("004-29")
def test_it_connects_and_mints_a_token(gatehouse, key_files):
    base_token, token = register_and_leave(gatehouse, key_files)
    assert len(bytes.fromhex(base_token)) == 32
    assert len(bytes.fromhex(token)) == 32
    assert token != base_token


@pytest.mark.seed("004-22")
def test_it_receives_a_push_and_acknowledges_it(gatehouse, key_files):
    with Device(gatehouse, key_files, receive=True) as device:
        device.expect("connected")
        token = device.expect("minted")["token"]
        push(gatehouse, token, "To a device from outside")
        received = device.expect("received")
        device.finish()

    assert json.loads(received["payload"]) == {"aps": {"alert": "To a device from outside"}}
    assert received["priority"] == 10
    (notification,) = gatehouse.wait(token=token, fate="delivered")
    assert notification["topic"] == TOPIC


@pytest.mark.seed("004-22", "004-23")
def test_it_gets_the_stored_push_when_it_comes_back(gatehouse, key_files):
    base_token, token = register_and_leave(gatehouse, key_files)
    push(gatehouse, token, "While you were away")
    gatehouse.wait(token=token, fate="stored")

    with Device(gatehouse, key_files, base_token=base_token, receive=True) as device:
        assert device.expect("connected")["baseToken"] == base_token
        assert device.expect("minted")["token"] == token, "the same device and app have the same token again"
        received = device.expect("received")
        device.finish()

    assert json.loads(received["payload"])["aps"]["alert"] == "While you were away"
    assert int(received["storageFlags"], 16) & 1, "it is marked as from storage"
    gatehouse.wait(token=token, fate="delivered")


@pytest.mark.seed("004-26", "004-28")
def test_it_is_told_nothing_when_its_app_was_removed_elsewhere(gatehouse, key_files):
    """The provider learns of it by the feedback service; the device from outside hears of nobody's removals."""
    gatehouse.put_device("elsewhere", TOPIC, "com.example.other")
    other = gatehouse.token("elsewhere")
    with Device(gatehouse, key_files, receive=True) as device:
        device.expect("connected")
        token = device.expect("minted")["token"]
        gatehouse.delete(f"/v1/devices/elsewhere/apps/{TOPIC}")
        push(gatehouse, other, "To an app that is gone")
        gatehouse.wait(token=other, fate="undeliverable")
        push(gatehouse, token, "To the one that is there")
        received = device.expect("received")
        device.finish()

    assert json.loads(received["payload"])["aps"]["alert"] == "To the one that is there", "and nothing before it"
    gatehouse.wait(token=token, fate="delivered")
    gatehouse.delete("/v1/devices/elsewhere")


@pytest.mark.seed("004-20")
def test_of_three_sent_while_it_is_away_it_gets_the_last(gatehouse, key_files):
    base_token, token = register_and_leave(gatehouse, key_files)
    client = pushjack_client(gatehouse)
    for text in ("first", "second", "third"):
        assert client.send(token, text).errors == []
    gatehouse.wait(count=2, token=token, fate="coalesced")
    gatehouse.wait(token=token, fate="stored")

    with Device(gatehouse, key_files, base_token=base_token, receive=True) as device:
        device.expect("connected")
        device.expect("minted")
        received = device.expect("received")
        device.finish()

    assert json.loads(received["payload"])["aps"]["alert"] == "third"
    gatehouse.wait(token=token, fate="delivered")
    fates = [(notification["payload"]["aps"]["alert"], notification["fate"])
             for notification in gatehouse.notifications(token=token)]
    assert fates == [("first", "coalesced"), ("second", "coalesced"), ("third", "delivered")]
