"""A Gatehouse server, and what a test asks of it over HTTP."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from .errors import GatehouseError, NotSatisfied, Refused

Json = Dict[str, Any]

#: A debug build on a busy machine that makes its keys first: generous, because nothing waits for it in vain.
SECONDS_TO_START = 60
SECONDS_TO_STOP = 5
SECONDS_TO_ANSWER = 60


def environment(**more: str) -> Dict[str, str]:
    """This process's variables without any setting of Gatehouse that happens to be around."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GATEHOUSE_")}
    kept.update(more)
    return kept


class Server:
    """A running server, known by its ready record."""

    def __init__(self, ready: Json, admin_token: Optional[str] = None) -> None:
        self.ready = ready
        #: What a server that asks for a token is shown.
        self.admin_token = admin_token
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    @classmethod
    def at(cls, url: str) -> "Server":
        """The server whose control API is at `url`, such as `http://127.0.0.1:8195`, shown GATEHOUSE_ADMIN_TOKEN if there is one."""
        server = cls({"control": url.rstrip("/")}, os.environ.get("GATEHOUSE_ADMIN_TOKEN"))
        server.ready = server.get("/v1/info")
        return server

    def talk(self) -> str:
        """What it said on standard error; empty for a server that somebody else started."""
        return ""

    # What the ready record says

    @property
    def control(self) -> str:
        """The URL of the control API."""
        return str(self.ready["control"])

    @property
    def ca_file(self) -> str:
        """The certificate that a provider has to trust."""
        return str(self.ready["caFile"])

    def address(self, service: str, environment: str = "sandbox") -> Tuple[str, int]:
        """Host and port of `gateway`, `feedback` or `courier`."""
        services = self.ready["environments"].get(environment)
        if services is None:
            served = ", ".join(self.ready["environments"])
            raise GatehouseError(f"the Gatehouse at {self.control} serves {served}, and not {environment}")
        return services[service]["host"], services[service]["port"]

    def copy_authority(self, directory: Path) -> None:
        """Copies the authority and its key, so that identities can be issued that leave nothing behind with the server."""
        source = Path(self.ca_file).parent
        try:
            for name in ("ca.pem", "ca-key.pem"):
                shutil.copy(source / name, directory / name)
        except OSError as problem:
            raise GatehouseError(
                f"no identities for the Gatehouse at {self.control}, which has to run on this machine: {problem}"
            ) from None

    # The control API

    def request(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """One request; the decoded answer, or `Refused`."""
        return self._exchange(method, path, body, query, SECONDS_TO_ANSWER)

    def _exchange(self, method: str, path: str, body: Any, query: Mapping[str, Any], seconds: float) -> Any:
        url = self.control + path
        asked = {name: value for name, value in query.items() if value is not None}
        if asked:
            url += "?" + urllib.parse.urlencode(asked)
        data = None if body is None else json.dumps(body).encode()
        headers = {} if body is None else {"Content-Type": "application/json"}
        if self.admin_token:
            headers["Authorization"] = f"Bearer {self.admin_token}"
        message = urllib.request.Request(url, data=data, headers=headers, method=method)
        try:
            with self._opener.open(message, timeout=seconds) as answer:
                text = answer.read()
        except urllib.error.HTTPError as problem:
            raise Refused(method, path, problem.code, problem.read().decode(errors="replace")) from None
        except OSError as problem:
            # urllib wraps what happens while it connects, and nothing that happens later.
            reason = getattr(problem, "reason", problem)
            raise GatehouseError(f"no Gatehouse answers at {self.control}: {reason}") from None
        return json.loads(text) if text else None

    def get(self, path: str, **query: Any) -> Any:
        return self.request("GET", path, **query)

    def post(self, path: str, body: Any) -> Any:
        return self.request("POST", path, body)

    def put(self, path: str, body: Any) -> Any:
        return self.request("PUT", path, body)

    def delete(self, path: str, **query: Any) -> Any:
        return self.request("DELETE", path, **query)

    def counters(self, topic: Optional[str] = None) -> Dict[str, int]:
        """How many notifications met which verdict and fate."""
        counters: Dict[str, int] = self.get("/v1/info", topic=topic)["counters"]
        return counters

    def notifications(self, **filters: Any) -> List[Json]:
        """Every notification that matches, the oldest first, over as many pages as it takes."""
        items: List[Json] = []
        cursor = None
        while True:
            page = self.get("/v1/notifications", order="asc", limit=1000, cursor=cursor, **filters)
            items += page["items"]
            cursor = page.get("nextCursor")
            if cursor is None:
                return items

    def wait(self, count: int = 1, timeout: float = 30, **match: Any) -> List[Json]:
        """Blocks until `count` notifications match, in the server: nobody polls. `count` 0: none may come."""
        __tracebackhide__ = True
        question = {"match": match, "count": count, "timeoutMs": int(timeout * 1000)}
        answer = self._exchange("POST", "/v1/notifications/wait", question, {}, timeout + SECONDS_TO_ANSWER)
        items: List[Json] = answer["items"]
        if not answer["satisfied"]:
            found = f"waited {timeout} s for {count} × {match}; there are {len(items)}"
            raise NotSatisfied(found, items, answer.get("nearMisses", []))
        return items

    def verify(self, count: int = 1, **match: Any) -> None:
        """Makes sure that exactly `count` notifications match now; `NotSatisfied` names those that came closest."""
        __tracebackhide__ = True
        answer = self.post("/v1/notifications/verify", {"match": match, "count": count})
        if not answer["satisfied"]:
            found = f"expected {answer['expected']} × {match}; there are {answer['matched']}"
            raise NotSatisfied(found, [], answer.get("nearMisses", []))

    def put_device(
        self, name: str, *topics: str, connected: bool = True, environment: str = "sandbox"
    ) -> Json:
        """A mock device with these apps; the answer names their tokens."""
        body = {
            "environment": environment,
            "connected": connected,
            "apps": [{"topic": topic} for topic in topics],
        }
        device: Json = self.put(f"/v1/devices/{urllib.parse.quote(name, safe='')}", body)
        return device


class StartedServer(Server):
    """One server process of ours: started without waiting, `ready` once `read_ready` returned."""

    seconds_to_stop = SECONDS_TO_STOP

    def __init__(
        self,
        binary: Path,
        directory: Path,
        certs: Path,
        *arguments: str,
        config: Optional[Mapping[str, Any]] = None,
        free_ports: bool = True,
        **variables: str,
    ) -> None:
        # What the server is told to ask for is what it is shown.
        super().__init__({}, variables.get("GATEHOUSE_ADMIN_TOKEN"))
        self.binary = binary
        self.log = directory / "gatehouse.log"
        ports = ["--port", "0"] if free_ports else []
        command: List[str] = [str(binary), "serve", *ports, "--ready", "json", "--certs", str(certs), *arguments]
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

    def read_ready(self, timeout: float = SECONDS_TO_START) -> Json:
        """Blocks until the ready record is there: one line, and nothing before it."""
        assert self.process.stdout is not None
        readable, _, _ = select.select([self.process.stdout], [], [], timeout)
        if not readable:
            raise GatehouseError(f"not ready after {timeout} s\n{self.talk()}")
        line = self.process.stdout.readline()
        if not line.endswith(b"\n"):
            raise GatehouseError(f"ended before it was ready, status {self.process.wait()}\n{self.talk()}")
        self.ready = json.loads(line)
        return self.ready

    def kill(self) -> None:
        """Ends it at once, whatever it is at."""
        assert self.process.stdout is not None
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def stop(self) -> None:
        """Asks it to end, and insists that it does: soon, with status 0, and without another word on stdout. Once is enough."""
        assert self.process.stdout is not None
        if self.process.stdout.closed:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(self.seconds_to_stop)
        except subprocess.TimeoutExpired:
            self.kill()
            raise GatehouseError(f"still running {self.seconds_to_stop} s after SIGTERM\n{self.talk()}") from None
        rest = self.process.stdout.read()
        self.process.stdout.close()
        if status != 0:
            raise GatehouseError(f"ended with status {status}\n{self.talk()}")
        if rest:
            raise GatehouseError(f"more than the ready record on standard output: {rest!r}")

    def talk(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")


def issue_identity(binary: Path, certs: Path, topic: str, environment_name: str) -> Json:
    """Issues a provider identity with the command line: the same authority, the same directory."""
    command: Sequence[str] = [
        str(binary), "certs", "issue", "--topic", topic, "--environment", environment_name, "--certs", str(certs),
        "--json",
    ]
    result = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, env=environment()
    )
    if result.returncode != 0:
        raise GatehouseError(f"no identity for {topic}: {result.stderr.strip()}")
    identity: Json = json.loads(result.stdout)
    return identity
