"""Scripts that do the same work in Gene and in its peers, as processes."""

import shutil
import tempfile
from pathlib import Path
from statistics import median

from report import Goal, Result
from turns import Failed, in_turns, ratio, run_process

SCRIPTS = Path(__file__).resolve().parent / "scripts"
NAMES = ["start", "fib", "while", "methods", "array", "strings", "map", "sort",
         "split", "regex", "document"]

# Of whose time how much, at most. What a language lacks it is not asked for:
# Lua has neither regular expressions nor JSON.
GOALS = {
    "fib": ("lua5.4", 1.0),
    "while": ("lua5.4", 1.0),
    "methods": ("lua5.4", 1.0),
    "strings": ("lua5.4", 1.0),
    "map": ("lua5.4", 1.0),
    "sort": ("lua5.4", 2.0),
    "split": ("python3", 1.0),
    "regex": ("python3", 1.0),
    "document": ("python3", 1.0),
}

HOW = """How to read: whole processes from start to end, medians of the rounds;
  `start` is a process that does nothing and is part of every other row. A ratio
  is gene's time divided by the peer's in the same round, then the median: below
  1 gene is faster. `user` is CPU time outside the kernel, for a peer again as
  gene's divided by its own; where gene's is far below its wall time, or the two
  ratios differ by much, the machine was busy: trust the CPU's, or run again."""


def system_command(name):
    """The system's own program before one that a version manager puts in
    front, whose start would be measured as well."""
    own = Path("/usr/bin") / name
    return str(own) if own.exists() else shutil.which(name)


def languages(options, result):
    """{name: (command, suffix)} of those that are here, gene first."""
    gene = options.build / "gene"
    found = {}
    if gene.exists():
        found["gene"] = ([str(gene), "run"], "gene")
    else:
        result.failures.append(f"scripts: there is no {gene}")
    for name, suffix in (("lua5.4", "lua"), ("python3", "py"), ("node", "js")):
        path = system_command(name)
        if path:
            found[name] = ([path], suffix)
        else:
            result.notes.append(f"{name} is not on this machine: left out")
    return found


def measure_one(name, found, rounds, folder):
    """{language: [(wall, user, output), ...] or Failed}, of one output."""
    def run_of(command, suffix):
        path = str(SCRIPTS / f"{name}.{suffix}")
        return lambda: run_process([*command, path], folder)

    runs = {language: run_of(*how) for language, how in found.items()
            if (SCRIPTS / f"{name}.{how[1]}").exists()}
    figures = in_turns(runs, rounds)
    outputs = {language: figure[0][2] for language, figure in figures.items()
               if not isinstance(figure, Failed)}
    agreed = [o for language, o in outputs.items() if language != "gene"]
    for language, output in outputs.items():
        if agreed and output != agreed[0]:
            figures[language] = Failed(
                f"printed {output.strip()!r}, not {agreed[0].strip()!r}")
    return figures


def as_data(name, figures):
    row = {"name": name, "unit": "s", "languages": {}}
    for language, figure in figures.items():
        if isinstance(figure, Failed):
            row["languages"][language] = {"failed": str(figure)}
            continue
        wall = [f[0] for f in figure]
        user = [f[1] for f in figure]
        row["languages"][language] = {
            "wall": median(wall), "user": median(user),
            "walls": wall, "users": user}
    ours = row["languages"].get("gene", {})
    for language, data in row["languages"].items():
        if "walls" in ours and language != "gene" and "walls" in data:
            data["ratio"] = ratio(ours["walls"], data["walls"])
            data["user_ratio"] = ratio(ours["users"], data["users"])
    return row


def table_line(row, found):
    line = [row["name"]]
    for language in found:
        data = row["languages"].get(language)
        if data is None:
            line += ["-"] * (2 if language == "gene" else 3)
            continue
        line.append(f"{data['wall'] * 1e3:.1f}" if "wall" in data
                    else "failed")
        if language == "gene":
            line.append(f"{data['user'] * 1e3:.1f}" if "user" in data else "-")
        else:
            line += [f"{data[key]:.2f}" if key in data else "-"
                     for key in ("ratio", "user_ratio")]
    return line


def measure(names, options):
    result = Result(HOW)
    found = languages(options, result)
    head = ["ms"]
    for language in found:
        head += [language, "user"] if language == "gene" else [
            language, "ratio", "user"]
    lines = []
    with tempfile.TemporaryDirectory(prefix="gene-bench-") as folder:
        for name in names:
            figures = measure_one(name, found, options.rounds, folder)
            row = as_data(name, figures)
            result.data.append(row)
            lines.append(table_line(row, found))
            result.failures += [f"{name} by {language}: {data['failed']}"
                                for language, data in row["languages"].items()
                                if "failed" in data]
            peer, most = GOALS.get(name, ("", 0))
            reached = row["languages"].get(peer, {}).get("ratio")
            if reached:
                result.goals.append(
                    Goal(f"{name}, of {peer}'s time", reached, most))
    result.tables.append(("scripts: time of whole processes", head, lines))
    return result
