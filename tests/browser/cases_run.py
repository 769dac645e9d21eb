"""Writing a script, running it, and what is seen of it."""

import json
from pathlib import Path

from harness import same
from page import test

GALLERY = Path(__file__).resolve().parents[2] / "api" / "page" / "gallery"
SLEEPS = """(var a (gene/sleep_async 600))
(var b (gene/sleep_async 700))
(var c (gene/sleep_async 650))
(await a b c)"""


def overlap(bars):
    """How much all of them have in common, in pixels."""
    return min(bar["right"] for bar in bars) - max(bar["left"] for bar in bars)


@test()
def type_run_see_the_value(page):
    page.tab.click(".CodeMirror")
    page.tab.press("a", 2)
    page.tab.press("Backspace")
    page.tab.type('(println "héllo")\n(+ 1 2)')
    same(page.js("document.querySelector('.cm-keyword, .cm-builtin').innerText"),
         "println")
    page.tab.click("#run")
    same(page.end(), "success")
    same((page.text("value"), page.text("type")), ("3", "Int"))
    same(page.text("output"), "héllo")
    assert "Success after" in page.status(), page.status()
    assert page.text("usage").startswith("fuel"), page.text("usage")
    same(page.text("texted"), "")
    same(page.posts(), [{"script": '(println "héllo")\n(+ 1 2)'}])


@test()
def three_sleeps_are_three_bars_that_overlap(page):
    page.start(SLEEPS)
    page.wait("document.querySelectorAll('#timeline .part').length === 3")
    running = page.bars()
    same([bar["state"] for bar in running], ["started"] * 3)
    assert overlap(running) > 20, running
    page.shoot("running")
    same(page.end(), "success")
    bars = page.bars()
    same([bar["label"] for bar in bars], ["gene/sleep_async"] * 3)
    same([bar["place"] for bar in bars], ["1:8", "2:8", "3:8"])
    same([bar["state"] for bar in bars], ["success"] * 3)
    shortest = min(bar["right"] - bar["left"] for bar in bars)
    assert overlap(bars) > 0.9 * shortest > 100, bars
    assert "3 futures" in page.status()
    page.shoot("sleeps")


@test()
def sleeps_one_after_the_other_do_not_overlap(page):
    same(page.run("(gene/sleep 200) (gene/sleep 200)"), "success")
    first, second = page.bars()
    assert first["right"] <= second["left"] + 2, (first, second)


@test()
def bars_of_a_body_stand_above_those_it_waits_for(page):
    page.run("""(fn ^^async outer [n] (gene/sleep 40) (throw "no"))
(var f (outer 1))
(var g (gene/sleep_async 9000))
(gene/sleep 100)
(g .cancel)
(try (await f) catch * 0)
7""")
    bars = page.bars()
    same([(bar["label"], bar["state"]) for bar in bars],
         [("outer", "failure"), ("gene/sleep", "success"),
          ("gene/sleep_async", "cancelled"), ("gene/sleep", "success")])
    assert "line 2: failure, from" in bars[0]["said"], bars[0]
    indents = page.js("""[...document.querySelectorAll(".who .name")].map(
        (e) => Math.round(e.getBoundingClientRect().left))""")
    assert indents[0] < indents[1] and indents[0] == indents[2], indents
    page.tab.click("#timeline li:nth-child(3) button")
    same(page.js("document.querySelector('.line-picked .CodeMirror-linenumber')"
                 ".innerText"), "3")


@test()
def cancelling_by_button_and_by_key(page):
    for how in ("button", "key"):
        page.start('(println "on") (gene/sleep 60000)')
        page.wait("document.querySelectorAll('#timeline .part').length")
        page.wait("document.querySelector('#output').innerText")
        if how == "button":
            page.tab.click("#cancel")
        else:
            page.tab.press("Escape")
        same(page.end(), "cancelled", how)
        same([bar["state"] for bar in page.bars()], ["cancelled"])
        same(page.text("output"), "on")
        assert "CancellationException" in page.text("error"), page.text("error")
        same((page.text("failed-title"), page.marked()), ("Cancelled", [1]))
        same(page.js("document.querySelector('#cancel').disabled"), True)
    page.shoot("cancelled")
    same(page.run("(+ 2 2)"), "success")
    same(page.text("value"), "4")
    same(page.text("failed"), "")


@test()
def an_error_marks_its_line(page):
    page.example("error")
    same(page.run(), "failure")
    same(page.marked(), [2])
    note = page.js("document.querySelector('.note').innerText")
    same(note.split("\n")[-1],
         "TypeException: Cannot multiply Int by String")
    same(page.js("document.querySelector('.note .caret').textContent"), "  ^")
    same(page.js("document.querySelector('.mark-error').innerText"), "(")
    error = page.text("error")
    for part in ("TypeException", "GENE.RUNTIME.ERROR", "line 2, column 3",
                 "price 2:3", "total 7:13", "<main> 11:1"):
        assert part in " ".join(error.split()), (part, error)
    same(page.text("output"), "36")
    page.shoot("error")
    page.tab.click(".stack li:nth-child(2) button")
    same(page.js("document.querySelector('.CodeMirror').CodeMirror.getCursor().line"), 6)
    page.write("1")
    same(page.marked(), [])


@test()
def what_does_not_compile_marks_its_line(page):
    same(page.run('(var 𝄞é "x")\n(println "𝄞é" (if))'), "failure")
    assert page.status().startswith("Not accepted"), page.status()
    same(page.marked(), [2])
    same(page.js("document.querySelector('.note .caret').textContent.length"), 15)
    same(page.js("document.querySelector('.mark-error').innerText"), "(")
    assert "if: missing condition" in page.text("error")
    same(page.run('(println "a"'), "failure")
    same(page.marked(), [1])
    assert "EOF while reading list" in page.text("error")
    same(page.text("value"), "")


@test()
def causes_and_unhandled_errors_are_told(page):
    page.run("""(async (throw "nobody looks"))
(try (throw "inner") catch * (throw (new Exception "outer" ^cause $ex)))""")
    notes = page.text("notes")
    assert "Unhandled" in notes and "nobody looks" in notes, notes
    assert "outer" in page.text("error"), page.text("error")


@test(max_fuel="2e8")
def every_example_runs(page):
    names = page.js("""[...document.querySelectorAll("#examples option")].map(
        (o) => o.value)""")[1:]
    same(names, [f.stem.partition("-")[2] for f in sorted(GALLERY.glob("*.gene"))])
    assert len(names) >= 10
    fails = {"fair": "LimitException", "error": "TypeException"}
    for name in names:
        page.example(name)
        same(page.run(), "failure" if name in fails else "success", name)
        assert fails.get(name, "") in page.text("error"), page.text("error")
        assert page.text("about"), name
        page.shoot("example-" + name)
    page.example("fair")
    same(page.js("document.querySelector('#limits').value"), '{"fuel": 100000000}')


@test()
def input_and_limits_go_as_they_are_written(page):
    page.fill("input", '{"n": 9007199254740993, "x": 1.0}')
    page.fill("limits", '{"wall_ms": 2000}')
    same(page.run("[$input/n $input/x 4611686018427387904 1.5e300]"), "success")
    same(page.text("value"), "[9007199254740993, 1.0, 4611686018427387904, 1.5e+300]")
    assert '"limits":{"wall_ms": 2000}' in page.tab.requests[-2]["postData"]
    page.fill("limits", '{"wall_ms": 99999999}')
    same(page.run("1"), "failure")
    assert "limits.wall_ms" in page.text("error"), page.text("error")
    before = len(page.posts())
    page.fill("limits", "")
    page.fill("input", "{n: 2}")
    page.start("1")
    assert "no JSON" in page.wait("document.querySelector('#input-wrong').innerText")
    same(len(page.posts()), before)
    same(page.js("document.activeElement.id"), "input")


@test()
def texts_are_shown_as_texts(page):
    evil = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
    script = """(println %s)
(fn f [] (throw %s))
(async (f))
{^a %s}""" % (3 * (json.dumps(evil),))
    same(page.run(script), "success")
    same(page.text("output"), evil)
    assert evil in page.text("notes"), page.text("notes")
    same(json.loads(page.text("value")), {"a": evil})
    page.run("(throw %s)" % json.dumps(evil))
    assert evil in page.text("error")
    same(page.js("document.querySelectorAll('main img, main script').length"), 0)
    same(page.js("document.title"), "Gene · gened")


@test(max_output="4MiB")
def large_results_are_cut(page):
    page.run('(var s (" x" .repeat 500000)) (println s) (var a [])'
             "(repeat 20000 ^index i (a .add i)) [a s]")
    for name in ("output", "value"):
        shown = page.js("document.getElementById('%s').textContent.length" % name)
        assert 100000 < shown < 210000, (name, shown)
    assert "more" in page.js("document.querySelector('#output .rest').innerText")


@test()
def many_futures_are_counted(page):
    same(page.run("(repeat 1000 (gene/sleep_async 50)) (gene/sleep 100) 1"), "success")
    same(len(page.bars()), 200)
    assert "801 more" in page.text("timeline"), page.text("timeline")[-200:]
    assert "1001 futures" in page.status(), page.status()


@test()
def output_comes_while_it_runs(page):
    page.start('(repeat 30 ^index i (println "line" i) (gene/sleep 100)) 1')
    page.wait("document.querySelector('#output').innerText.includes('line 2')")
    assert "line 29" not in page.text("output")
    same(page.text("value"), "")
    page.tab.press("Escape")
    same(page.end(), "cancelled")
