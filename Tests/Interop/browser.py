"""A headless Chromium, and what a test asks of the dashboard in it. It waits for conditions, never for time to pass."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from pathlib import Path

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

# On a busy machine a page may take its time; nothing waits for it in vain.
SECONDS = 30

# What the page has in its console that is no defect of the page: answers of the API that are problems.
EXPECTED_TALK = "Failed to load resource"


def programs() -> tuple[str, str] | None:
    """Browser and driver of the system; `None` when one is missing. Nothing is ever downloaded."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    return (browser, driver) if browser and driver else None


class Browser:
    """One browser, used by many tests; each gets a page of its own making."""

    def __init__(self, directory: Path):
        browser, driver = programs()
        options = webdriver.ChromeOptions()
        options.binary_location = browser
        # A sandbox inside a container needs rights that tests do not have; pages come from this machine only.
        for argument in (
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--window-size=1440,900",
            "--proxy-server=direct://", f"--user-data-dir={directory}",
        ):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service(driver, env={**os.environ, "SE_OFFLINE": "true"}))
        self.driver.set_script_timeout(SECONDS)

    def quit(self) -> None:
        self.driver.quit()

    def page(self, control: str) -> Page:
        """The page that is open."""
        return Page(self.driver, control)

    def open(self, control: str, route: str = "/stream") -> Page:
        """A fresh page: nothing of an earlier one is left."""
        self.driver.get("about:blank")
        self.driver.get_log("browser")
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
        self.driver.get(f"{control}/#{route}")
        page = Page(self.driver, control)
        page.wait_for("document.getElementById('live')?.dataset.state === 'live'")
        return page

    def prefer(self, **features: str) -> None:
        """Such as `prefer(prefers_color_scheme="dark")`."""
        values = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": values})


class Page:
    def __init__(self, driver: webdriver.Chrome, control: str):
        self.driver = driver
        self.control = control

    def go(self, route: str) -> None:
        self.driver.execute_script("location.hash = arguments[0]", f"#{route}")

    def run(self, script: str, *arguments):
        """The value of an expression in the page."""
        return self.driver.execute_script(f"return ({script});", *arguments)

    def wait_for(self, condition: str, *arguments, seconds: float = SECONDS):
        """Until an expression is true; its value."""
        waiting = WebDriverWait(self.driver, seconds, poll_frequency=0.05)
        return waiting.until(lambda _: self.run(condition, *arguments), f"never true: {condition} {arguments}\n{self.text()}")

    def wait_for_text(self, text: str, within: str = "body"):
        return self.wait_for("document.querySelector(arguments[0])?.innerText.includes(arguments[1])", within, text)

    def text(self) -> str:
        return self.run("document.body.innerText")

    def press(self, *keys: str) -> None:
        for key in keys:
            webdriver.ActionChains(self.driver).send_keys(key).perform()

    def click(self, text: str, within: str = "body") -> None:
        """The button or link that says this."""
        script = """[...document.querySelectorAll(arguments[0] + ' button, ' + arguments[0] + ' a')].find(
            (element) => element.textContent.trim() === arguments[1] && element.offsetParent !== null)"""
        self.wait_for(f"Boolean({script})", within, text)
        for _ in range(5):
            try:
                return self.run(script, within, text).click()
            except StaleElementReferenceException:
                # Between the finding and the clicking the page showed something newer.
                continue
        raise AssertionError(f"“{text}” never stood still")

    def element(self, selector: str):
        self.wait_for("Boolean(document.querySelector(arguments[0]))", selector)
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def type(self, selector: str, text: str) -> None:
        element = self.element(selector)
        element.send_keys(Keys.CONTROL, "a")
        element.send_keys(text)

    def row_ids(self) -> list[str]:
        """The ids of all frames of the stream, the newest first, visible or not: it scrolls through them."""
        return self.driver.execute_async_script(
            """
            const done = arguments[arguments.length - 1];
            const list = document.querySelector(".virtual");
            const ids = new Map();
            list.scrollTop = 0;
            const step = () => {
                for (const row of list.querySelectorAll("tr[data-row]")) {
                    ids.set(Number(row.getAttribute("aria-rowindex")), row.dataset.row);
                }
                if (list.scrollTop + list.clientHeight >= list.scrollHeight - 1) {
                    list.scrollTop = 0;
                    done([...ids.keys()].sort((a, b) => a - b).map((index) => ids.get(index)).filter((id) => !id.startsWith("tail-")));
                    return;
                }
                // Rows stand in the page some way beyond what is visible.
                list.scrollTop += list.clientHeight;
                requestAnimationFrame(() => requestAnimationFrame(step));
            };
            requestAnimationFrame(step);
            """
        )

    def complaints(self) -> list[str]:
        """What the browser had to say against the page: exceptions, broken policies."""
        return [
            entry["message"] for entry in self.driver.get_log("browser")
            if entry["level"] == "SEVERE" and EXPECTED_TALK not in entry["message"]
        ]


class Wire:
    """A wire between browser and server that can be cut and mended."""

    def __init__(self, target: tuple[str, int]):
        self.target = target
        self.is_cut = False
        self._pairs: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Ends every connection, and refuses new ones until it is mended."""
        with self._lock:
            self.is_cut = True
            pairs, self._pairs = self._pairs, set()
        for end in pairs:
            self._end(end)

    def mend(self) -> None:
        with self._lock:
            self.is_cut = False

    def close(self) -> None:
        self._listener.close()
        self.cut()

    @staticmethod
    def _end(end: socket.socket) -> None:
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        end.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(self.target)
            except OSError:
                near.close()
                continue
            with self._lock:
                if self.is_cut:
                    near.close()
                    far.close()
                    continue
                self._pairs |= {near, far}
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        with self._lock:
            self._pairs -= {source, sink}
        self._end(source)
        self._end(sink)
