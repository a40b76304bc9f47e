"""The build, the processes under test, and what the kernel says of them."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import resource
import select
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent
SCRATCH = FOLDER / ".build-bench"
TOPIC = "com.example.app"
TICKS = os.sysconf("SC_CLK_TCK")


CORES = sorted(os.sched_getaffinity(0))


@contextlib.contextmanager
def on_core(core: int) -> Iterator[None]:
    """What is started here stays on this core."""
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, CORES)


@contextlib.contextmanager
def first_on(core: int) -> Iterator[None]:
    """What is started here stays on this core, and goes before everything else there, where the kernel allows it: what
    other programs of the machine do is not measured then."""
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    try:
        with on_core(core):
            yield
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


class BenchError(Exception):
    """Something that was to be measured did not work."""


def say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


def say_progress(text: str) -> None:
    """For who watches: nothing in a pipe."""
    if sys.stderr.isatty():
        say(text)


class Process:
    """A server that prints one line of JSON when it is ready."""

    def __init__(self, command: list, environment: dict | None = None):
        self.log = tempfile.TemporaryFile()
        variables = {name: value for name, value in os.environ.items() if not name.startswith("GATEHOUSE_")}
        self.process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.log,
            bufsize=0,
            env=variables | (environment or {}),
        )
        readable, _, _ = select.select([self.process.stdout], [], [], 300)
        line = self.process.stdout.readline() if readable else b""
        if not line.endswith(b"\n"):
            self.stop()
            self.log.seek(0)
            raise BenchError(f"{command[0]} did not start: {self.log.read().decode(errors='replace')}")
        self.ready = json.loads(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()

    def cpu_seconds(self) -> float:
        """User and system time so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def resident_bytes(self) -> int:
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise BenchError("the process is gone")


class Gatehouse(Process):
    """`gatehouse serve` on free ports."""

    def __init__(self, bench: Bench, *arguments: str, config: dict | None = None, certs: Path | None = None):
        command = [bench.gatehouse, "serve", "--port", "0", "--ready", "json", "--certs", certs or bench.certs]
        if config is not None:
            file = bench.folder / "gatehouse.yaml"
            file.write_text(json.dumps(config), encoding="utf-8")  # Every JSON text is a YAML text.
            command += ["--config", file]
        super().__init__([*command, *arguments])

    def port(self, service: str) -> int:
        return self.ready["environments"]["sandbox"][service]["port"]

    def counters(self) -> dict:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self.ready["control"] + "/v1/info", timeout=30) as answer:
            return json.load(answer)["counters"]


class Bench:
    def __init__(self, quick: bool):
        self.quick = quick
        self.folder = Path(tempfile.mkdtemp(prefix="gatehouse-bench-"))
        self.release = SCRATCH / "release"
        self.gatehouse = self.release / "gatehouse"
        self.tools = SCRATCH / "load"
        self.certs = SCRATCH / "certs"
        self.open_files = self._raise_open_files()

    def __del__(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    @staticmethod
    def _raise_open_files() -> int:
        """Children inherit the limit."""
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        return hard

    def build(self) -> None:
        say_progress("building; the first time takes several minutes")
        self.tools.mkdir(parents=True, exist_ok=True)
        source = FOLDER / "load"
        compile_c = ["cc", "-O2", "-Wall", "-Wextra", "-pthread"]
        client = [source / f"{name}.c" for name in ("main", "tls", "frames", "device", "ingest", "handshakes", "delivery")]
        for command in (
            [*compile_c, "-o", self.tools / "load", *client, "-lssl", "-lcrypto"],
            [*compile_c, "-o", self.tools / "sink", source / "sink.c", source / "tls.c", "-lssl", "-lcrypto"],
            [*compile_c, "-shared", "-fPIC", "-o", self.tools / "count-allocations.so", source / "count-allocations.c"],
            # Linked as `tools/package` links what is handed out.
            ["swift", "build", "-c", "release", "--static-swift-stdlib", "--package-path", FOLDER, "--scratch-path", SCRATCH],
        ):
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if done.returncode != 0:
                sys.exit(f"{done.stdout}\nbench: the build failed: {' '.join(map(str, command))}")

    def identity(self, topic: str = TOPIC) -> dict:
        """Certificate and key of a provider, made when there is none yet."""
        done = subprocess.run(
            [self.gatehouse, "certs", "issue", "--certs", self.certs, "--topic", topic, "--json"],
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise BenchError(done.stderr)
        return json.loads(done.stdout)

    def nio_sink(self, service: str = "provider") -> Process:
        certificate, key, authority = self._server_files(service)
        version = "12" if service == "provider" else "13"
        return Process([self.release / "BenchSink", certificate, key, authority or "-", version])

    def c_sink(self, service: str = "provider") -> Process:
        certificate, key, authority = self._server_files(service)
        options = ["--certificate", certificate, "--key", key, "--version", "12" if service == "provider" else "13"]
        if authority:
            options += ["--authority", authority]
        return Process([self.tools / "sink", *options])

    def _server_files(self, service: str):
        self.identity()
        authority = self.certs / "ca.pem" if service == "provider" else None
        return self.certs / f"server-{service}.pem", self.certs / f"server-{service}-key.pem", authority

    def load(self, *arguments) -> dict:
        """One run of the load generator."""
        done = subprocess.run([str(self.tools / "load"), *map(str, arguments)], capture_output=True, text=True)
        if done.returncode != 0:
            raise BenchError(f"load {arguments[0]}: {done.stderr.strip()}")
        return json.loads(done.stdout.splitlines()[-1])

    def tokens(self, count: int) -> tuple[Path, list[str]]:
        """As many tokens, in a file for the load generator and in hexadecimal for a configuration."""
        tokens = [hashlib.sha256(f"token {number}".encode()).digest() for number in range(count)]
        file = self.folder / f"tokens-{count}"
        file.write_bytes(b"".join(tokens))
        return file, [token.hex() for token in tokens]
