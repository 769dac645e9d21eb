"""The gene tool that lies beside gened: its words, reports and exit codes."""

import os
import subprocess

from harness import PATIENCE, command, same


def gene(binary, *args):
    tool = os.path.join(os.path.dirname(os.path.abspath(binary)), "gene")
    return subprocess.run([tool, *args], capture_output=True, text=True,
                          timeout=PATIENCE)


@command
def tool_help(binary):
    done = gene(binary, "--help")
    same(done.returncode, 0)
    for word in ("-V", "--time", "--contracts=on", "gene --sandbox run", "  -- "):
        assert word in done.stdout, word
    assert all(len(line) <= 80 for line in done.stdout.split("\n"))
    same(gene(binary, "--sandbox", "eval", "--time", "--", "1").stdout, "1\n")


@command
def tool_usage_errors(binary):
    for args, word in (
        (["disasm", "file", "extra"], "extra"),
        (["nothing"], "nothing"),
        (["eval"], "code"),
        (["doc"], "name"),
        (["doc", "a", "b"], "b"),
    ):
        done = gene(binary, *args)
        same(done.returncode, 2, repr(args))
        assert word in done.stderr and "--help" in done.stderr, done.stderr


@command
def tool_doc(binary):
    for name, part in (
        ("String.split", "(s .split sep [limit])"),
        (".split", "String.split"),
        ("gene/json/parse", "1 argument"),
        ("->", "(a b -> body...)"),
        ("--all", "## Special forms"),
    ):
        done = gene(binary, "doc", name)
        same(done.returncode, 0, name)
        assert part in done.stdout, done.stdout
    done = gene(binary, "doc", "pritnln")
    same(done.returncode, 1)
    assert "  println\n" in done.stderr, done.stderr


@command
def tool_hints(binary):
    done = gene(binary, "eval", "(pritnln 1)")
    same(done.returncode, 1)
    assert "  hint: Did you mean println?\n" in done.stderr, done.stderr


@command
def tool_strict_nil(binary):
    script = "(fn f [x: Int] x) (f nil)"
    same(gene(binary, "eval", script).returncode, 0)
    done = gene(binary, "eval", "--strict-nil", script)
    same(done.returncode, 1)
    assert "got Nil in x; strict nil mode" in done.stderr, done.stderr


@command
def tool_shows_causes(binary):
    for script, cause in (
        ("(throw {^a 1})", "{^a 1}"),
        ('(throw (new IOError "x" ^cause [1 "b"]))', '[1 "b"]'),
        ("(class P (ctor [] (/x = 1))) (throw (new P))", "<P ^x 1>"),
        ('(class P (method to_s [] (gene/sleep 5) "P!")) (throw (new P))', "P!"),
        ('(class P (method to_s [] (throw "no"))) '
         '(throw (new IOError "x" ^cause (new P)))', "<P: no>"),
        ('(var a [1]) (a .add a) (throw (new IOError "x" ^cause a))', "[1 ...]"),
    ):
        done = gene(binary, "eval", script)
        same(done.returncode, 1)
        assert done.stderr.endswith("Caused by: %s\n" % cause), done.stderr
