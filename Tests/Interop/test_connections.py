"""One connection in full: the bytes that passed over it, its way step by step, and both of them carried elsewhere."""

from __future__ import annotations

import base64
import json
import re

import pytest

from gatehouse import TOPIC
from rawclient import RawClient, enhanced, provider

PAYLOAD = b'{"aps":{"alert":"Hi"}}'


def frames(server, count: int, first: int = 0) -> list[bytes]:
    token = bytes.fromhex(server.token("demo-phone"))
    return [enhanced(token, PAYLOAD, identifier=first + n) for n in range(count)]


def passed(answer: dict, direction: str) -> bytes:
    """The kept bytes of one direction. There must be no gap."""
    joined = b""
    for item in answer["items"]:
        if item["direction"] == direction:
            assert item["offset"] == len(joined)
            joined += base64.b64decode(item["base64"])
            assert item["length"] == len(joined) - item["offset"]
    return joined


def refused_third(server) -> tuple[str, list[bytes], bytes]:
    """Five frames, the third with a token that nobody has: the connection, what was sent and what was heard."""
    sent = frames(server, 5, first=1)
    sent[2] = enhanced(bytes(32), PAYLOAD, identifier=3)
    with provider(server) as client:
        client.send(b"".join(sent))
        heard = client.read_to_end()
    (rejected,) = server.wait(verdict="rejected")
    server.wait(2, verdict="discarded")
    return rejected["connectionId"], sent, heard


def test_the_bytes_of_both_directions_are_kept_with_their_times(gatehouse):
    connection, sent, heard = refused_third(gatehouse)
    answer = gatehouse.get(f"/v1/connections/{connection}/bytes")
    assert passed(answer, "in") == b"".join(sent)
    assert passed(answer, "out") == heard == b"\x08\x08\x00\x00\x00\x03"
    assert (answer["bytesIn"], answer["bytesOut"]) == (sum(map(len, sent)), 6)
    times = [item["at"] for item in answer["items"]]
    assert times == sorted(times)
    only = gatehouse.get(f"/v1/connections/{connection}/bytes", direction="out")["items"]
    assert [item["direction"] for item in only] == ["out"]


def test_the_timeline_leads_from_the_opening_to_the_end(gatehouse):
    connection, sent, _ = refused_third(gatehouse)
    steps = gatehouse.get(f"/v1/connections/{connection}/timeline")["items"]
    names = [step["event"] for step in steps]
    # One read brought all five frames: what became of the last three has one time.
    assert names[:4] == ["opened", "secured", "accepted", "rejected"]
    assert {"discarded", "replied", "ended"} <= set(names[4:])
    opened, secured, accepted, rejected = steps[:4]
    assert opened["sinceOpenMs"] == 0
    assert secured["sinceOpenMs"] >= 0 and TOPIC in secured["explanation"]
    assert (accepted["frames"], accepted["bytes"]) == (2, len(sent[0]) * 2)
    assert rejected["first"] == rejected["last"] and "invalid token" in rejected["explanation"].lower()
    by_name = {step["event"]: step for step in steps}
    assert by_name["discarded"]["frames"] == 2
    assert by_name["replied"]["explanation"] == "6 bytes were sent: 080800000003."
    assert (by_name["ended"]["by"], by_name["ended"]["code"]) == ("service", "error-packet")


def test_memory_is_bounded_and_what_is_missing_is_said(gatehouse):
    sent = frames(gatehouse, 4000)
    rest = sent[0][:30]
    with provider(gatehouse) as client:
        client.send(b"".join(sent) + rest)
        (last,) = gatehouse.wait(identifier=3999)
    connection = last["connectionId"]
    gatehouse.wait_until_closed(connection)
    answer = gatehouse.get(f"/v1/connections/{connection}/bytes")
    whole = b"".join(sent) + rest
    ends = 0
    for item in answer["items"]:
        data = base64.b64decode(item["base64"])
        assert item["offset"] >= ends and whole[item["offset"] : item["offset"] + len(data)] == data
        ends = item["offset"] + len(data)
    assert ends == len(whole), "what was left of a frame is kept as well"
    assert sum(item["length"] for item in answer["items"]) < 80_000
    text = gatehouse.text(f"/v1/connections/{connection}/bytes?format=text")
    assert re.search(r"^# \d+ bytes in are not kept$", text, re.MULTILINE)


def test_the_text_is_a_dump_that_capture_tools_read(gatehouse):
    connection, sent, heard = refused_third(gatehouse)
    text = gatehouse.text(f"/v1/connections/{connection}/bytes?format=text")
    found = {"I": b"", "O": b""}
    direction, expected = "", 0
    for line in text.splitlines():
        if match := re.fullmatch(r"([IO]) \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line):
            direction, expected = match[1], 0
        elif not line.startswith("#"):
            offset, digits = re.fullmatch(r"([0-9a-f]{6})  ((?:[0-9a-f]{2} )*[0-9a-f]{2}) +.*", line[:55] + " ").groups()
            assert int(offset, 16) == expected
            found[direction] += bytes.fromhex(digits)
            expected += len(bytes.fromhex(digits))
    assert found == {"I": b"".join(sent), "O": heard}


def test_a_handshake_that_failed_has_a_timeline_too(gatehouse):
    with pytest.raises(OSError):
        RawClient(gatehouse.address("gateway"), gatehouse.ready, None).read_to_end()
    failed = gatehouse.get("/v1/connections", order="desc")["items"][0]
    steps = gatehouse.get(f"/v1/connections/{failed['id']}/timeline")["items"]
    assert [step["event"] for step in steps][:2] == ["opened", "handshake-failed"]
    assert steps[1]["code"] and steps[1]["hint"]


def test_a_device_s_connection_and_a_feedback_read_are_traced(gatehouse):
    gatehouse.post("/v1/feedback", {"topic": TOPIC, "token": "ab" * 32})
    with RawClient(gatehouse.address("feedback"), gatehouse.ready, gatehouse.identity()) as client:
        tuples = client.read_to_end()
    assert len(tuples) == 38
    (read,) = gatehouse.get("/v1/connections", service="feedback")["items"]
    assert passed(gatehouse.get(f"/v1/connections/{read['id']}/bytes"), "out") == tuples
    steps = gatehouse.get(f"/v1/connections/{read['id']}/timeline")["items"]
    assert "The feedback list was sent: 1 tuple." in [step["explanation"] for step in steps]

    device = gatehouse.get("/v1/connections", service="courier")["items"][0]
    first = gatehouse.get(f"/v1/connections/{device['id']}/bytes")["items"][0]
    assert base64.b64decode(first["base64"])[0] == 7, "a Connect message"


@pytest.mark.parametrize("path", ["bytes", "timeline"])
def test_a_connection_that_never_was_is_not_found(gatehouse, path):
    for name, status in (("c-9999", 404), ("nonsense", 404)):
        with pytest.raises(Exception) as refused:
            gatehouse.get(f"/v1/connections/{name}/{path}")
        assert refused.value.status == status


def test_show_tells_a_connection_s_way_and_its_bytes(gatehouse):
    connection, sent, _ = refused_third(gatehouse)
    shown = gatehouse.command("show", connection)
    assert shown.returncode == 0, shown.stderr
    assert re.search(r"^service +gateway$", shown.stdout, re.MULTILINE)
    assert re.search(r"^  \+\d+ ms +rejected ", shown.stdout, re.MULTILINE)
    assert "000000  01 00 00 00 01" in shown.stdout
    dump = gatehouse.command("show", connection, "--as", "hex").stdout
    assert dump.strip() in shown.stdout
    whole = json.loads(gatehouse.command("show", connection, "--json").stdout)
    assert whole["connection"]["id"] == connection
    assert base64.b64decode(whole["bytes"][0]["base64"]).startswith(sent[0])
    assert whole["timeline"][0]["event"] == "opened"
    refused = gatehouse.command("show", connection, "--as", "push")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "copied as hex or curl" in refused.stderr
