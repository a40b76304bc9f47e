"""Fixtures: the binary, one directory of certificates for the whole run, and servers that are stopped properly."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import openapi
from gatehouse import SECOND_TOPIC, TOPIC, Gatehouse

# Whatever a test is about: an answer that is not as the document has it fails it.
openapi.watch()

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="session")
def binary() -> Path:
    path = Path(os.environ.get("GATEHOUSE_BINARY", ROOT / ".build" / "debug" / "gatehouse")).resolve()
    if not os.access(path, os.X_OK):
        pytest.exit(f"no gatehouse at {path}: run `swift build`, or set GATEHOUSE_BINARY", returncode=3)
    return path


@pytest.fixture(scope="session")
def certs(tmp_path_factory) -> Path:
    """Made once by the first server that starts, reused by all others."""
    return tmp_path_factory.mktemp("certs")


@pytest.fixture
def start_gatehouse(binary, certs, tmp_path):
    """Starts servers: `start_gatehouse("--seed", "7", config={...})`. Each must end well after the test."""
    servers = []

    def start(*arguments: str, config: dict | None = None, **variables: str) -> Gatehouse:
        directory = tmp_path / f"server-{len(servers) + 1}"
        directory.mkdir()
        server = Gatehouse(binary, directory, certs, *arguments, config=config, **variables)
        servers.append(server)
        server.read_ready()
        return server

    yield start

    failures = []
    for server in servers:
        try:
            server.stop()
        except AssertionError as failure:
            failures.append(failure)
        print(server.talk())
    if failures:
        raise failures[0]


@pytest.fixture
def gatehouse(start_gatehouse) -> Gatehouse:
    """A server as it comes: one connected device, `demo-phone`, with one app."""
    return start_gatehouse()


@pytest.fixture
def two_apps(start_gatehouse) -> Gatehouse:
    """A server with one connected device, `phone-1`, that has two apps: removing one leaves one more with push."""
    return start_gatehouse(
        config={
            "environment": "sandbox",
            "identities": [
                {"topic": TOPIC, "environment": "sandbox", "kind": "development"},
                {"topic": SECOND_TOPIC, "environment": "sandbox", "kind": "development"},
            ],
            "devices": [
                {
                    "name": "phone-1",
                    "environment": "sandbox",
                    "connected": True,
                    "apps": [{"topic": TOPIC}, {"topic": SECOND_TOPIC}],
                }
            ],
        }
    )
