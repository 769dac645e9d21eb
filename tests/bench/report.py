"""What a part of the benchmark found, and how it is printed."""

from dataclasses import dataclass, field


@dataclass
class Goal:
    """A figure to reach: at most (or, with least, at least) a bound."""

    what: str
    value: float
    bound: float
    unit: str = ""
    least: bool = False

    def met(self):
        if self.least:
            return self.value >= self.bound
        return self.value <= self.bound

    def as_data(self):
        return {"what": self.what, "value": self.value, "bound": self.bound,
                "least": self.least, "met": self.met()}

    def __str__(self):
        rule = "at least" if self.least else "at most"
        return (f"{'met   ' if self.met() else 'MISSED'}  {self.what}: "
                f"{self.value:.4g}{self.unit}, {rule} "
                f"{self.bound:g}{self.unit}")


@dataclass
class Result:
    """A part's tables (title, head, lines), its figures and its failures."""

    how_to_read: str
    tables: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    goals: list = field(default_factory=list)
    data: list = field(default_factory=list)
    failures: list = field(default_factory=list)


def show_table(title, head, lines):
    """Prints a table: first column to the left, all others to the right."""
    rows = [head, *lines]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    print(f"\n{title}")
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [c.rjust(w) for c, w in zip(row[1:], widths[1:])]
        print("  " + "  ".join(cells).rstrip())


def show(result):
    for table in result.tables:
        show_table(*table)
    for note in result.notes:
        print(f"  note: {note}")
    for goal in result.goals:
        print(f"  {goal}")
    if result.tables:
        print(f"\n  {result.how_to_read}", flush=True)
