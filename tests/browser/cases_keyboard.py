"""The page without a mouse, and as a screen reader is told of it."""

import json

from chrome import CONTROL, SHIFT
from harness import same
from page import test

FOCUS = """(() => {
    const e = document.activeElement;
    const style = getComputedStyle(e);
    const frame = getComputedStyle(e.closest(".editor") ?? e);
    return {
        id: e.id || e.closest("[id]")?.id || e.tagName,
        seen: style.outlineStyle !== "none" || frame.boxShadow !== "none",
    };
})()"""


def walk(page, steps, modifiers=0):
    """The stops of so many Tabs."""
    stops = []
    for _ in range(steps):
        page.tab.press("Tab", modifiers)
        stops.append(page.js(FOCUS))
    return stops


@test()
def by_keyboard_alone(page):
    page.js("document.activeElement.blur()")
    page.js("document.body.focus()")
    stops = walk(page, 9)
    names = [stop["id"] for stop in stops]
    for name in ("examples", "share", "run", "editor"):
        assert name in names, names
    unseen = [stop["id"] for stop in stops
              if not stop["seen"] and stop["id"] != "BODY"]
    assert not unseen, unseen
    page.js("document.getElementById('examples').focus()")
    same(page.js("document.getElementById('examples').value"), "three-sleeps")
    page.tab.press("ArrowDown")
    same(page.js("document.getElementById('examples').value"), "gather")
    page.js("document.getElementById('run').focus()")
    page.tab.press("Enter")
    same(page.js("document.activeElement.id"), "cancel")
    same(page.end(), "success")
    same(page.js("document.activeElement.id"), "run")
    assert "plate of soup" in page.text("value")


@test()
def no_trap_in_the_editor(page):
    page.write("(+ 1 2)")
    page.js("document.querySelector('.CodeMirror').CodeMirror.focus()")
    same(page.js(FOCUS)["id"], "editor")
    page.tab.press("Tab")
    assert page.js(FOCUS)["id"] != "editor"
    page.tab.press("Tab", SHIFT)
    same(page.js(FOCUS)["id"], "editor")
    page.tab.press("Tab", SHIFT)
    same(page.js(FOCUS)["id"], "run")
    same(page.js("document.querySelector('.CodeMirror').CodeMirror.getValue()"), "(+ 1 2)")


@test()
def writing_is_helped(page):
    page.write("")
    page.js("document.querySelector('.CodeMirror').CodeMirror.focus()")
    page.tab.strike("(fn f [x]")
    page.tab.press("Enter")
    page.tab.strike("x")
    same(page.js("document.querySelector('.CodeMirror').CodeMirror.getValue()"),
         "(fn f [x]\n  x)")


@test()
def rows_of_the_timeline_are_buttons(page):
    page.example("three-sleeps")
    page.tab.press("Enter", CONTROL)
    same(page.end(), "success")
    page.js("document.querySelector('#timeline li:nth-child(2) button').focus()")
    page.tab.press("Enter")
    same(page.js("document.querySelector('.line-picked .CodeMirror-linenumber')"
                 ".innerText"), "2")
    same(page.js("document.activeElement.closest('li').dataset.n"), "2")


@test()
def focus_goes_on_when_a_button_goes_out(page):
    page.start("(gene/sleep 60000)")
    page.wait("document.querySelectorAll('#timeline .part').length")
    page.js("document.getElementById('cancel').focus()")
    page.tab.press("Enter")
    same(page.end(), "cancelled")
    same(page.js("document.activeElement.id"), "run")


@test()
def names_and_roles(page):
    page.run("(await (gene/sleep_async 10)) [1 2]")
    nodes = page.tab.send("Accessibility.getFullAXTree")["nodes"]
    seen = {(n["role"]["value"], n.get("name", {}).get("value", ""))
            for n in nodes if not n.get("ignored")}
    for wanted in (("combobox", "Example"), ("button", "Share"),
                   ("textbox", "Gene script"), ("region", "Result"),
                   ("region", "Futures"), ("heading", "Value Array")):
        assert wanted in seen, (wanted, sorted(seen))
    assert any(role == "button" and "gene/sleep_async, line 1: success" in name
               for role, name in seen), sorted(seen)
    nameless = [role for role, name in seen
                if role in ("button", "link", "textbox", "combobox") and not name]
    assert not nameless, nameless
    same(page.js("document.getElementById('told').getAttribute('aria-live')"),
         "polite")
    same(page.text("told"), page.status())
    ids = page.js("[...document.querySelectorAll('[id]')].map((e) => e.id)")
    same(len(ids), len(set(ids)), json.dumps(ids))
