"""Those of the page's scripts that need no page, tested by node."""

import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "api" / "page"
WORK = HERE.parents[1] / "build" / "browser" / "units"


def run(_):
    """Beside each other, and as modules, they can be imported."""
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    for path in [*PAGE.glob("*.js"), *HERE.glob("*.test.js")]:
        shutil.copy(path, WORK)
    (WORK / "package.json").write_text('{"type": "module"}\n')
    tests = sorted(str(path) for path in WORK.glob("*.test.js"))
    done = subprocess.run(["node", "--test", *tests], capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
