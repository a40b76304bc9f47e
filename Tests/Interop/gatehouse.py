"""A running `gatehouse serve`, and what a test asks of it."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

TOPIC = "com.example.app"
SECOND_TOPIC = "com.example.other"

# A debug build on a busy machine that makes its keys first: generous, because nothing waits for it in vain.
SECONDS_TO_START = 60
SECONDS_TO_STOP = 5


def environment(**more: str) -> dict[str, str]:
    """This process's variables without any setting of Gatehouse that happens to be around."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GATEHOUSE_")}
    kept.update(more)
    return kept


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


class Refused(AssertionError):
    """The control API answered with a problem."""

    def __init__(self, method: str, path: str, status: int, problem: str):
        super().__init__(f"{method} {path} answered {status}: {problem}")
        self.status = status


class Gatehouse:
    """One server process: started without waiting, `ready` once `read_ready` returned."""

    def __init__(
        self, binary: Path, directory: Path, certs: Path, *arguments: str, config: dict | None = None,
        free_ports: bool = True, **variables: str,
    ):
        self.binary = binary
        # What the server was told to ask for is what a test shows it.
        self.admin_token = variables.get("GATEHOUSE_ADMIN_TOKEN")
        self.log = directory / "gatehouse.log"
        ports = ["--port", "0"] if free_ports else []
        command = [str(binary), "serve", *ports, "--ready", "json", "--certs", str(certs), *arguments]
        if config is not None:
            # Every JSON text is a YAML text.
            file = directory / "gatehouse.yaml"
            file.write_text(json.dumps(config, indent=2), encoding="utf-8")
            command += ["--config", str(file)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                bufsize=0,
                cwd=directory,
                env=environment(**variables),
            )
        self.ready: dict = {}
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    # Starting and stopping

    def read_ready(self, timeout: float = SECONDS_TO_START) -> dict:
        """Blocks until the ready record is there: one line, and nothing before it."""
        readable, _, _ = select.select([self.process.stdout], [], [], timeout)
        assert readable, f"not ready after {timeout} s\n{self.talk()}"
        line = self.process.stdout.readline()
        assert line.endswith(b"\n"), f"ended before it was ready, status {self.process.wait()}\n{self.talk()}"
        self.ready = json.loads(line)
        return self.ready

    def stop(self) -> None:
        """Asks it to end, and insists that it does: soon, with status 0, and without another word on stdout. Once is enough."""
        if self.process.stdout.closed:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"still running {SECONDS_TO_STOP} s after SIGTERM\n{self.talk()}") from None
        rest = self.process.stdout.read()
        self.process.stdout.close()
        assert status == 0, f"ended with status {status}\n{self.talk()}"
        assert rest == b"", f"more than the ready record on standard output: {rest!r}"

    def talk(self) -> str:
        """What it said on standard error."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    # What the ready record says

    @property
    def control(self) -> str:
        return self.ready["control"]

    def address(self, service: str, environment: str = "sandbox") -> tuple[str, int]:
        """Host and port of `gateway`, `feedback` or `courier`."""
        place = self.ready["environments"][environment][service]
        return place["host"], place["port"]

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

    # The control API

    def request(self, method: str, path: str, body=None, **query):
        """One request; the decoded answer, or `Refused`."""
        url = self.control + path
        query = {name: value for name, value in query.items() if value is not None}
        if query:
            url += "?" + urllib.parse.urlencode(query)
        data = None if body is None else json.dumps(body).encode()
        headers = {} if body is None else {"Content-Type": "application/json"}
        if self.admin_token:
            headers["Authorization"] = f"Bearer {self.admin_token}"
        message = urllib.request.Request(url, data=data, headers=headers, method=method)
        try:
            with self._opener.open(message, timeout=60) as answer:
                text = answer.read()
        except urllib.error.HTTPError as problem:
            raise Refused(method, path, problem.code, problem.read().decode(errors="replace")) from None
        return json.loads(text) if text else None

    def get(self, path: str, **query):
        return self.request("GET", path, **query)

    def post(self, path: str, body):
        return self.request("POST", path, body)

    def delete(self, path: str):
        return self.request("DELETE", path)

    def counters(self, topic: str | None = None) -> dict[str, int]:
        return self.get("/v1/info", topic=topic)["counters"]

    def notifications(self, **filters) -> list[dict]:
        """Every notification that matches, the oldest first, over as many pages as it takes."""
        items, cursor = [], None
        while True:
            page = self.get("/v1/notifications", order="asc", limit=1000, cursor=cursor, **filters)
            items += page["items"]
            cursor = page.get("nextCursor")
            if cursor is None:
                return items

    def wait(self, count: int = 1, timeout: float = 30, **match) -> list[dict]:
        """Blocks until `count` notifications match, in the server: nobody polls."""
        answer = self.post(
            "/v1/notifications/wait", {"match": match, "count": count, "timeoutMs": int(timeout * 1000)}
        )
        assert answer["satisfied"], f"waited {timeout} s for {count} × {match}, got {answer['items']}\n{self.talk()}"
        return answer["items"]

    def put_device(self, name: str, *topics: str, connected: bool = True, environment: str = "sandbox") -> dict:
        """A mock device with these apps; the answer names their tokens."""
        body = {
            "environment": environment,
            "connected": connected,
            "apps": [{"topic": topic} for topic in topics or (TOPIC,)],
        }
        return self.request("PUT", f"/v1/devices/{name}", body)

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
