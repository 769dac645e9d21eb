"""POST /eval: what goes in and what comes out."""

import re
import time

from harness import is_future, is_problem, same, test


@test()
def text_script(s):
    future = is_future(s.eval("(+ 1 2)"))
    same((future["value"], future["type"], future["text"]), (3, "Int", "3"))
    same(future["phase"], "done")
    same(future["error"], None)
    same(future["unhandled"], [])
    for name in ("created_at", "started_at", "finished_at", "expires_at"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", future[name])
    for name in ("fuel", "cpu_us", "wall_us", "queue_us", "peak_memory_bytes"):
        assert future["usage"][name] >= 0


@test()
def text_types(s):
    for kind in (
        "text/plain",
        "text/plain; charset=utf-8",
        "application/gene",
        "text/x-gene",
        "application/x-www-form-urlencoded",
    ):
        answer = s.eval("(+ 1 2)", headers={"Content-Type": kind})
        same(is_future(answer)["value"], 3, kind)
    answer = s.request("POST", "/eval", "(+ 1 2)")
    same(is_future(answer)["value"], 3, "no type at all")


@test()
def json_script(s):
    future = is_future(s.post({"script": "(+ 1 2)"}))
    same(future["value"], 3)
    future = is_future(
        s.post(
            {
                "script": "(+ 20 22)",
                "input": {"n": [1, 2.5, None, "x"]},
                "modules": {"m": "(var x 1)"},
                "env": {"NAME": "value"},
                "limits": {
                    "wall_ms": 1000,
                    "fuel": 1000000,
                    "memory_bytes": 8388608,
                    "output_bytes": 65536,
                    "stack_depth": 2000,
                },
                "options": {
                    "strict_nil": False,
                    "type_check": True,
                    "contracts": "on",
                },
                "wait_ms": 5000,
                "label": "nightly",
                "seed": 42,
            }
        )
    )
    same(future["value"], 42)


@test()
def output_is_kept(s):
    future = is_future(s.eval('(println "x") 5'))
    same((future["output"], future["value"]), ("x\n", 5))
    same(future["output_truncated"], False)
    same(future["usage"]["output_bytes"], 2)


@test()
def future_callback(s):
    future = is_future(
        s.eval(
            "(var future (async (+ 1 2)))"
            " (future .on_success (x -> (println x))) (await future)"
        )
    )
    same((future["value"], future["output"]), (3, "3\n"))


@test()
def sleeps_overlap(s):
    start = time.monotonic()
    future = is_future(
        s.eval(
            "(var a (gene/sleep_async 1000)) (var b (gene/sleep_async 1000))"
            ' (var c (gene/sleep_async 1000)) (await a b c) "done"'
        )
    )
    took = time.monotonic() - start
    same(future["value"], "done")
    assert 0.99 < took < 2.9, took


@test()
def callback_may_sleep(s):
    future = is_future(
        s.eval("([0 1 2 3 4 5 6 7 8 9] .map (x -> (gene/sleep 10) (* x x)))")
    )
    same(future["value"], [x * x for x in range(10)])


@test()
def throw_is_failure(s):
    future = is_future(s.eval('(throw "boom")'), status="failure")
    same(future["error"]["message"], "boom")
    same((future["error"]["line"], future["error"]["column"]), (1, 1))
    assert future["value"] is None and isinstance(future["error"]["stack"], list)
    for frame in future["error"]["stack"]:
        same(set(frame), {"function", "line", "column", "module"})


@test()
def misspelt_names_have_a_hint(s):
    error = is_future(s.eval('("a" .lenght)'), status="failure")["error"]
    same(error["message"], "Method lenght not found on String")
    same(error["hint"], "Did you mean length?")
    other = is_future(s.eval('(throw "boom")'), status="failure")["error"]
    assert "hint" not in other


@test()
def causes_that_are_no_exceptions(s):
    for script, cause in (
        ("(throw {^a 1})", {"a": 1}),
        ('(throw [1 "b" [2]])', [1, "b", [2]]),
        ("(throw 5)", 5),
        ("(class P (ctor [] (/x = 1))) (throw (new P))", {"$class": "P", "x": 1}),
        ('(throw (new IOError "x" ^cause {^a 1}))', {"a": 1}),
        ('(throw (new IOError "x" ^cause "s"))', "s"),
    ):
        future = is_future(s.eval(script), status="failure")
        same(future["error"]["cause"], cause, script)
    future = is_future(s.eval("(async (throw [1])) (async (throw 2)) 7"))
    same([e["cause"] for e in future["unhandled"]], [[1], 2])


@test()
def causes_that_cannot_be_shown(s):
    throw = '(throw (new IOError "x" ^cause a))'
    for script, type, why in (
        ("(var a [1]) (a .add a)", "Array", "Cyclic value"),
        ("(var a []) (repeat 100000 (a .add 1))", "Array", "65536 bytes"),
    ):
        future = is_future(s.eval(script + throw), status="failure")
        same(future["error"]["message"], "x")
        same(future["error"]["cause"]["$opaque"], type)
        assert why in future["error"]["cause"]["text"], future["error"]


@test()
def strict_nil(s):
    script = "(fn f [x: Int] x) (f nil)"
    is_future(s.post({"script": script}))
    request = {"script": script, "options": {"strict_nil": True}}
    error = is_future(s.post(request), status="failure")["error"]
    same((error["class"], error["code"]), ("TypeException", "GENE_TYPE_MISMATCH"))
    same(error["message"],
         "Type error [GENE_TYPE_MISMATCH]: expected Int, got Nil in x; strict nil"
         " mode admits nil only for Any, Nil, Option[T], or unions containing Nil")


@test()
def syntax_error(s):
    problem = is_problem(s.eval("(+ 1"), 422, "invalid-script")
    assert problem["line"] >= 1 and problem["column"] >= 1
    assert "source_line" in problem and "caret" in problem
    is_problem(s.post({"script": "(+ 1"}), 422, "invalid-script")


@test()
def empty_script(s):
    same(is_future(s.eval(""))["value"], None)


@test()
def unicode_survives(s):
    future = is_future(s.eval('(println "κόσμε 🌍") "\\"ñ\\\\"'))
    same(future["output"], "κόσμε 🌍\n")
    same(future["value"], '"ñ\\')
    future = is_future(s.post({"script": '"\u20ac\u0001"'}))
    same(future["value"], "\u20ac\x01")


@test()
def answer_as_text(s):
    answer = s.eval("(+ 1 2)", headers={"Accept": "text/plain"})
    same((answer.status, answer.text), (200, "3\n"))
    same(answer.headers["content-type"], "text/plain; charset=utf-8")
    answer = s.eval('(println "x") 5', headers={"Accept": "text/plain"})
    same(answer.text, "x\n5\n")
    answer = s.eval('(throw "boom")', headers={"Accept": "text/plain"})
    assert re.fullmatch(r"\w+: boom \(1:1\)\n", answer.text), answer.text


@test()
def accept_is_weighed(s):
    for accept, kind in (
        ("*/*", "application/json"),
        ("application/json, text/plain;q=0.5", "application/json"),
        ("text/plain;q=0.9, application/json;q=0.1", "text/plain; charset=utf-8"),
        ("text/*", "text/plain; charset=utf-8"),
        ("text/html, application/xhtml+xml, */*;q=0.8", "application/json"),
        ("application/vnd.gene+json", "application/vnd.gene+json"),
    ):
        answer = s.eval("(+ 1 2)", headers={"Accept": accept})
        same((answer.status, answer.headers["content-type"]), (200, kind), accept)
    is_problem(s.eval("(+ 1 2)", headers={"Accept": "image/png"}), 406)
    is_problem(s.eval("(+ 1 2)", headers={"Accept": "text/plain;q=0"}), 406)


@test()
def long_values_are_whole(s):
    """Texts that are written as the client takes them, with what needs escapes."""
    part = 'a"b\\c\ndé\t'
    script = '(var s ("a\\"b\\\\c\\nd\\u00e9\\t" .repeat 100000)) (print ("%s" .repeat 40000)) s'
    future = is_future(s.eval(script % "\\\"x"), 200, "success")
    same(future["value"], part * 100000)
    same(future["text"], part * 100000)
    same(future["output"], '"x' * 40000)
    plain = s.eval(script % "y", headers={"Accept": "text/plain"})
    same(plain.body.decode(), "y" * 40000 + "\n" + part * 100000 + "\n")


TAGGED = (
    ("`sym", '"#GENE#sym"'),
    ('"#GENE#x"', '"#GENE#\\"#GENE#x\\""'),
    ("9007199254740993", '"#GENE#9007199254740993"'),
    ("[`a 1 nil]", '["#GENE#a",1,null]'),
    ("{^b 1 ^a `x}", '{"a":"#GENE#x","b":1}'),
    ('`(p ^y 2 ^x 1 "c" d)',
     '{"genetype":"#GENE#p","x":1,"y":2,"children":["c","#GENE#d"]}'),
    # Kinds without a tagged form: as in the plain one, their parts tagged.
    ("'c'", '"c"'),
    ("2031-01-02", '"2031-01-02"'),
    ("{^genetype `x}", '{"genetype":"#GENE#x"}'),
    ("`(p ^children 1)",
     '{"$gene":{"type":"#GENE#p","props":{"children":1},"children":[]}}'),
    ("(class P (field x)) (var p (new P)) (p/x = `y) p",
     '{"$class":"P","x":"#GENE#y"}'),
    ("(fn f [] 1) f", '{"$function":"f"}'),
)


@test()
def tagged_values(s):
    for script, json in TAGGED:
        answer = s.eval(script, path="/eval?value=tagged")
        is_future(answer)
        assert '"value":' + json + "," in answer.text, (script, answer.text)
    answer = s.eval("`sym", headers={"Accept": "application/vnd.gene+json"})
    same(answer.json["value"], "#GENE#sym")
    same(is_future(s.eval("`sym", path="/eval?value=plain"))["value"], "sym")
    same(is_future(s.eval("`sym"))["value"], "sym")
    future = is_future(s.eval("(var x [1]) (x .push x) x", path="/eval?value=tagged"), status="failure")
    same((future["status"], future["error"]["message"]),
         ("failure", "Cyclic value"))
    problem = is_problem(s.eval("1", path="/eval?value=x"), 400, "bad-query")
    same(problem["field"], "value")
