"""Feature 25: the API is described, and is as it is described."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from openapi_spec_validator import validate

import browser
import openapi
from gatehouse import TOPIC, environment

# Of each run of schemathesis.
SECONDS_OF_FUZZING = 60


def test_feature_25_the_document_is_a_valid_one():
    validate(openapi.document())
    assert openapi.document()["openapi"].startswith("3.1")


def test_feature_25_the_server_hands_the_document_out(gatehouse):
    with urllib.request.urlopen(f"{gatehouse.control}/openapi.json", timeout=30) as answer:
        assert answer.headers["Content-Type"] == "application/json"
        assert json.loads(answer.read()) == openapi.document()
    assert openapi.document()["info"]["version"] == gatehouse.get("/v1/info")["version"]


@pytest.mark.parametrize(
    ("method", "path", "status", "kind", "body"),
    [
        ("GET", "/v1/clock", 200, "application/json", {"mode": "real"}),
        ("GET", "/v1/clock", 200, "application/json", {"mode": "real", "now": "yesterday"}),
        ("GET", "/v1/clock", 200, "application/json", {"mode": "real", "now": "2014-05-01T00:00:00.000Z", "more": 1}),
        ("GET", "/v1/clock", 200, "text/plain", {"mode": "real", "now": "2014-05-01T00:00:00.000Z"}),
        ("GET", "/v1/clock", 500, "application/problem+json", {}),
        ("GET", "/v1/nothing", 200, "application/json", {}),
        ("GET", "/v1/devices/x", 404, "application/problem+json", {"title": "no", "status": 404}),
        ("GET", "/v1/nothing", 404, "application/problem+json", {"title": "no"}),
        ("DELETE", "/v1/devices/x", 204, "application/json", {}),
    ],
)
def test_feature_25_an_answer_that_is_not_as_described_is_noticed(method, path, status, kind, body):
    with pytest.raises(openapi.Nonconformity):
        openapi.check(method, path, status, kind, json.dumps(body).encode())


def events(server, last: str) -> set[str]:
    """The names of all events that are kept, up to one of this name; each is as described."""
    names = set()
    with urllib.request.urlopen(f"{server.control}/v1/events?format=ndjson&lastEventId=0", timeout=30) as stream:
        for line in stream:
            event = json.loads(line)
            openapi.check_schema("EventLine", event)
            names.add(event["event"])
            if event["event"] == last:
                return names
    raise AssertionError(f"the stream ended before {last}: {names}")


def test_feature_25_what_events_bring_is_as_described(gatehouse):
    token = gatehouse.token("demo-phone")
    gatehouse.put_device("phone-25", "com.example.described")
    gatehouse.post("/v1/faults", {"id": "f-25", "stage": "frame", "action": {"type": "answer", "status": 8}})
    assert gatehouse.command("push", "--topic", TOPIC, "--token", token, "--alert", "Hi").returncode == 1
    gatehouse.delete("/v1/faults/f-25")
    assert gatehouse.command("push", "--topic", TOPIC, "--token", token, "--alert", "Hi").returncode == 0
    gatehouse.post("/v1/feedback", {"topic": TOPIC, "token": "ab" * 32})
    assert gatehouse.command("feedback").returncode == 0
    gatehouse.post("/v1/feedback", {"topic": TOPIC, "token": "ab" * 32})
    gatehouse.delete("/v1/feedback")
    gatehouse.delete("/v1/devices/phone-25")
    gatehouse.request("PUT", "/v1/clock", {"mode": "manual"})
    assert events(gatehouse, last="clock") >= {
        "hello", "notification", "fate", "connection.opened", "connection.ready", "connection.closed", "device.connected",
        "device.registered", "device.removed", "fault.added", "fault.fired", "fault.removed", "feedback.listed",
        "feedback.read", "feedback.cleared",
    }
    gatehouse.post("/v1/reset", {})
    assert "reset" in events(gatehouse, last="reset")


def test_feature_25_every_example_of_the_document_works(gatehouse):
    tried = 0
    for method, path, operation in openapi.operations():
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            if "example" not in content:
                continue
            gatehouse.post("/v1/reset", {"what": ["devices", "faults", "clock"]})
            gatehouse.request("PUT", "/v1/faults/example", {"stage": "frame", "action": {"type": "lose"}})
            if path.startswith("/v1/fleets/{name}"):
                gatehouse.post("/v1/fleets", {"name": "example", "count": 3, "apps": [{"topic": TOPIC}]})
                path = path.replace("{name}", "example")
            target = path.replace("{name}", "demo-phone").replace("{topic}", TOPIC).replace("{id}", "example")
            example = content["example"]
            if path == "/v1/notifications/wait":
                example = {**example, "timeoutMs": 0}
            gatehouse.request(method, target, example)
            tried += 1
    assert tried > 10


# Calls that nobody thought of: schemathesis, within its time, beginning with the same ones each time


@pytest.mark.parametrize(
    ("phases", "left_out"),
    [
        ("examples,fuzzing", ["events"]),
        # Of documents as large as a whole state it makes so many that Python has no room left for them.
        ("coverage", ["events", "importState"]),
    ],
)
def test_feature_25_no_call_gets_an_answer_that_is_not_described(gatehouse, tmp_path, phases, left_out):
    # A stream goes on for ever; what it brings is checked above.
    exclusions = [word for name in left_out for word in ("--exclude-operation-id", name)]
    # One worker: what it draws with is not made for two threads, which end in errors of its own.
    command = [
        Path(sys.executable).parent / "schemathesis", "--config-file", Path(__file__).parent / "schemathesis.toml",
        "run", openapi.FILE, "--url", gatehouse.control, *exclusions, "--phases", phases, "--seed", "25",
        "--max-examples", "10", "--max-time", str(SECONDS_OF_FUZZING), "--request-timeout", "60", "--no-shrink",
        "--suppress-health-check", "all", "--continue-on-failure", "--workers", "1",
        "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
    ]
    ran = subprocess.run(
        command, capture_output=True, text=True, timeout=SECONDS_OF_FUZZING + 90, cwd=tmp_path,
        env=environment(SCHEMATHESIS_HOOKS="schemathesis_hooks", PYTHONPATH=str(Path(__file__).parent), NO_COLOR="1"),
    )
    print(ran.stdout)
    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
    # It still serves, and nothing of what was asked for has confused it.
    gatehouse.delete("/v1/faults")
    gatehouse.post("/v1/reset", {"what": ["notifications", "faults", "feedback", "devices", "clock"]})
    assert gatehouse.get("/readyz") == {"status": "ready"}


# The viewer


@pytest.mark.skipif(browser.programs() is None, reason="no chromium and chromedriver here")
def test_feature_25_the_viewer_lists_and_calls_every_operation(gatehouse, tmp_path):
    chromium = browser.Browser(tmp_path)
    try:
        chromium.driver.get(f"{gatehouse.control}/docs")
        page = chromium.page(gatehouse.control)
        page.wait_for("document.querySelectorAll('main > section').length > 0")
        shown = page.run("[...document.querySelectorAll('main > section')].map(({ id }) => id)")
        schemas = [f"schema-{name}" for name in openapi.document()["components"]["schemas"]]
        assert shown == [operation["operationId"] for _, _, operation in openapi.operations()] + schemas
        page.click("Call", within="#getDevice")
        page.type("#getDevice input[name=name]", "demo-phone")
        page.click("Call", within="#getDevice")
        page.wait_for_text('"name": "demo-phone"', within="#getDevice .answer")
        page.click("Call", within="#postFault")
        page.wait_for_text("201", within="#postFault .answer-status")
        assert gatehouse.get("/v1/faults")["total"] == 1
        assert page.complaints() == []
    finally:
        chromium.quit()


# The page of the documentation


def test_feature_25_the_reference_has_every_route():
    text = (openapi.FILE.parent.parent.parent / "Gatehouse" / "Gatehouse.docc" / "HTTPAPI.md").read_text(encoding="utf-8")
    listed = set()
    for paths, methods in re.findall(r"^\| ((?:`/[^`]*`(?:, )?)+) \| ([A-Z, ]+) \|", text, re.MULTILINE):
        for path in re.findall(r"`([^`]*)`", paths):
            listed |= {(method, path) for method in methods.split(", ")}
    assert listed == {(method, path) for method, path, _ in openapi.operations()}


def test_feature_25_the_reference_has_every_code_of_a_problem():
    text = (openapi.FILE.parent.parent.parent / "Gatehouse" / "Gatehouse.docc" / "HTTPAPI.md").read_text(encoding="utf-8")
    table = text[text.index("| status | code | when |"):].split("\n\n")[0]
    codes = set(re.findall(r"`([a-z-]+)`", "".join(line.split("|")[2] for line in table.splitlines())))
    assert codes == set(openapi.document()["components"]["schemas"]["ProblemCode"]["enum"])
