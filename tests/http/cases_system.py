"""What a script may know and do of its surroundings: files, variables, its end."""

from harness import is_future, same, test


@test()
def nothing_outside_is_granted(s):
    for call, capability in (
        ('(File/read "/etc/passwd")', "fs"),
        ('(gene/io/read_async "/etc/passwd")', "fs"),
        ('(File/write "../x" 1)', "fs"),
        ('(system/cd "/")', "fs"),
        ('(get_env "HOME")', "env"),
        ('(has_env "HOME")', "env"),
        ('(system/exec "ls")', "process"),
        ('(system/shell "ls")', "process"),
        ('(gene/os/exec "ls")', "process"),
        ('(system/Process/start "ls")', "process"),
    ):
        error = is_future(s.eval(call), status="failure")["error"]
        same(error["class"], "PermissionException", call)
        same(error["code"], "GENE.PERMISSION", call)
        same(error["message"], "Permission denied: " + capability, call)


@test()
def names_are_there_without_a_grant(s):
    future = is_future(s.eval("[(typeof system/exec) (typeof get_env) $env/HOME $cwd]"))
    same(future["text"], "[Function Function void /scratch]")


@test()
def scratch_files_are_private(s):
    script = """
      (var before (Dir/list "."))
      (File/write "a.txt" [1 "x"]) (Dir/create "d/e") (system/cd "d")
      (File/append "../a.txt" "!")
      [before (File/read "/scratch/a.txt") $cwd (Dir/list "/scratch")]
    """
    for _ in range(2):
        same(is_future(s.eval(script))["value"],
             [[], "[1 x]!", "/scratch/d", ["/scratch/a.txt", "/scratch/d"]])


@test()
def file_errors_have_path_and_code(s):
    future = is_future(s.eval('(try (File/read "none") catch e [e/message e/path e/code])'))
    same(future["value"],
         ["Failed to read file 'none': no such file or directory", "none", "ENOENT"])


@test()
def variables_of_the_request(s):
    script = """
      (set_env "B" 2.5)
      [(get_env "A") (get_env "E" "unset") (has_env "E") (get_env "B") $env/B $env/C]
    """
    future = is_future(s.post({"script": script, "env": {"A": "one", "E": ""}}))
    same(future["text"], "[one unset true 2.5 2.5 void]")


@test()
def exit_ends_the_evaluation(s):
    future = is_future(s.eval('(exit 3) (println "never")'))
    same((future["value"], future["type"], future["output"]), (3, "Int", ""))
    script = """
      (async (try (sleep 100000) catch CancellationException (println "cancelled")))
      (try (try (exit) catch * (println "never")) finally (println "finally"))
    """
    future = is_future(s.eval(script))
    same((future["value"], future["output"]), (0, "finally\ncancelled\n"))
    same(future["unhandled"], [])


@test()
def exit_cannot_be_refused(s):
    future = is_future(s.eval("(async (while true (try (sleep 1) catch * 1))) (exit 1)"))
    same(future["value"], 1)
