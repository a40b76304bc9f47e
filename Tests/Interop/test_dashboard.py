"""The dashboard, in a real browser."""

from __future__ import annotations

import json
import re
import struct
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from gatehouse import SECOND_TOPIC, TOPIC
from rawclient import enhanced, framed, provider

pytest.importorskip("selenium", reason="selenium is not installed")

from browser import SECONDS, Browser, Page, Wire, programs  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.support.ui import WebDriverWait  # noqa: E402

pytestmark = pytest.mark.skipif(programs() is None, reason="no chromium and chromedriver here")

FILES = Path(__file__).resolve().parent.parent.parent / "Sources" / "CDashboard" / "Files"
# Files that are not served under their own names.
PAGES = {"index.html": "/", "docs.html": "/docs", "openapi.json": "/openapi.json"}
UNKNOWN = bytes(32)
FRAMES = "document.querySelectorAll('.virtual tr[data-row]').length"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    browser = Browser(tmp_path_factory.mktemp("chromium"))
    yield browser
    browser.quit()


@pytest.fixture
def page(browser, gatehouse):
    page = browser.open(gatehouse.control)
    yield page
    assert page.complaints() == []


def payload(text: str, **more) -> bytes:
    return json.dumps({"aps": {"alert": text, **more}}, separators=(",", ":")).encode()


def items(token: bytes, data: bytes, identifier: int = 1) -> bytes:
    """Command 2 with every item."""
    return framed(
        (1, token), (2, data), (3, struct.pack(">I", identifier)), (4, struct.pack(">I", 0x7FFFFFFF)), (5, b"\x0a")
    )


def demo_token(server) -> bytes:
    return bytes.fromhex(server.token("demo-phone"))


def send(server, *frames: bytes) -> None:
    with provider(server) as client:
        for frame in frames:
            client.send(frame)


def row(text: str) -> str:
    """An expression: the row of the stream that has this text."""
    return f"[...document.querySelectorAll('.virtual tr[data-row]')].find((row) => row.innerText.includes({json.dumps(text)}))"


# Files


def test_every_file_is_served_and_named_once(gatehouse):
    """What the sources have is what the binary has, and every module that is imported is there."""
    for file in FILES.iterdir():
        path = PAGES.get(file.name, f"/dashboard/{file.name}")
        with urllib.request.urlopen(gatehouse.control + path) as answer:
            assert answer.read() == file.read_bytes(), path
        for name in re.findall(r'from "\./([^"]+)"|import "\./([^"]+)"', file.read_text(encoding="utf-8")):
            assert (FILES / (name[0] or name[1])).exists(), f"{file.name} imports {name}"


def test_the_page_asks_for_nothing_from_elsewhere(gatehouse):
    for file in FILES.iterdir():
        for url in re.findall(r"(?:https?:)?//[a-z][\w.-]+\.[a-z]{2,}", file.read_text(encoding="utf-8")):
            assert url == "http://www.w3.org", f"{file.name} names {url}"


def test_the_page_comes_with_a_strict_policy_and_is_asked_for_again_cheaply(gatehouse):
    with urllib.request.urlopen(f"{gatehouse.control}/") as answer:
        headers = answer.headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy
    assert "require-trusted-types-for 'script'" in policy and "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-cache"
    again = urllib.request.Request(f"{gatehouse.control}/", headers={"If-None-Match": headers["ETag"]})
    with pytest.raises(urllib.error.HTTPError) as unchanged:
        urllib.request.urlopen(again)
    assert unchanged.value.code == 304


@pytest.mark.parametrize("path", ["/", "/dashboard/app.js", "/v1/events", "/v1/notifications"])
@pytest.mark.parametrize("header", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}])
def test_a_foreign_host_or_origin_gets_nothing(gatehouse, path, header):
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(urllib.request.Request(gatehouse.control + path, headers=header))
    assert refused.value.code == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_file_can_only_be_read(gatehouse, method):
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(urllib.request.Request(f"{gatehouse.control}/", method=method))
    assert refused.value.code == 405
    assert refused.value.headers["Allow"] == "GET, HEAD"


# Live


def test_feature_16_a_push_is_visible_within_200_ms_of_its_acceptance(page, gatehouse):
    """Measured in the page, against the server's own time of receipt: both are this machine's clock."""
    page.driver.execute_script(
        """
        window.seen = {};
        new MutationObserver(() => {
            for (const row of document.querySelectorAll(".virtual tr[data-row]")) window.seen[row.dataset.row] ??= Date.now();
        }).observe(document.querySelector(".stream"), { childList: true, subtree: true });
        """
    )
    token = demo_token(gatehouse)
    delays = []
    with provider(gatehouse) as client:
        for number in range(10):
            client.send(enhanced(token, payload(f"Push {number}"), identifier=number))
            (notification,) = gatehouse.wait(identifier=number)
            seen = page.wait_for("window.seen[arguments[0]]", notification["id"])
            received = time_of(notification["receivedAt"])
            delays.append(seen - received)
    print("milliseconds from acceptance to the page:", delays)
    assert sorted(delays)[len(delays) // 2] < 200, delays


def time_of(text: str) -> float:
    """Milliseconds since 1970."""
    import datetime

    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000


@pytest.mark.timeout(300)
def test_feature_16_nothing_is_missing_or_double_after_the_stream_was_cut_for_10_s_under_load(browser, gatehouse):
    address = urllib.parse.urlsplit(gatehouse.control)
    wire = Wire((address.hostname, address.port))
    try:
        page = browser.open(wire.url)
        token = demo_token(gatehouse)
        sent = 0
        with provider(gatehouse) as client:

            def load(count: int) -> None:
                nonlocal sent
                client.send(b"".join(enhanced(token, payload(f"Push {sent + n}"), identifier=sent + n) for n in range(count)))
                sent += count

            load(100)
            page.wait_for_text("Push 99", ".virtual")
            wire.cut()
            mended_at = time.monotonic() + 10
            page.wait_for("document.getElementById('live').dataset.state === 'reconnecting'")
            while time.monotonic() < mended_at:
                load(10)
                # Silence of the one that is not sent yet: a pace, kept by the server.
                gatehouse.wait(count=0, timeout=0.05, identifier=sent)
            assert "Push 100\n" not in page.text()
            wire.mend()
            load(25)
            page.wait_for("document.getElementById('live').dataset.state === 'live'")
            load(25)
        page.wait_for_text(f"Push {sent - 1}", ".virtual")
        gatehouse.wait(count=0, timeout=0.3, fate="inFlight")
        wanted = [notification["id"] for notification in reversed(gatehouse.notifications())]
        page.wait_for("document.querySelector('.virtual table').getAttribute('aria-rowcount') === arguments[0]", str(len(wanted) + 1))
        assert page.row_ids() == wanted
        assert len(wanted) == sent
        print(f"{sent} pushes, {sent - 150} of them while the wire was cut")
    finally:
        wire.close()


def test_a_page_that_is_left_frees_its_connection(browser, gatehouse):
    """A browser keeps the pages that were left, and opens six connections to a server: a page that kept its stream of events
    would have the seventh wait for a minute."""
    began = time.monotonic()
    for number in range(9):
        browser.open(gatehouse.control, f"/stream/n-{number}")
    page = Page(browser.driver, gatehouse.control)
    browser.driver.back()
    browser.driver.back()
    page.wait_for("document.getElementById('live')?.dataset.state === 'live'")
    send(gatehouse, enhanced(demo_token(gatehouse), payload("Seen again")))
    page.wait_for_text("Seen again", ".virtual")
    assert time.monotonic() - began < 30


def test_a_restart_of_the_server_is_noticed(browser, start_gatehouse):
    """Another server at the same address: what the page knew is replaced, not mixed."""
    first = start_gatehouse()
    send(first, enhanced(demo_token(first), payload("Before")))
    first.wait(fate="delivered")
    address = urllib.parse.urlsplit(first.control)
    page = browser.open(first.control)
    page.wait_for_text("Before", ".virtual")
    first.stop()
    page.wait_for("document.getElementById('live').dataset.state === 'reconnecting'")
    second = start_gatehouse("--control", f"{address.hostname}:{address.port}")
    page.wait_for("document.getElementById('live').dataset.state === 'live'")
    send(second, enhanced(demo_token(second), payload("After")))
    page.wait_for_text("After", ".virtual")
    page.wait_for("!document.body.innerText.includes('Before')")


# Stream


def test_a_lost_tail_stands_under_the_frame_that_caused_it(page, gatehouse):
    token = demo_token(gatehouse)
    send(
        gatehouse,
        items(token, payload("good"), 1) + items(UNKNOWN, payload("bad"), 2) + items(token, payload("lost 1"), 3)
        + items(token, payload("lost 2"), 4),
    )
    page.wait_for_text("2 frames lost", ".virtual")
    texts = page.run("[...document.querySelectorAll('.virtual tr[data-row]')].map((row) => row.innerText)")
    order = [next(n for n, text in enumerate(texts) if word in text) for word in ("bad", "2 frames lost", "lost 1", "lost 2", "good")]
    assert order == sorted(order), texts
    # Every outcome is a word, not only a colour.
    assert "rejected 8 invalid token" in texts[order[0]] and "discarded" in texts[order[2]]
    page.press("j", "e")
    page.wait_for("!document.querySelector('.virtual').innerText.includes('lost 1')")
    page.press("e")
    page.wait_for_text("lost 1", ".virtual")


@pytest.mark.timeout(300)
def test_feature_16_5000_rows_scroll_smoothly(browser, gatehouse):
    token = demo_token(gatehouse)
    with provider(gatehouse) as client:
        for start in range(0, 5000, 250):
            client.send(b"".join(items(token, payload(f"Push {n}"), n) for n in range(start, start + 250)))
        gatehouse.wait(identifier=4999)
    page = browser.open(gatehouse.control)
    page.wait_for_text("Push 4999", ".virtual")
    # Scrolling to the end fetches what is older, page by page.
    page.wait_for(
        """(() => { const list = document.querySelector(".virtual"); list.scrollTop = list.scrollHeight;
            return list.querySelector("table").getAttribute("aria-rowcount") === "5001"; })()"""
    )
    page.wait_for_text("Push 0", ".virtual")
    assert page.run(FRAMES) < 120, "only what is visible exists"
    # The page's own work for one picture, in processor time: what other work the machine has, and how it paints without a
    # graphics card, is not the page's.
    page.driver.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
    before = work(page)
    pictures = page.driver.execute_script(
        """
        const list = document.querySelector(".virtual");
        let pictures = 0;
        for (let place = 0; pictures < 400; place += 120, pictures += 1) {
            list.scrollTop = place;
            list.dispatchEvent(new Event("scroll"));
            list.getBoundingClientRect();
        }
        return pictures;
        """
    )
    each = (work(page) - before) * 1000 / pictures
    page.driver.execute_cdp_cmd("Performance.disable", {})
    print(f"{each:.1f} ms of work for each of {pictures} pictures, at 7,200 pixels a second")
    assert each < 33, "30 pictures a second, however busy the machine is"
    assert page.complaints() == []


def work(page) -> float:
    """Seconds of processor time that the page has taken."""
    metrics = page.driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
    return next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")


def test_new_rows_do_not_move_what_is_being_read(page, gatehouse):
    token = demo_token(gatehouse)
    send(gatehouse, *(items(token, payload(f"Old {n}"), n) for n in range(100)))
    gatehouse.wait(identifier=99)
    page.wait_for_text("Old 99", ".virtual")
    page.driver.execute_script("document.querySelector('.virtual').scrollTop = 1000")
    page.wait_for(f"Boolean({row('Old 60')})")
    before = page.run(f"{row('Old 60')}.getBoundingClientRect().top")
    send(gatehouse, *(items(token, payload(f"New {n}"), 200 + n) for n in range(7)))
    page.wait_for("document.querySelector('.pill').innerText === '7 new'")
    assert page.run(f"{row('Old 60')}.getBoundingClientRect().top") == pytest.approx(before, abs=1)
    page.click("7 new")
    page.wait_for_text("New 6", ".virtual")
    page.wait_for("document.querySelector('.pill').hidden")


def test_pause_holds_the_stream_still_and_loses_nothing(page, gatehouse):
    token = demo_token(gatehouse)
    send(gatehouse, items(token, payload("First"), 1))
    page.wait_for_text("First", ".virtual")
    page.press(" ")
    page.wait_for("document.getElementById('live').dataset.state === 'paused'")
    send(gatehouse, items(token, payload("Second"), 2))
    page.wait_for("document.querySelector('.pill').innerText.startsWith('1 new')")
    assert "Second" not in page.run("document.querySelector('.virtual').innerText")
    page.press(" ")
    page.wait_for_text("Second", ".virtual")


def test_clearing_one_topic_can_be_undone_and_leaves_the_others_alone(browser, two_apps):
    for topic, text in ((TOPIC, "Mine"), (SECOND_TOPIC, "Theirs")):
        with provider(two_apps, topic) as client:
            client.send(enhanced(bytes.fromhex(two_apps.token("phone-1", topic)), payload(text)))
        two_apps.wait(topic=topic, fate="delivered")
    page = browser.open(two_apps.control, f"/stream?topic={TOPIC}")
    page.wait_for_text("Mine", ".virtual")
    assert "Theirs" not in page.run("document.querySelector('.virtual').innerText")
    page.click("Clear")
    page.wait_for("!document.querySelector('.virtual').innerText.includes('Mine')")
    page.click("Undo")
    page.wait_for_text("Mine", ".virtual")
    assert two_apps.counters()["received"] == 2
    page.click("Clear")
    page.click("Now")
    page.wait_for("!document.querySelector('.virtual').innerText.includes('Mine')")
    page.wait_for("document.querySelector('#notices').innerText === ''")
    assert [notification["topic"] for notification in two_apps.notifications()] == [SECOND_TOPIC]
    assert page.complaints() == []


def test_an_empty_stream_shows_the_way_to_the_first_push_and_why_it_fails(browser, gatehouse):
    import socket

    page = browser.open(gatehouse.control)
    page.wait_for_text("Waiting for the first push")
    assert page.run("document.querySelectorAll('.checklist li.done').length") == 1
    with socket.create_connection(gatehouse.address("gateway")) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
        page.wait_for_text("plain HTTP", ".checklist")
    assert page.run("document.querySelector('.checklist li.failed strong').innerText") == "Handshake"
    send(gatehouse, enhanced(demo_token(gatehouse), payload("There")))
    page.wait_for_text("There", ".virtual")


# Detail


@pytest.mark.parametrize("command", [0, 1, 2])
def test_every_field_of_a_frame_is_named_and_tied_to_its_bytes(browser, gatehouse, command):
    from rawclient import simple

    token = demo_token(gatehouse)
    data = payload("Hi")
    frame = {0: simple(token, data), 1: enhanced(token, data, 7), 2: items(token, data, 7)}[command]
    send(gatehouse, frame)
    (notification,) = gatehouse.wait(fate="delivered")
    page = browser.open(gatehouse.control, f"/stream/{notification['id']}/frame")
    page.wait_for("document.querySelectorAll('.fields li').length > 0")
    bytes_shown = page.run("[...document.querySelectorAll('.hex-bytes > span')].map((cell) => cell.innerText).join('')")
    assert bytes_shown == frame.hex()
    assert page.run("[...document.querySelectorAll('.hex-bytes > span')].every((cell) => cell.dataset.field !== undefined)")
    fields = page.run("[...document.querySelectorAll('.fields li')].map((field) => [field.querySelector('.field-name').innerText, field.querySelector('.field-value').innerText])")
    assert ["Device token", token.hex()] in fields
    assert ["Payload", data.decode()] in fields
    if command > 0:
        assert ["Identifier", "7 (0x00000007)"] in fields
    # From the field to its bytes, by keyboard; from a byte to its field, by pointer.
    place = next(n for n, (name, _) in enumerate(fields) if name == "Device token")
    page.driver.execute_script("document.querySelectorAll('.fields li')[arguments[0]].focus()", place)
    assert page.run("document.querySelectorAll('.hex-bytes .lit').length") == 32
    page.driver.execute_script(
        "document.activeElement.blur(); document.querySelector('.hex-bytes > span').dispatchEvent(new MouseEvent('mouseover', {bubbles: true}))"
    )
    assert page.run("document.querySelector('.fields .lit .field-name').innerText") == "Command"
    assert page.complaints() == []


def test_what_is_wrong_with_a_frame_is_said(browser, gatehouse):
    send(gatehouse, framed((1, bytes(31)), (2, b"{}")))
    (notification,) = gatehouse.wait(verdict="rejected")
    page = browser.open(gatehouse.control, f"/stream/{notification['id']}/frame")
    page.wait_for_text("Device token has 32 bytes, and this one 31", ".defects")


def test_a_payload_keeps_its_order_and_its_oddities_are_marked(browser, gatehouse):
    text = '{"z":1e3,"aps":{"sond":"x","alert":"first","alert":"second"},"a":[]}'
    send(gatehouse, enhanced(demo_token(gatehouse), text.encode()))
    (notification,) = gatehouse.wait(fate="delivered")
    page = browser.open(gatehouse.control, f"/stream/{notification['id']}/payload")
    page.wait_for_text("“alert” stands there twice", ".defects")
    page.wait_for_text("“sond” is no key of “aps”", ".defects")
    shown = page.run("document.querySelector('.json').innerText")
    assert re.sub(r"\s", "", shown) == text
    send(gatehouse, enhanced(demo_token(gatehouse), b'{"aps":{"alert":"\xff"}}', 2))
    (broken,) = gatehouse.wait(identifier=2)
    page.go(f"/stream/{broken['id']}/payload")
    page.wait_for_text("It is not UTF-8 from byte 17 on", ".defects")


def test_a_life_is_told_in_sentences_and_a_push_can_be_copied(browser, gatehouse):
    gatehouse.request("PATCH", "/v1/devices/demo-phone", {"connected": False})
    token = demo_token(gatehouse)
    send(gatehouse, enhanced(token, payload("It's one"), 1), enhanced(token, payload("two"), 2))
    (first,) = gatehouse.wait(identifier=1, fate="coalesced")
    page = browser.open(gatehouse.control, f"/stream/{first['id']}/timeline")
    page.wait_for_text("demo-phone is not connected: kept in the slot until it is back.", ".timeline")
    page.wait_for_text("Replaced in the slot by", ".timeline")
    page.driver.execute_script("navigator.clipboard.writeText = (text) => { window.copied = text; return Promise.resolve(); }")
    page.click("Copy as", ".panel")
    page.click("gatehouse push", ".panel")
    command = page.wait_for("window.copied")
    assert command == (
        f"gatehouse push --topic {TOPIC} --token {token.hex()} --payload '{{\"aps\":{{\"alert\":\"It'\\''s one\"}}}}'"
        " --command 1 --identifier 1 --expiry 2147483647"
    )


HOSTILE = "<img src=x onerror=\"window.owned=1\"><script>window.owned=2</script>'\"]}</pre><svg/onload=window.owned=3>\u202e"


def test_a_hostile_payload_stays_text_on_every_screen(browser, gatehouse):
    body = json.dumps({"aps": {"alert": {"title": HOSTILE, "body": HOSTILE}, "sound": HOSTILE, "category": HOSTILE}, HOSTILE: HOSTILE})
    send(gatehouse, enhanced(demo_token(gatehouse), body.encode()))
    (notification,) = gatehouse.wait(fate="delivered")
    gatehouse.post("/v1/faults", {"id": "x<b>y", "stage": "frame", "match": {"topic": "<u>t</u>"}, "action": {"type": "lose"}})
    gatehouse.post("/v1/feedback", {"topic": "<i>app</i>", "token": "ab" * 32})
    page = browser.open(gatehouse.control)
    for route in [
        "/stream", *(f"/stream/{notification['id']}/{tab}" for tab in ("rendered", "payload", "frame", "timeline")),
        "/phone/demo-phone", "/faults", "/feedback", "/connections", "/audit", "/connect",
        "/phone/" + urllib.parse.quote(HOSTILE, safe=""), "/stream?topic=" + urllib.parse.quote(HOSTILE, safe=""),
    ]:
        page.go(route)
        page.wait_for("location.hash === arguments[0]", f"#{route}")
        page.wait_for("document.querySelector('main').innerText.length > 20")
        assert page.run("window.owned") is None, route
        assert page.run("document.querySelectorAll('main img, main script, main b:not([class]) script, main i, main u').length") == 0, route
    page.go(f"/stream/{notification['id']}/rendered")
    page.wait_for("document.querySelector('.card strong')?.textContent === arguments[0]", HOSTILE)
    assert page.complaints() == []


# Screens


SCREENS = {
    "/stream": "First", "/phone": "demo-phone", "/phone/demo-phone": "Slots", "/connections": "gateway",
    "/feedback": "Put a token on the list", "/faults": "Magic tokens", "/waits": "Waits", "/clock": "Advance",
    "/audit": "Examined", "/connect": "Your client library", "/connect/java-apns": "withGatewayDestination",
}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_screen_has_a_url_that_restores_it_in_both_themes(browser, gatehouse, scheme):
    send(gatehouse, enhanced(demo_token(gatehouse), payload("First")))
    (notification,) = gatehouse.wait(fate="delivered")
    routes = {
        **SCREENS, f"/stream/{notification['id']}/rendered": "Shows the alert.",
        f"/stream/{notification['id']}/timeline": "acknowledged", f"/connections/{notification['connectionId']}": "Certificate",
        "/connections?service=courier": "courier",
    }
    for route, text in routes.items():
        page = browser.open(gatehouse.control, route)
        browser.prefer(prefers_color_scheme=scheme)
        page.wait_for_text(text)
        assert page.run("location.hash") == f"#{route}"
        assert page.run("document.querySelectorAll('nav [aria-current=page]').length") >= 1, route
        assert page.run("document.documentElement.scrollWidth <= innerWidth"), f"{route} is wider than the window"
        low = page.run(CONTRAST)
        assert low == [], f"{route} in {scheme}: {low[:5]}"
        assert page.complaints() == [], route


# Every text of the page against what it stands on: WCAG 2, at least 4.5:1. Gradients and drawings are left out.
CONTRAST = """(() => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const color = (text) => {
        canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const light = ([r, g, b]) => {
        const [x, y, z] = [r, g, b].map((value) => (value / 255 <= 0.04045 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4));
        return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (!walker.currentNode.textContent.trim() || !element.checkVisibility() || element.closest(".phone-frame, :disabled, .visually-hidden, svg, .skip")) continue;
        let back = null;
        for (let parent = element; parent && !back; parent = parent.parentElement) {
            const style = getComputedStyle(parent);
            if (style.backgroundImage !== "none") { back = "image"; break; }
            const value = color(style.backgroundColor);
            if (value[3] === 255) back = value;
        }
        if (back === "image") continue;
        back ??= [255, 255, 255, 255];
        const [a, b] = [light(color(getComputedStyle(element).color)), light(back)];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < 4.5) found.push(`${element.tagName}.${element.className} “${walker.currentNode.textContent.trim().slice(0, 30)}” ${ratio.toFixed(2)}`);
    }
    return found;
})()"""


def test_the_theme_follows_the_system_unless_one_is_chosen(browser, gatehouse):
    page = browser.open(gatehouse.control)
    paper = "getComputedStyle(document.body).backgroundColor"
    browser.prefer(prefers_color_scheme="light")
    light = page.run(paper)
    browser.prefer(prefers_color_scheme="dark")
    dark = page.wait_for(f"{paper} !== arguments[0] && {paper}", light)
    page.click("Auto")
    assert page.wait_for(f"document.documentElement.dataset.theme === 'light' && {paper}") == light
    page.driver.refresh()
    page.wait_for("document.getElementById('live')?.dataset.state === 'live'")
    assert page.run(paper) == light, "the choice is remembered"
    page.click("Light")
    assert page.wait_for(f"document.documentElement.dataset.theme === 'dark' && {paper}") == dark
    page.click("Dark")
    page.wait_for("document.documentElement.dataset.theme === undefined")


def test_nothing_moves_for_who_asked_for_that(browser, gatehouse):
    page = browser.open(gatehouse.control)
    animation = "getComputedStyle(document.getElementById('live'), '::before').animationName"
    page.driver.execute_script("document.getElementById('live').dataset.state = 'reconnecting'")
    assert page.run(animation) == "turn"
    browser.prefer(prefers_reduced_motion="reduce")
    page.wait_for(f"{animation} === 'none'")


def test_everything_can_be_done_by_keyboard(page, gatehouse):
    token = demo_token(gatehouse)
    send(gatehouse, *(items(token, payload(f"Push {n}"), n) for n in range(3)))
    gatehouse.wait(identifier=2)
    page.wait_for_text("Push 2", ".virtual")
    page.press("j", "j", Keys.ENTER)
    page.wait_for("location.hash.startsWith('#/stream/n-2/')")
    page.press("3")
    page.wait_for("location.hash === '#/stream/n-2/frame'")
    page.press("k", Keys.ENTER)
    page.wait_for("location.hash === '#/stream/n-3/frame'")
    page.press(Keys.ESCAPE)
    page.wait_for("location.hash === '#/stream' && document.querySelector('.panel').hidden")
    assert page.run("document.querySelector('.virtual tr.focused').dataset.row") == "n-3", "the place is kept"
    page.press("/")
    assert page.run("document.activeElement.name") == "q"
    page.press(Keys.ESCAPE, "?")
    page.wait_for("document.querySelector('dialog[open]')?.innerText.includes('next and previous row')")
    page.press(Keys.ESCAPE)
    page.wait_for("!document.querySelector('dialog')")
    page.press("g", "x")
    page.wait_for("location.hash === '#/faults'")
    page.press("g", "c")
    page.wait_for("Boolean(document.querySelector('tbody tr a[href*=connections]'))")
    page.press("j", Keys.ENTER)
    page.wait_for("location.hash.startsWith('#/connections/c-')")


def test_the_stream_is_a_table_to_assistive_technology_and_counts_are_announced(page, gatehouse):
    send(gatehouse, *(items(demo_token(gatehouse), payload(f"Push {n}"), n) for n in range(3)))
    page.wait_for_text("Push 2", ".virtual")
    assert page.run("document.querySelector('.virtual table').getAttribute('aria-rowcount')") == "4"
    assert page.run("[...document.querySelectorAll('.virtual thead th')].every((head) => head.scope === 'col')")
    assert page.run("document.getElementById('announcer').getAttribute('aria-live')") == "polite"
    page.wait_for("/new push/.test(document.getElementById('announcer').textContent)")


def test_forgotten_faults_and_a_clock_that_stands_are_shown_with_a_way_back(page, gatehouse):
    assert page.run("document.querySelectorAll('[data-banner]').length") == 0
    gatehouse.post("/v1/faults", {"stage": "frame", "action": {"type": "lose"}})
    page.wait_for("document.querySelector('[data-banner=faults]')?.innerText.includes('1 fault rule')")
    gatehouse.request("PUT", "/v1/clock", {"mode": "manual"})
    page.wait_for("Boolean(document.querySelector('[data-banner=clock]'))")
    for route in ("/phone", "/audit", "/stream"):
        page.go(route)
        assert page.run("document.querySelectorAll('[data-banner]').length") == 2
    page.click("Clear all", "[data-banner=faults]")
    page.wait_for("!document.querySelector('[data-banner=faults]')")
    assert gatehouse.get("/v1/faults")["items"] == []
    page.click("Let it run", "[data-banner=clock]")
    page.wait_for("!document.querySelector('[data-banner=clock]')")
    assert gatehouse.get("/v1/clock")["mode"] == "real"


def test_a_lenient_profile_is_shown(browser, start_gatehouse):
    server = start_gatehouse("--profile", "lenient")
    page = browser.open(server.control)
    page.wait_for("document.querySelector('[data-banner=profile]')?.innerText.includes('gatehouse serve --profile 2014')")


def test_the_phone_shows_what_it_received_and_its_slot_is_overwritten(browser, gatehouse):
    page = browser.open(gatehouse.control, "/phone/demo-phone")
    token = demo_token(gatehouse)
    send(gatehouse, enhanced(token, payload("Lunch is ready", badge=4), 1))
    page.wait_for_text("Lunch is ready", ".phone-frame")
    page.wait_for_text("4", ".phone-frame .home")
    page.click("Send it away")
    page.wait_for_text("away", ".phone-state")
    assert gatehouse.get("/v1/devices/demo-phone")["connected"] is False
    send(gatehouse, enhanced(token, payload("older"), 2), enhanced(token, payload("newer"), 3))
    page.wait_for_text("newer", ".slots")
    page.wait_for_text("older", ".slots .overwritten")
    page.click("Bring it back")
    page.wait_for_text("newer", ".phone-frame")
    page.click("Uninstall")
    page.wait_for("!document.querySelector('.phone-frame').innerText.includes('Lunch')")


def test_the_silence_before_each_keep_alive_is_drawn_over_time(browser, gatehouse):
    gatehouse.request("PATCH", "/v1/devices/demo-phone", {"keepAlive": "ios-cellular"})
    gatehouse.post("/v1/clock/advance", {"ms": 6 * 3_600_000})
    page = browser.open(gatehouse.control, "/phone/demo-phone")
    page.wait_for("document.querySelectorAll('.plot .mark-good').length > 5")
    page.wait_for_text("ios-cellular", ".phone-state")
    table = page.run("[...document.querySelectorAll('.plot tbody tr')].map((row) => row.cells[1].textContent)")
    assert table[0] == "15 min", table
    assert "20 min" in table, f"it grows: {table}"
    assert page.complaints() == []


def test_a_connection_leads_to_its_own_frames(browser, gatehouse):
    token = demo_token(gatehouse)
    send(gatehouse, items(token, payload("Of the first"), 1))
    send(gatehouse, items(token, payload("Of the second"), 2))
    (second,) = gatehouse.wait(identifier=2)
    page = browser.open(gatehouse.control, f"/connections/{second['connectionId']}")
    page.click("Its frames in the stream")
    page.wait_for_text("Of the second", ".virtual")
    assert "Of the first" not in page.run("document.querySelector('.virtual').innerText")
    page.click(f"Only {second['connectionId']} ✕")
    page.wait_for_text("Of the first", ".virtual")


def test_a_failed_handshake_says_what_to_do(browser, gatehouse):
    from rawclient import RawClient

    with pytest.raises(OSError):
        RawClient(gatehouse.address("gateway"), gatehouse.ready, None).read_to_end()
    failed = gatehouse.get("/v1/connections", order="desc")["items"][0]
    page = browser.open(gatehouse.control, f"/connections/{failed['id']}")
    page.wait_for_text("What to do: Give the client", ".panel")
    page.wait_for_text("handshake failed", ".list")


def test_faults_are_added_by_preset_counted_and_removed(page, gatehouse):
    page.go("/faults")
    page.click("Refuse the next: invalid token")
    page.wait_for_text("0 of 0 matches", ".table-frame")
    (rule,) = gatehouse.get("/v1/faults")["items"]
    assert rule["action"]["type"] == "answer" and rule["remaining"] == 1
    send(gatehouse, enhanced(demo_token(gatehouse), payload("Hi")))
    page.wait_for_text("1 of 1 matches", ".table-frame")
    page.driver.execute_script("navigator.clipboard.writeText = (text) => { window.copied = text; return Promise.resolve(); }")
    page.element('button[title="Copy “Refuse” as a call"]').click()
    page.click("Copy as gatehouse")
    assert page.wait_for("window.copied") == "gatehouse fault add answer:8 --times 1"
    page.click("Remove")
    page.wait_for_text("the service behaves")


def test_feedback_is_looked_at_added_and_cleared(page, gatehouse):
    page.go("/feedback")
    page.type("input[name=topic]", TOPIC)
    page.type("input[name=token]", "zz")
    page.click("Add")
    page.wait_for_text("token", ".notice.error")
    page.type("input[name=token]", "ab" * 32)
    page.type("input[name=since]", "2014-05-01T00:00:00Z")
    page.click("Add")
    page.wait_for_text("ab" * 32, ".table-frame")
    (entry,) = gatehouse.get("/v1/feedback")["items"]
    assert entry["since"] == "2014-05-01T00:00:00.000Z"
    page.click("Clear")
    page.click("Now")
    page.wait_for_text("Nothing is listed")
    assert gatehouse.get("/v1/feedback")["items"] == []


def test_the_clock_is_frozen_and_advanced_through_what_is_due(page, gatehouse):
    gatehouse.request("PATCH", "/v1/devices/demo-phone", {"connected": False})
    page.go("/clock")
    page.click("Freeze")
    page.wait_for_text("Stands still")
    expiry = int(time.time()) + 1800
    send(gatehouse, enhanced(demo_token(gatehouse), payload("Late"), 1, expiry))
    gatehouse.wait(fate="stored")
    page.click("+ 1 h")
    page.wait_for_text("What happened on the way")
    gatehouse.wait(fate="expired")
    page.click("Let it run", "main")
    page.wait_for_text("Runs", ".clock-face")


def test_the_search_narrows_the_stream_and_stands_in_the_url(page, gatehouse):
    token = demo_token(gatehouse)
    with provider(gatehouse) as client:
        client.send(items(token, payload("Found", badge=3), 1) + items(token, payload("Other"), 2) + items(UNKNOWN, payload("Refused"), 3))
        client.read_to_end()
    page.wait_for_text("Refused", ".virtual")
    page.type("input[name=q]", "has:badge")
    page.wait_for("!document.querySelector('.virtual').innerText.includes('Other')")
    page.wait_for_text("Found", ".virtual")
    assert "q=has%3Abadge" in page.run("location.hash")
    page.type("input[name=q]", "verdict:rejected status:8")
    page.wait_for_text("Refused", ".virtual")
    page.wait_for("!document.querySelector('.virtual').innerText.includes('Found')")
    page.type("input[name=q]", "nonsense:yes")
    page.wait_for("!document.querySelector('.problem').hidden && document.querySelector('.problem').innerText.length > 10")
    page.press(Keys.ESCAPE, Keys.ESCAPE)
    page.wait_for_text("Found", ".virtual")
    page.wait_for_text("Other", ".virtual")


def test_what_was_picked_or_matches_is_exported_a_line_each(page, gatehouse, tmp_path):
    page.driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path), "eventsEnabled": False})
    send(gatehouse, *(items(demo_token(gatehouse), payload(f"Push {n}"), n) for n in range(1, 6)))
    gatehouse.wait(identifier=5)
    page.wait_for_text("Push 5", ".virtual")

    def exported() -> list[dict]:
        def whole(_):
            found = list(tmp_path.glob("*.ndjson"))
            return found and found[0].stat().st_size > 0

        WebDriverWait(page.driver, SECONDS, poll_frequency=0.05).until(whole)
        (file,) = tmp_path.glob("*.ndjson")
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        file.unlink()
        return lines

    page.click("Export")
    assert [line["id"] for line in exported()] == [f"n-{n}" for n in range(1, 6)]
    page.press("j", "x", "j", "j", "x")
    page.wait_for("document.querySelectorAll('.virtual tr.picked').length === 2")
    page.click("Export 2 picked")
    assert [line["id"] for line in exported()] == ["n-3", "n-5"]
    page.press("x")
    page.wait_for_text("Export 1 picked")


def test_who_waits_is_shown_and_can_be_ended(page, gatehouse):
    page.go("/waits")
    page.wait_for_text("Nobody waits")
    outcome = []
    waiting = threading.Thread(
        target=lambda: outcome.append(
            gatehouse.post("/v1/notifications/wait", {"match": {"topic": "com.example.never"}, "count": 2, "timeoutMs": 60_000})
        )
    )
    waiting.start()
    try:
        page.wait_for_text("2 of topic: com.example.never", "main")
        page.click("End this topic's")
        page.wait_for_text("Nobody waits")
    finally:
        gatehouse.delete("/v1/waits")
        waiting.join(SECONDS)
    assert outcome and outcome[0]["satisfied"] is False


def test_a_connection_is_shown_with_its_way_and_its_bytes_and_closed(page, gatehouse):
    with provider(gatehouse) as client:
        frame = enhanced(demo_token(gatehouse), payload("Here"), identifier=7)
        client.send(frame)
        (sent,) = gatehouse.wait(identifier=7)
        page.go(f"/connections/{sent['connectionId']}")
        page.click("Bytes and timeline", ".panel")
        page.wait_for_text("1 frame accepted", ".panel .timeline")
        page.wait_for_text("← From the peer", ".panel")
        page.wait_for_text(frame[:16].hex(), ".panel")
        page.wait_for("document.querySelector('.panel a[download]').href.endsWith('/bytes?format=text')")
        page.click("Close (FIN)", ".panel")
        assert client.read_to_end() == b""
    page.wait_for_text("Ended by the control", ".panel")
    assert gatehouse.get(f"/v1/connections/{sent['connectionId']}")["end"]["by"] == "control"


def test_the_network_of_a_phone_is_changed_while_it_is_connected(browser, gatehouse):
    page = browser.open(gatehouse.control, "/phone/demo-phone")
    page.wait_for("document.querySelectorAll('.phone-state select[name=network] option, main select[name=network] option').length > 5")
    page.driver.execute_script("document.querySelector('select[name=network]').value = 'high-latency'")
    page.click("Use it")
    page.wait_for_text("high-latency", ".phone-state")
    device = gatehouse.get("/v1/devices/demo-phone")
    assert device["connected"] and "high-latency" in json.dumps(device["network"])
    assert page.complaints() == []


def test_the_connect_screen_has_addresses_certificates_and_a_snippet_for_each_library(page, gatehouse):
    page.go("/connect")
    host, port = gatehouse.address("gateway")
    page.wait_for_text(f"{host}:{port}", "main")
    page.wait_for_text(gatehouse.ready["caFile"], "main")
    page.wait_for_text(gatehouse.identity()["pemFile"], "main")
    libraries = page.run("[...document.querySelectorAll('.snippets nav a')].map((link) => link.getAttribute('href'))")
    assert len(libraries) > 5
    for library in libraries:
        page.driver.execute_script("location.hash = arguments[0]", library)
        page.wait_for("document.querySelector(`.snippets nav a[aria-current]`)?.getAttribute('href') === arguments[0]", library)
        snippet = page.run("document.querySelector('.snippet').innerText")
        # The command line finds the server by itself.
        assert str(port) in snippet or "gatehouse push" in snippet, library
