"""The fixtures."""

from __future__ import annotations

import os
import shutil
import uuid
from pathlib import Path
from typing import Any, Callable, Generator, Iterator, List, Optional

import pytest

from .app import PushApp
from .controls import Clock, Faults, Feedback
from .server import Server, StartedServer, issue_identity


#: How many of the server's last lines stand below a test that failed.
LINES_OF_LOG = 40

_SERVER = pytest.StashKey[Server]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("gatehouse_options", "options of gatehouse serve, as in a shell", type="args", default=[])


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    """Puts what the server said below a test that used it and failed."""
    outcome = yield
    report = outcome.get_result()
    server = item.config.stash.get(_SERVER, None)
    if report.failed and server is not None and "gatehouse_server" in getattr(item, "fixturenames", ()):
        lines = server.talk().splitlines()[-LINES_OF_LOG:]
        if lines:
            report.sections.append(("gatehouse", "\n".join(lines)))


@pytest.fixture(scope="session")
def gatehouse_binary() -> Path:
    """The program: `GATEHOUSE_BINARY`, or `gatehouse` in the PATH."""
    named = os.environ.get("GATEHOUSE_BINARY")
    found = shutil.which(named or "gatehouse")
    if found is None:
        what = f"GATEHOUSE_BINARY is {named}, which is no program" if named else "there is no gatehouse in the PATH"
        pytest.fail(f"{what}: put gatehouse into the PATH, or have GATEHOUSE_BINARY name it", pytrace=False)
    return Path(found).resolve()


@pytest.fixture(scope="session")
def gatehouse_certs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of certificates that goes with the run."""
    return tmp_path_factory.mktemp("gatehouse-certs")


@pytest.fixture(scope="session")
def gatehouse_server(
    request: pytest.FixtureRequest, gatehouse_certs: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """The server of this run: the one at GATEHOUSE_CONTROL_URL, or one that is started here on free ports."""
    stash = request.config.stash
    url = os.environ.get("GATEHOUSE_CONTROL_URL")
    if url:
        stash[_SERVER] = Server.at(url)
        yield stash[_SERVER]
        return
    server = StartedServer(
        # Asked for only here: a server that runs already needs no program.
        request.getfixturevalue("gatehouse_binary"),
        tmp_path_factory.mktemp("gatehouse"),
        gatehouse_certs,
        "--environment",
        "both",
        *request.config.getini("gatehouse_options"),
        config={"devices": [], "identities": []},
    )
    stash[_SERVER] = server
    try:
        server.read_ready()
    except BaseException:
        # Why it did not start matters, not how it ended.
        server.kill()
        raise
    yield server
    server.stop()


@pytest.fixture(scope="session")
def _authority(gatehouse_server: Server, gatehouse_certs: Path) -> Path:
    """The server's authority, in a directory where identities of this run may be left."""
    if not (gatehouse_certs / "ca.pem").exists():
        gatehouse_server.copy_authority(gatehouse_certs)
    return gatehouse_certs


@pytest.fixture
def make_push_app(
    gatehouse_server: Server, gatehouse_binary: Path, _authority: Path
) -> Iterator[Callable[..., PushApp]]:
    """Makes apps: `make_push_app(connected=False, environment="production", topic=...)`."""
    apps: List[PushApp] = []

    def make(
        topic: Optional[str] = None, *, environment: str = "sandbox", connected: bool = True
    ) -> PushApp:
        name = uuid.uuid4().hex[:12]
        topic = topic or f"com.example.test-{name}"
        identity = issue_identity(gatehouse_binary, _authority, topic, environment)
        device = f"phone-{name}"
        installed = gatehouse_server.put_device(device, topic, connected=connected, environment=environment)
        token = next(app["token"] for app in installed["apps"] if app["topic"] == topic)
        app = PushApp(gatehouse_server, topic, environment, device, token, identity)
        apps.append(app)
        return app

    yield make

    for app in apps:
        # The phone has no other app, so it goes with its topic.
        gatehouse_server.post("/v1/reset", {"topic": app.topic})


@pytest.fixture
def push_app(make_push_app: Callable[..., PushApp]) -> PushApp:
    """This test's app, on a phone of its own that is connected."""
    return make_push_app()


@pytest.fixture
def gatehouse_faults(push_app: PushApp) -> Faults:
    """Fault rules for this test's app."""
    return Faults(push_app)


@pytest.fixture
def gatehouse_feedback(push_app: PushApp) -> Feedback:
    """The feedback list of this test's app."""
    return Feedback(push_app)


@pytest.fixture
def gatehouse_clock(gatehouse_server: Server) -> Iterator[Clock]:
    """The server's clock. After the test it runs, or stands, as before: from where it is then."""
    clock = Clock(gatehouse_server)
    mode = gatehouse_server.get("/v1/clock")["mode"]
    yield clock
    if mode == "real":
        clock.run()
    else:
        clock.freeze()
