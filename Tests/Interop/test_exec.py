"""`gatehouse exec -- COMMAND`: what the command finds, how it ends, and what is left behind."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from gatehouse import TOPIC, environment, run

OWN_FAILURE, NOT_EXECUTABLE, NOT_FOUND = 125, 126, 127

# What design and help promise, and nothing else.
VARIABLES = {
    "GATEHOUSE_READY", "GATEHOUSE_CONTROL_URL", "GATEHOUSE_GATEWAY_HOST", "GATEHOUSE_GATEWAY_PORT",
    "GATEHOUSE_FEEDBACK_PORT", "GATEHOUSE_COURIER_PORT", "GATEHOUSE_CA_FILE", "GATEHOUSE_CERT_FILE",
    "GATEHOUSE_KEY_FILE", "GATEHOUSE_PEM_FILE", "GATEHOUSE_P12_FILE", "GATEHOUSE_TOPIC", "GATEHOUSE_TOKEN",
}

TELL_VARIABLES = (
    "import json, os; print(json.dumps({k: v for k, v in os.environ.items() if k.startswith('GATEHOUSE_')}))"
)


@pytest.fixture
def execute(binary, certs, tmp_path):
    """Runs `gatehouse exec --certs … [options] -- command` to its end."""

    def execute(*command: str, options: tuple[str, ...] = (), timeout: float = 60, **variables: str):
        return run(
            binary, "exec", "--certs", str(certs), *options, "--", *command,
            timeout=timeout, cwd=tmp_path, **variables,
        )

    return execute


@pytest.fixture
def start_exec(binary, certs, tmp_path):
    """Starts `gatehouse exec` and leaves it running; whatever the test leaves of it is killed."""
    started = []

    def start(*command: str, **options):
        process = subprocess.Popen(
            [str(binary), "exec", "--certs", str(certs), "--", *command],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            cwd=tmp_path, env=environment(), start_new_session=True, **options,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        with suppress(ProcessLookupError):
            process.kill()
        process.communicate()


def is_gone(pid: int, within: float = 5) -> bool:
    """Whether a process has ended; one that waits for somebody to take its status has."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([process], [], [], within)[0])
    finally:
        os.close(process)


# Feature 12: starts on free ports, exports variables and paths, runs the command, returns its status


def test_feature_12_exec_tells_its_command_where_everything_is(execute):
    result = execute(sys.executable, "-c", TELL_VARIABLES)
    assert result.returncode == 0, result.stderr
    told = json.loads(result.stdout)
    assert told.keys() == VARIABLES
    ready = json.loads(told["GATEHOUSE_READY"])
    services = ready["environments"]["sandbox"]
    assert told["GATEHOUSE_CONTROL_URL"] == ready["control"]
    assert told["GATEHOUSE_GATEWAY_HOST"] == services["gateway"]["host"]
    for name in ("gateway", "feedback", "courier"):
        assert told[f"GATEHOUSE_{name.upper()}_PORT"] == str(services[name]["port"])
    identity = ready["identities"][0]
    assert told["GATEHOUSE_TOPIC"] == identity["topic"] == TOPIC
    assert told["GATEHOUSE_TOKEN"] == ready["devices"][0]["apps"][0]["token"]
    for name, key in [("CERT", "certFile"), ("KEY", "keyFile"), ("PEM", "pemFile"), ("P12", "p12File")]:
        assert told[f"GATEHOUSE_{name}_FILE"] == identity[key]
        assert os.path.isfile(identity[key])
    assert told["GATEHOUSE_CA_FILE"] == ready["caFile"]
    assert not {2195, 2196, 5223, 8195} & {services[name]["port"] for name in services}, "not on free ports"


def test_feature_12_exec_leaves_what_another_exec_around_it_has_set_to_that_one(execute, tmp_path):
    config = tmp_path / "no-devices.yml"
    config.write_text("devices: []\nidentities: []\n", encoding="utf-8")
    result = execute(
        sys.executable, "-c", TELL_VARIABLES, options=("--config", str(config)),
        GATEHOUSE_TOKEN="of another", GATEHOUSE_READY='{"service":"gatehouse"}',
    )
    assert result.returncode == 0, result.stderr
    told = json.loads(result.stdout)
    assert "GATEHOUSE_TOKEN" not in told and "GATEHOUSE_TOPIC" not in told
    assert json.loads(told["GATEHOUSE_READY"])["devices"] == []
    assert "none of Gatehouse's" not in result.stderr


def test_feature_12_exec_takes_the_ports_it_is_given(execute):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
    result = execute("sh", "-c", "echo $GATEHOUSE_GATEWAY_PORT", options=("--gateway", f"127.0.0.1:{port}"))
    assert (result.returncode, result.stdout) == (0, f"{port}\n"), result.stderr


@pytest.mark.parametrize("status", [0, 1, 3, 42, 255])
def test_feature_12_exec_ends_with_the_status_of_its_command(execute, status):
    assert execute("sh", "-c", f"exit {status}").returncode == status


def test_feature_12_exec_ends_with_128_and_the_signal_that_ended_its_command(execute):
    assert execute("sh", "-c", "kill -KILL $$").returncode == 128 + signal.SIGKILL


def test_feature_12_exec_has_a_status_for_a_command_that_cannot_be_run(execute, tmp_path):
    missing = execute("no-such-command-anywhere")
    assert missing.returncode == NOT_FOUND
    assert "no-such-command-anywhere" in missing.stderr
    (tmp_path / "a-text").write_text("no program", encoding="utf-8")
    locked = execute(str(tmp_path / "a-text"))
    assert locked.returncode == NOT_EXECUTABLE
    assert "a-text" in locked.stderr


@pytest.mark.parametrize(
    "options",
    [("--environment", "moon"), ("--no-such-option",), ("--ready", "json"), ("--certs", "/dev/null/certs")],
    ids=["bad value", "unknown option", "standard output is taken", "cannot start"],
)
def test_feature_12_exec_has_a_status_for_its_own_failures(execute, options):
    result = execute("sh", "-c", "echo it ran", options=options)
    assert result.returncode == OWN_FAILURE, result.stderr
    assert result.stdout == ""
    assert result.stderr.strip()


def test_feature_12_exec_without_a_command(binary):
    result = run(binary, "exec")
    assert result.returncode == OWN_FAILURE
    assert "gatehouse exec -- pytest" in result.stderr


def test_feature_12_exec_names_who_has_the_port(execute):
    with socket.create_server(("127.0.0.1", 0)) as occupant:
        port = occupant.getsockname()[1]
        result = execute("true", options=("--gateway", f"127.0.0.1:{port}"))
    assert result.returncode == OWN_FAILURE
    assert str(port) in result.stderr and f"process {os.getpid()}" in result.stderr


# Feature 12: the captured pushes, if it failed


@pytest.mark.parametrize("status", [0, 7])
def test_feature_12_exec_prints_the_captured_pushes_only_if_its_command_failed(execute, binary, status):
    push = f"{binary} push --topic $GATEHOUSE_TOPIC --token $GATEHOUSE_TOKEN --alert Hi --identifier 77 >/dev/null"
    result = execute("sh", "-c", f"{push}; {binary} wait --fate delivered >/dev/null; exit {status}")
    assert result.returncode == status, result.stderr
    assert result.stdout == ""
    if status == 0:
        assert "captured" not in result.stderr
    else:
        assert "1 push was captured" in result.stderr
        (row,) = [line for line in result.stderr.splitlines() if line.startswith("n-")]
        assert "delivered" in row and TOPIC in row and "77" in row


def test_feature_12_exec_says_so_if_nothing_was_captured(execute):
    result = execute("false")
    assert "status 1. No push was captured." in result.stderr
    assert "--seed repeats it" in result.stderr


# Feature 12: standard streams and descriptors are the command's


def test_feature_12_exec_gives_its_command_the_standard_streams(binary, certs, tmp_path):
    result = subprocess.run(
        [str(binary), "exec", "--certs", str(certs), "--", "sh", "-c", "cat; echo talk >&2"],
        input="data\n", capture_output=True, text=True, timeout=60, cwd=tmp_path, env=environment(),
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "data\n", "talk\n")


def test_feature_12_exec_passes_on_what_it_was_given_and_nothing_of_its_own(binary, certs, tmp_path):
    ours, theirs = os.pipe()
    tell = "import os, json; print(json.dumps([[n, os.readlink(f'/proc/self/fd/{n}')] for n in os.listdir('/proc/self/fd')" \
        " if os.path.exists(f'/proc/self/fd/{n}')]))"
    try:
        result = subprocess.run(
            [str(binary), "exec", "--certs", str(certs), "--", sys.executable, "-c", tell],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, cwd=tmp_path,
            env=environment(), pass_fds=[theirs],
        )
    finally:
        os.close(ours)
        os.close(theirs)
    assert result.returncode == 0, result.stderr
    descriptors = dict(json.loads(result.stdout))
    assert str(theirs) in descriptors
    assert not [target for target in descriptors.values() if "socket" in target or "eventpoll" in target]


# Feature 12: forwards Ctrl-C once, never leaves an orphan

COUNT_SIGNALS = """
import signal, sys
wanted = [signal.SIG{name}]
signal.pthread_sigmask(signal.SIG_BLOCK, wanted)
print("ready", flush=True)
count = 0
while signal.sigtimedwait(wanted, 0.2 if count else 20):
    count += 1
print(count, flush=True)
sys.exit(9)
"""


@pytest.mark.parametrize("name", ["INT", "TERM"])
def test_feature_12_exec_passes_a_signal_on_once(start_exec, name):
    process = start_exec(sys.executable, "-c", COUNT_SIGNALS.replace("{name}", name))
    assert process.stdout.readline() == "ready\n"
    # As npm does it: the same wish, delivered twice.
    process.send_signal(getattr(signal, f"SIG{name}"))
    process.send_signal(getattr(signal, f"SIG{name}"))
    rest, _ = process.communicate(timeout=30)
    assert (rest, process.returncode) == ("1\n", 9)


def test_feature_12_exec_kills_a_command_that_does_not_listen_when_told_again(start_exec):
    process = start_exec("sh", "-c", "trap '' TERM; echo $$; while :; do sleep 1; done")
    pid = int(process.stdout.readline())
    process.send_signal(signal.SIGTERM)
    time.sleep(0.4)  # The one thing here that is about time itself: what comes later is impatience.
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGKILL
    assert is_gone(pid)


@pytest.mark.parametrize("trap", ["", "trap '' TERM; "], ids=["it listens", "it does not listen"])
def test_feature_12_exec_leaves_no_orphan(start_exec, trap):
    process = start_exec("sh", "-c", f"({trap}echo ready; while :; do sleep 1; done) & echo $!; exit 3")
    first, second = process.stdout.readline(), process.stdout.readline()
    pid = int(first if first.strip().isdigit() else second)
    process.communicate(timeout=30)
    assert process.returncode == 3
    assert is_gone(pid)


def test_feature_12_exec_lets_what_its_command_started_end_by_itself(execute):
    result = execute("sh", "-c", "(sleep 0.1; echo last words) & exit 0")
    assert (result.returncode, result.stdout) == (0, "last words\n")


@pytest.mark.skipif(sys.platform != "linux", reason="looks at how Linux tells of the terminal")
def test_feature_12_exec_at_a_terminal_has_ctrl_c_reach_the_command_once(binary, certs, tmp_path):
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(tmp_path)
        command = [str(binary), "exec", "--certs", str(certs), "--", sys.executable, "-c",
                   COUNT_SIGNALS.replace("{name}", "INT")]
        os.execve(str(binary), command, environment())
    told = b""
    try:
        while b"ready" not in told:
            told += os.read(terminal, 4096)
        os.write(terminal, b"\x03")
        with suppress(OSError):
            while chunk := os.read(terminal, 4096):
                told += chunk
    finally:
        os.close(terminal)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 9, told
    assert re.search(rb"(\n|\^C)1\r\n", told), told
    assert b"Starting" in told, "no progress on a terminal"


def test_feature_12_exec_at_a_terminal_lets_the_command_read(binary, certs, tmp_path):
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(tmp_path)
        os.execve(
            str(binary),
            [str(binary), "exec", "--certs", str(certs), "--", "sh", "-c", "read line; echo got $line"],
            environment(),
        )
    os.write(terminal, b"something\n")
    told = b""
    with suppress(OSError):
        while chunk := os.read(terminal, 4096):
            told += chunk
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0, told
    assert b"got something" in told, told
