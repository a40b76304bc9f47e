"""A running `gatehouse serve`, and what a test asks of it: the server of the pytest plugin, with what only its own tests need."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import urllib.parse
import urllib.request
from pathlib import Path

from pytest_gatehouse.errors import Refused
from pytest_gatehouse.server import SECONDS_TO_STOP, StartedServer, environment

__all__ = ["SECOND_TOPIC", "TOPIC", "Gatehouse", "Refused", "bare_environment", "environment", "is_open", "run"]

TOPIC = "com.example.app"
SECOND_TOPIC = "com.example.other"
# The build is one with a sanitizer in it, which makes everything slower and looks for leaks at the end.
SANITIZER = os.environ.get("GATEHOUSE_TEST_SANITIZER")


def bare_environment(home: Path) -> dict[str, str]:
    """The variables of somebody who has set nothing, and whose home is this."""
    sanitizers = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
    return {"PATH": os.environ["PATH"], "HOME": str(home), "XDG_RUNTIME_DIR": str(home), **sanitizers}


def is_open(address: tuple[str, int]) -> bool:
    """Whether a port accepts connections."""
    try:
        socket.create_connection(address, timeout=10).close()
    except (ConnectionRefusedError, ConnectionResetError):
        # Reset: the listener closed while this connection still waited to be accepted.
        return False
    return True


def run(binary: Path, *arguments: str, timeout: float = 60, cwd: Path | None = None, **variables: str):
    """One command of gatehouse, run to its end."""
    return subprocess.run(
        [str(binary), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        cwd=cwd,
        env=environment(**variables),
    )


class Gatehouse(StartedServer):
    """One server process: started without waiting, `ready` once `read_ready` returned."""

    seconds_to_stop = SECONDS_TO_STOP * (12 if SANITIZER else 1)

    # What the ready record says

    def ports(self) -> list[tuple[str, int]]:
        """Every address in the record, the control API's included."""
        control = urllib.parse.urlsplit(self.control)
        places = [(control.hostname, control.port)]
        for services in self.ready["environments"].values():
            places += [(place["host"], place["port"]) for place in services.values()]
        return places

    def identity(self, topic: str = TOPIC, environment: str = "sandbox") -> dict:
        """The provider identity for a topic: `certFile`, `keyFile`, `pemFile`, `p12File`, `p12Password`."""
        for identity in self.ready["identities"]:
            if identity["topic"] == topic and identity["environment"] == environment:
                return identity
        raise AssertionError(f"no identity for {topic} in {environment}: {self.ready['identities']}")

    def resident(self) -> int:
        """Bytes of memory it has; Linux only."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) << 10
        raise AssertionError("no memory")

    # The control API

    def text(self, path: str) -> str:
        """What a path answers that is no JSON."""
        with self._opener.open(self.control + path, timeout=60) as answer:
            return answer.read().decode()

    def wait_until_closed(self, connection: str) -> dict:
        """Reads the stream of events from its beginning until this connection has ended."""
        request = urllib.request.Request(f"{self.control}/v1/events?types=connection&format=ndjson&lastEventId=0")
        with self._opener.open(request, timeout=60) as answer:
            for line in answer:
                event = json.loads(line)
                data = event.get("data") or {}
                if data.get("id") == connection and event["event"] in ("connection.closed", "connection.failed"):
                    return data
        raise AssertionError(f"the events ended before {connection} did")

    def put_device(self, name: str, *topics: str, connected: bool = True, environment: str = "sandbox") -> dict:
        """A mock device with these apps, or with the usual one; the answer names their tokens."""
        return super().put_device(name, *topics or (TOPIC,), connected=connected, environment=environment)

    def token(self, device: str, topic: str = TOPIC) -> str:
        """The token, in hexadecimal, by which a provider addresses an app on a device."""
        for app in self.get(f"/v1/devices/{device}")["apps"]:
            if app["topic"] == topic:
                return app["token"]
        raise AssertionError(f"{device} has no app {topic}")

    # The command line, against this server

    def command(self, *arguments: str, timeout: float = 60):
        """A client command that is told where this server is."""
        name, *rest = arguments
        return run(self.binary, name, "--control", self.control, *rest, timeout=timeout, cwd=self.log.parent)
