"""What goes between the page and the service: keys, links, broken streams."""

import hashlib
import socket
import threading

from harness import same
from page import SHOTS, test

KEYS = SHOTS / "test.keys"
TOKEN = "browser-test-token"


class Cutter:
    """Stands before a server, and cuts all connections when it is told to."""

    def __init__(self, address):
        self.address = address
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.open = []
        threading.Thread(target=self._accept, daemon=True).start()

    def port(self):
        return self.listener.getsockname()[1]

    def _accept(self):
        while True:
            try:
                ours = self.listener.accept()[0]
            except OSError:
                return
            theirs = socket.create_connection(self.address)
            self.open += [ours, theirs]
            for pair in ((ours, theirs), (theirs, ours)):
                threading.Thread(target=self._pass, args=pair, daemon=True).start()

    @staticmethod
    def _pass(of, to):
        try:
            while data := of.recv(65536):
                to.sendall(data)
        except OSError:
            pass
        for end in (of, to):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def cut(self):
        for end in self.open:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.open.clear()

    def close(self):
        self.listener.close()
        self.cut()


@test()
def a_broken_stream_goes_on(page):
    cutter = Cutter(page.server.address)
    page.base = "http://127.0.0.1:%d/" % cutter.port()
    page.foreign = ("http://127.0.0.1:%d/" % page.server.address[1],)
    page.open()
    page.start("""(var slow (gene/sleep_async 2500))
(repeat 12 ^index i (println "line" i) (gene/sleep 200)) (await slow) 7""")
    page.wait("document.querySelector('#output').innerText.includes('line 2')")
    cutter.cut()
    page.wait("document.querySelector('#status').innerText.includes('lost')")
    same(page.end(), "success")
    same(page.text("output").split("\n"), ["line %d" % i for i in range(12)])
    bars = page.bars()
    same((len(bars), {bar["state"] for bar in bars}), (13, {"success"}))
    streams = [r for r in page.tab.requests if "/events" in r["url"]]
    assert int(streams[-1]["headers"]["Last-Event-ID"]) > 0, streams[-1]
    page.tab.complaints = [c for c in page.tab.complaints if "ERR_" not in c]
    cutter.close()


@test()
def the_service_goes_away(page):
    page.server.terminate()
    page.server.wait()
    page.start("1")
    same(page.end(), "failure")
    assert "does not answer" in page.text("error"), page.text("error")
    page.tab.complaints = [c for c in page.tab.complaints if "ERR_" not in c]


@test()
def a_link_holds_the_script(page):
    script = '(println "ä#&𝄞") # half'
    page.write(script)
    page.fill("input", '{"a": "ö"}')
    page.tab.click("#share")
    link = page.wait("location.hash.length > 10 && location.href")
    assert "script" in page.status()
    page.tab.js("sessionStorage.clear()")
    page.tab.go("about:blank", "true")
    page.open(link[len(page.base):])
    same(page.js("document.querySelector('.CodeMirror').CodeMirror.getValue()"), script)
    same(page.js("document.getElementById('input').value"), '{"a": "ö"}')
    same(page.posts(), [], "nothing runs by itself")
    page.js("location.hash = '#s=%%%'")
    same(page.js("document.querySelector('.CodeMirror').CodeMirror.getValue()"), script)
    page.open(link[len(page.base):])
    page.write("(+ 1 2)")
    same(page.js("location.hash"), "", "an old link")
    page.tab.send("Page.reload")
    page.wait("document.querySelector('.CodeMirror')?.CodeMirror.getValue()"
              " === '(+ 1 2)'")


SHOTS.mkdir(parents=True, exist_ok=True)
KEYS.write_text("ci sha256=%s\n" % hashlib.sha256(TOKEN.encode()).hexdigest())
KEYS.chmod(0o600)


@test(keys=str(KEYS))
def with_an_api_key(page):
    same(page.run("(+ 1 2)"), "failure")
    assert "API key" in page.text("error"), page.text("error")
    page.fill("key", TOKEN)
    same(page.run('(gene/sleep 10) (println "in") 3'), "success")
    same((page.text("value"), page.text("output")), ("3", "in"))
    asked = [r for r in page.tab.requests if "/futures/" in r["url"]]
    same({r["headers"].get("Authorization") for r in asked}, {"Bearer " + TOKEN})
    assert TOKEN not in "".join(r["url"] for r in page.tab.requests)
    same(page.js("[localStorage.length, document.cookie]"), [0, ""])
    page.start("(gene/sleep 60000)")
    page.wait("document.querySelectorAll('#timeline .part').length")
    page.tab.press("Escape")
    same(page.end(), "cancelled")
    page.tab.send("Page.reload")
    page.wait("document.getElementById('key')?.value === %r" % TOKEN)


@test()
def who_leaves_takes_his_script_along(page):
    page.start("(gene/sleep 60000)")
    page.wait("document.querySelectorAll('#timeline .part').length")
    page.tab.go("about:blank", "true")
    page.server.wait_log(lambda e: e.get("event") == "evaluation"
                         or e.get("method") == "DELETE")
