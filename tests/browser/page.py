"""The page in a tab: what a person does with it and sees of it."""

import json
from pathlib import Path

from chrome import CONTROL
from harness import Server

SHOTS = Path(__file__).resolve().parents[2] / "build" / "browser"
READY = "document.querySelector('.CodeMirror') && " \
        "document.querySelector('#version').textContent"
TESTS = []


def test(**settings):
    """Registers a test, which gets a Page; settings are those of gened."""

    def register(function):
        def run(browser, gened):
            server = Server(gened, settings)
            tab = browser.tab()
            try:
                page = Page(tab, server)
                page.open()
                function(page)
                page.check()
                server.stop()
            finally:
                tab.close()
                server.discard()

        TESTS.append((function, run))
        return function

    return register


def tests_of(module):
    return [(f.__name__, run) for f, run in TESTS
            if f.__module__ == module.__name__]


class Page:
    def __init__(self, tab, server):
        self.tab = tab
        self.server = server
        self.base = "http://%s:%d/" % server.address
        self.foreign = ()  # what else may be asked
        tab.dark(False)

    def open(self, fragment=""):
        self.tab.go(self.base + fragment, READY)

    def check(self):
        """That the browser had nothing to complain of."""
        assert not self.tab.complaints, self.tab.complaints
        allowed = (self.base, "data:", *self.foreign)
        strange = [r["url"] for r in self.tab.requests
                   if not r["url"].startswith(allowed)]
        assert not strange, strange

    def js(self, expression):
        return self.tab.js(expression)

    def wait(self, expression, seconds=20):
        return self.tab.wait(expression, seconds)

    def shoot(self, name, whole=False):
        self.tab.screenshot(SHOTS / (name + ".png"), whole)

    # -- what a person does

    def write(self, script):
        """As by pasting it."""
        self.js("document.querySelector('.CodeMirror').CodeMirror.setValue(%s)"
                % json.dumps(script))

    def fill(self, field, text):
        self.js("""(() => {
            const e = document.getElementById(%s);
            e.value = %s;
            e.dispatchEvent(new Event("input", {bubbles: true}));
        })()""" % (json.dumps(field), json.dumps(text)))

    def example(self, name):
        self.js("""(() => {
            const e = document.getElementById("examples");
            e.value = %s;
            e.dispatchEvent(new Event("change", {bubbles: true}));
        })()""" % json.dumps(name))

    def start(self, script=None):
        if script is not None:
            self.write(script)
        self.tab.press("Enter", CONTROL)

    def run(self, script=None):
        """Runs it to its end; the outcome."""
        self.start(script)
        return self.end()

    def end(self, seconds=20):
        return self.wait("""(() => {
            const state = document.querySelector("#status").dataset.state;
            return document.querySelector("#run").disabled ? "" : state;
        })()""", seconds)

    # -- what a person sees

    def text(self, name):
        """The visible text of an element; "" when it is hidden."""
        return self.js("""(() => {
            const e = document.getElementById(%s);
            return e.checkVisibility() ? e.innerText.trim() : "";
        })()""" % json.dumps(name))

    def status(self):
        return self.text("status")

    def bars(self):
        """Rows of the timeline: label, place, state, and where the bars are."""
        return self.js("""[...document.querySelectorAll("#timeline li")].map(
            (li) => {
                const boxes = [...li.querySelectorAll(".track .part")].map(
                    (part) => part.getBoundingClientRect());
                return {
                    label: li.querySelector(".name").innerText,
                    place: li.querySelector(".place").innerText,
                    state: li.querySelector("button").dataset.state,
                    said: li.querySelector("button").ariaLabel,
                    left: Math.min(...boxes.map((box) => box.left)),
                    right: Math.max(...boxes.map((box) => box.right)),
                };
            })""")

    def marked(self):
        """The numbers of the lines that are marked as wrong."""
        return self.js("""[...document.querySelectorAll(".line-error")].map(
            (e) => Number(e.querySelector(".CodeMirror-linenumber").innerText))""")

    def posts(self):
        """Bodies of the evaluations that were asked for."""
        return [json.loads(r["postData"]) for r in self.tab.requests
                if r["method"] == "POST"]
