"""A page in a real Chromium, driven over its DevTools protocol: real clicks and keys, and every request it makes.

https://chromedevtools.github.io/devtools-protocol/
"""

import base64
import json
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.browser import fetch

SECONDS = 60


class Page:
    """One page. ``requests`` are the addresses it asked for, ``troubles`` what was thrown, refused or logged."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._calls = 0
        self.requests: list[str] = []
        self.troubles: list[str] = []
        self._loaded = False
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and give back its result; events that come first are noted."""
        self._calls += 1
        self._connection.send(json.dumps({"id": self._calls, "method": method, "params": params}))
        while True:
            message = self._receive()
            if message.get("id") == self._calls:
                assert "error" not in message, message["error"]
                found: dict[str, Any] = message["result"]
                return found

    def _receive(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self._connection.recv(timeout=SECONDS))
        event, params = message.get("method", ""), message.get("params", {})
        if event == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif event == "Page.loadEventFired":
            self._loaded = True
        elif event == "Page.javascriptDialogOpening":
            self.troubles.append(params["message"])
        elif event == "Runtime.exceptionThrown":
            self.troubles.append(json.dumps(params["exceptionDetails"]))
        elif event == "Log.entryAdded":
            self.troubles.append(params["entry"]["text"])
        return message

    def open(self, path: Path, *, width: int, height: int = 900, language: str = "en-US") -> None:
        """Load a file and wait for it."""
        screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.call("Emulation.setDeviceMetricsOverride", **screen)
        self.call("Emulation.setUserAgentOverride", userAgent="test", acceptLanguage=language)
        self.requests.clear()
        self.troubles.clear()
        self._loaded = False
        self.call("Page.navigate", url=path.as_uri())
        while not self._loaded:
            self._receive()

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        found = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def text(self, selector: str) -> str:
        """The text that is shown of the first element."""
        return str(self.run(f"document.querySelector({json.dumps(selector)}).innerText"))

    def texts(self, selector: str) -> list[str]:
        """The texts that are shown of all elements."""
        found: list[str] = self.run(f"[...document.querySelectorAll({json.dumps(selector)})].map((e) => e.innerText)")
        return found

    def click(self, selector: str) -> None:
        """Press and let go of the mouse in the middle of the first element, after scrolling to it."""
        self.run(f"document.querySelector({json.dumps(selector)}).scrollIntoView({{block: 'center'}})")
        box = f"document.querySelector({json.dumps(selector)}).getBoundingClientRect()"
        where = self.run(f"(({{x, y, width, height}}) => [x + width / 2, y + height / 2])({box})")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=where[0], y=where[1], button="left", clickCount=1)

    def press(self, key: str) -> None:
        """An arrow key, to whatever has the focus."""
        code = {"ArrowUp": 38, "ArrowDown": 40}[key]
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    def choose(self, selector: str, value: str) -> None:
        """Give a list of choices the focus and go down it with the arrow key until the value is chosen."""
        options = self.run(f"[...document.querySelector({json.dumps(selector)}).options].map((o) => o.value)")
        self.run(f"document.querySelector({json.dumps(selector)}).focus()")
        down = options.index(value) - self.run(f"document.querySelector({json.dumps(selector)}).selectedIndex")
        for _ in range(abs(down)):
            self.press("ArrowDown" if down > 0 else "ArrowUp")
        assert self.run(f"document.querySelector({json.dumps(selector)}).value") == value

    def write(self, selector: str, text: str) -> None:
        """Click into a field and type."""
        self.click(selector)
        self.call("Input.insertText", text=text)

    def picture(self, path: Path) -> None:
        """A picture of the whole page."""
        found = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(found["data"]))


@contextmanager
def browser(folder: Path) -> Iterator[Page]:
    """A browser with one page; its profile lies in the folder."""
    with subprocess.Popen([fetch.chromium(), *fetch.profile(folder)], stderr=subprocess.DEVNULL) as process:
        try:
            with connect(_address(folder, process), max_size=None, proxy=None) as connection:
                yield Page(connection)
        finally:
            process.kill()


def _address(folder: Path, process: "subprocess.Popen[bytes]") -> str:
    """The address of the one page's DevTools, once the browser has said its port."""
    port_file = folder / "DevToolsActivePort"
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, "Chromium ended at once"
        if port_file.exists() and (said := port_file.read_text().split("\n"))[0]:
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open(f"http://127.0.0.1:{said[0]}/json/list") as answer:
                pages = [target for target in json.load(answer) if target["type"] == "page"]
            if pages:
                return str(pages[0]["webSocketDebuggerUrl"])
        time.sleep(0.1)
    raise TimeoutError("Chromium did not open its DevTools")
