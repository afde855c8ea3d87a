"""The property tests with ten times the examples of the suite.

    python scripts/long/properties.py [--workers N]

Tests that set a number of examples of their own keep it. Printed are how many tests there are of
both kinds, what pytest says, and the minutes.
"""

from __future__ import annotations

import argparse
import ast
import subprocess
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
OPTIONS = ("-m", "hypothesis", "--hypothesis-profile", "long")


def own_number() -> dict[bool, int]:
    """How many property tests there are, by whether they set a number of examples."""
    counts = {False: 0, True: 0}
    for path in (REPOSITORY / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                decorators = [ast.unparse(one) for one in node.decorator_list]
                if any(one.startswith("given") for one in decorators):
                    counts[any("max_examples" in one for one in decorators)] += 1
    return counts


def main() -> None:
    """Run them and say how it went."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--workers", default="auto", help="processes; auto is one a core")
    workers = parser.parse_args().workers
    began = time.monotonic()
    command = [sys.executable, "-m", "pytest", *OPTIONS, "-o", "addopts=-p no:cacheprovider"]
    done = subprocess.run(
        [*command, "-n", workers, "--dist", "worksteal"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(done.stdout)
    counts = own_number()
    print(
        f"{counts[False]} property tests of 300 examples, {counts[True]} of a number of their own"
    )
    print(done.stdout.strip().splitlines()[-1].strip("= "))
    print(f"{(time.monotonic() - began) / 60:.1f} minutes")
    raise SystemExit(done.returncode)


if __name__ == "__main__":
    main()
