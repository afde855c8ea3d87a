"""Does anything that is a little wrong enter a study in silence?

Makes studies that are spoilt in one way each (a cell, a column, a file, a header, a setting), by
seed, puts each through `check` and `extract`, and prints what became of it: refused, stopped,
found, right (equal to the clean study to 1e-9), or silent. The kinds, with what must happen, stand
in ``tests/study/hostile/kinds.py``.

Usage::

    python benchmarks/hostile.py --n 500 --seed 1
    python benchmarks/hostile.py --kind "mask: a hole" --n 20 --words
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.study.hostile.kinds import KINDS
from tests.study.hostile.run import in_turn, judge_one, make_twins, markdown, unexpected

SHOWN = 10


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", default="", help="only kinds whose name holds this")
    parser.add_argument("--words", action="store_true", help="print what was said of each")
    args = parser.parse_args()
    kinds = [kind for kind in KINDS if args.kind in kind.name]
    started = time.perf_counter()
    judged = []
    with tempfile.TemporaryDirectory() as temporary:
        twins = make_twins(Path(temporary))
        for kind, number in in_turn(args.n, kinds):
            one = judge_one(kind, number, args.seed, twins, Path(temporary))
            judged.append(one)
            if args.words:
                print(f"{kind.name} ({number}): {one.verdict.outcome}: {one.verdict.words}")
    print(f"{args.n} studies of {len(kinds)} kinds, seed {args.seed}\n")
    print(markdown(judged))
    odd = unexpected(judged)
    print(f"\n{len(odd)} of {len(judged)} came to something else than the list says.")
    for one in odd[:SHOWN]:
        verdict = one.verdict
        print(
            f"{one.kind.name}, number {one.number}: {verdict.outcome}, not {one.kind.expected}: "
            f"{verdict.words}"
        )
    print(f"{time.perf_counter() - started:.0f} s", file=sys.stderr)
    bad = any(one.verdict.outcome in ("silent", "crash") for one in judged)
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
