"""A headless Chromium, driven through its DevTools protocol over a pipe.

It knows nothing of the page under test. Whatever the browser complains about,
from the console, of a policy or of an exception, is kept in `Tab.complaints`.
"""

import base64
import fcntl
import json
import os
import queue
import shutil
import subprocess
import tempfile
import threading
import time

PATIENCE = 20.0
NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
    "--disable-dev-shm-usage", "--disable-extensions", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update",
    "--disable-default-apps", "--disable-sync", "--metrics-recording-only",
    "--font-render-hinting=none", "--force-color-profile=srgb",
    "--remote-debugging-pipe", "--lang=en",
)
KEYS = {
    "Enter": (13, "\r"), "Tab": (9, ""), "Escape": (27, ""),
    "ArrowDown": (40, ""), "ArrowUp": (38, ""), "Backspace": (8, ""),
    " ": (32, " "), "a": (65, ""), "End": (35, ""), "Home": (36, ""),
}
CONTROL, SHIFT = 2, 8


def _high(descriptor):
    """The same file by a number that is neither 3 nor 4."""
    high = fcntl.fcntl(descriptor, fcntl.F_DUPFD, 20)
    os.close(descriptor)
    return high


class Browser:
    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="gened-browser-")
        reads, self.to = os.pipe()
        self.of, writes = os.pipe()
        reads, writes = _high(reads), _high(writes)
        binary = next(filter(None, map(shutil.which, NAMES)), None)
        assert binary, "there is no Chromium"
        command = 'exec "$0" "$@" 3<&%d 4>&%d' % (reads, writes)
        self.process = subprocess.Popen(
            ["bash", "-c", command, binary, *FLAGS,
             "--user-data-dir=" + self.profile, "about:blank"],
            pass_fds=(reads, writes), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True)
        os.close(reads)
        os.close(writes)
        self.lock = threading.Lock()
        self.number = 0
        self.answers = {}
        self.tabs = {}
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        rest = b""
        while True:
            data = os.read(self.of, 1 << 20)
            if not data:
                return
            *messages, rest = (rest + data).split(b"\0")
            for message in map(json.loads, messages):
                self._take(message)

    def _take(self, message):
        if "id" in message:
            self.answers.pop(message["id"]).put(message)
        elif message.get("sessionId") in self.tabs:
            self.tabs[message["sessionId"]].take(
                message["method"], message["params"])

    def send(self, method, params=None, session=None):
        """Calls a method of the protocol and gives its result."""
        answer = queue.Queue()
        with self.lock:
            self.number += 1
            self.answers[self.number] = answer
            message = {"id": self.number, "method": method,
                       "params": params or {}}
            if session:
                message["sessionId"] = session
            os.write(self.to, json.dumps(message).encode() + b"\0")
        got = answer.get(timeout=PATIENCE)
        if "error" in got:
            raise AssertionError("%s: %s" % (method, got["error"]))
        return got["result"]

    def tab(self):
        """A new tab that shares nothing with others."""
        context = self.send("Target.createBrowserContext")
        return Tab(self, context["browserContextId"])

    def close(self):
        try:
            self.send("Browser.close")
            self.process.wait(PATIENCE)
        except (AssertionError, queue.Empty, subprocess.TimeoutExpired, OSError):
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)


class Tab:
    def __init__(self, browser, context):
        self.browser = browser
        self.context = context
        target = browser.send("Target.createTarget", {
            "url": "about:blank", "browserContextId": context})["targetId"]
        self.session = browser.send("Target.attachToTarget", {
            "targetId": target, "flatten": True})["sessionId"]
        self.complaints = []
        self.requests = []
        browser.tabs[self.session] = self
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(domain + ".enable")
        self.size(1280, 900)

    def send(self, method, **params):
        return self.browser.send(method, params, self.session)

    def close(self):
        self.browser.send("Target.disposeBrowserContext",
                          {"browserContextId": self.context})

    # -- what the browser tells

    def take(self, method, params):
        if method == "Log.entryAdded":
            self._logged(params["entry"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(params["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled":
            if params["type"] in ("error", "warning", "assert"):
                self.complaints.append(json.dumps(params["args"]))
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"])

    def _logged(self, entry):
        """An answer of 4xx is no complaint; what it does on the page is."""
        refused = entry["source"] == "network" and "status of 4" in entry["text"]
        if entry["level"] in ("error", "warning") and not refused:
            self.complaints.append("%s: %s" % (entry["source"], entry["text"]))

    # -- going and looking

    def size(self, width, height, phone=False):
        self.send("Emulation.setDeviceMetricsOverride", width=width,
                  height=height, deviceScaleFactor=2 if phone else 1,
                  mobile=phone)

    def dark(self, dark):
        self.send("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce"}])

    def go(self, url, ready):
        """Opens it and waits until the expression `ready` is true."""
        self.send("Page.navigate", url=url)
        self.wait(ready)

    def js(self, expression):
        got = self.send("Runtime.evaluate", expression=expression,
                        returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in got:
            raise AssertionError("%s: %s" % (
                expression, got["exceptionDetails"]["exception"]["description"]))
        return got["result"].get("value")

    def wait(self, expression, seconds=PATIENCE):
        until = time.monotonic() + seconds
        while True:
            try:
                value = self.js(expression)
            except AssertionError:  # the page is not there yet
                value = None
            if value:
                return value
            if time.monotonic() > until:
                raise AssertionError("never: %s; there is %r" % (
                    expression, self.js("document.body?.innerText ?? ''")[:1500]))
            time.sleep(0.04)

    def screenshot(self, path, whole=False):
        path.parent.mkdir(parents=True, exist_ok=True)
        data = self.send("Page.captureScreenshot", format="png",
                         captureBeyondViewport=whole)["data"]
        path.write_bytes(base64.b64decode(data))

    # -- hands

    def press(self, key, modifiers=0):
        code, text = KEYS[key]
        if modifiers & CONTROL:
            text = ""
        event = {"key": key, "code": key if len(key) > 1 else "Key" + key.upper(),
                 "windowsVirtualKeyCode": code, "modifiers": modifiers}
        self.send("Input.dispatchKeyEvent",
                  type="keyDown" if text else "rawKeyDown", text=text, **event)
        self.send("Input.dispatchKeyEvent", type="keyUp", **event)

    def strike(self, text):
        """Types it key by key."""
        for char in text:
            self.send("Input.dispatchKeyEvent", type="keyDown", text=char, key=char)
            self.send("Input.dispatchKeyEvent", type="keyUp", key=char)

    def type(self, text):
        """All of it at once, as by an input method."""
        self.send("Input.insertText", text=text)

    def click(self, selector):
        box = self.js("""(() => {
            const e = document.querySelector(%s);
            e.scrollIntoView({block: "center"});
            const r = e.getBoundingClientRect();
            return [r.x + r.width / 2, r.y + r.height / 2];
        })()""" % json.dumps(selector))
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1],
                      button="left", clickCount=1)
