"""What became of a spoilt study: refused, stopped, found, right; or silent, which must not be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import yaml
from typer import BadParameter

from radln import cli
from radln.errors import RadlnError
from radln.features.table import FAILED, FeatureTable
from radln.study.assemble import check_rows
from radln.study.check import CheckReport
from radln.study.core import Study
from radln.study.intake import Intake, take_in
from tests.study.hostile.kinds import Kind, Outcome
from tests.study.hostile.world import FEATURES, REST, World, counted, measured, quiet

TOLERANCE = 1e-9
SHOWN = 3


@dataclass(frozen=True)
class Verdict:
    """What became of it, and the words that say so."""

    outcome: Outcome
    words: str


def judge(world: World, kind: Kind) -> Verdict:
    """Through the doors of the command line: init where it is meant, check, extract."""
    try:
        if world.options is not None:
            _init(world)
        study = Study.from_yaml(world.folder)
        intake = take_in(study.settings.data)
        report = study.check()
        stopped = _stopped(report, kind)
        if stopped is not None:
            return stopped
        check_rows(
            study.settings, take_in(study.settings.data)
        )  # as `run` does before it looks at images
        table = measured(study)
        truth = study.settings.data.asked.take(intake.rows["y_true"])
        intake = replace(intake, rows=intake.rows.assign(y_true=truth.astype(float)))
    except (RadlnError, BadParameter, OSError) as error:
        words = str(error) or repr(error)
        return Verdict("refused" if kind.says in words else "crash", words)
    except Exception as error:
        return Verdict("crash", f"{type(error).__name__}: {error}")
    return _of_numbers(world, kind, report, intake, table)


def _init(world: World) -> None:
    """study.yaml as `init` writes it, with quick features."""
    with quiet() as held:
        (world.folder / "study.yaml").unlink()
        arguments = ["init", str(world.folder), *(world.options or [])]
        cli.app(args=arguments, standalone_mode=False)
    world.said = held.getvalue()
    path = world.folder / "study.yaml"
    path.write_text(
        yaml.safe_dump({**yaml.safe_load(path.read_text()), "features": FEATURES, **REST})
    )


def _stopped(report: CheckReport, kind: Kind) -> Verdict | None:
    for finding in report.findings:
        if finding.kind == "refused study":
            known = finding.code in kind.codes
            return Verdict("refused" if known else "crash", finding.message)
        if finding.acknowledge:
            known = finding.code in kind.codes
            return Verdict("stopping" if known else "crash", finding.message)
    return None


def _of_numbers(
    world: World, kind: Kind, report: CheckReport, intake: Intake, table: FeatureTable
) -> Verdict:
    failed = table.status[table.status["status"] == FAILED]
    of = {case: world.names.get(case, case) for case in failed.index}
    wrong = [case for case, base in of.items() if base not in world.spoilt]
    if wrong:
        return Verdict("crash", f"other cases failed: {failed.loc[wrong[0], 'message']}")
    rest = [case for case in world.truth.index if case not in world.spoilt]
    differ = list(_differences(world, rest, intake, table))
    if differ:
        return Verdict("silent", "; ".join(differ[:SHOWN]))
    if world.spoilt and world.spoilt == set(of.values()):
        known = set(failed["error_code"]) <= set(kind.codes)
        return Verdict("refused" if known else "crash", str(failed["message"].iloc[0]))
    counts = counted(report)
    new = [c for c in kind.codes if counts.get(c, 0) > world.twin.counts.get(c, 0)]
    if new:
        return Verdict("finding", next(f.message for f in report.findings if f.code == new[0]))
    if kind.expected == "finding" and kind.says and kind.says in world.said:
        return Verdict("finding", next(x for x in world.said.splitlines() if kind.says in x))
    differ = list(_differences(world, sorted(world.spoilt), intake, table))
    if differ:
        return Verdict("silent", "; ".join(differ[:SHOWN]))
    return Verdict("right", "")


def _differences(
    world: World, cases: list[str], intake: Intake, table: FeatureTable
) -> Iterator[str]:
    """Where rows or features of these cases of the twin are not what they must be."""
    rows = intake.rows.rename(index=world.names)
    extra = set(rows.index) - set(world.truth.index)
    if extra:
        yield f"cases that are none: {sorted(extra)[:SHOWN]}"
    if rows.index.has_duplicates:
        yield "one case twice"
        return
    values = table.values.rename(index=lambda c: _without_label(c, world))
    wanted = world.twin.features
    for case in cases:
        if case not in rows.index or case not in values.index:
            yield f"{case} is not there"
            continue
        for column in world.truth.columns:
            if column in rows and not _same(rows.loc[case, column], world.truth.loc[case, column]):
                yield (
                    f"{case}: {column} is {rows.loc[case, column]!r}, "
                    f"not {world.truth.loc[case, column]!r}"
                )
        if isinstance(values.loc[case], pd.DataFrame):
            yield f"{case}: several nodes"
            continue
        missing = wanted.columns.difference(values.columns)
        if len(missing):
            yield f"{case}: no feature {missing[0]}"
            continue
        got = values.loc[case, wanted.columns].to_numpy(float)
        want = wanted.loc[case].to_numpy(float)
        gap = np.abs(got - want) / np.maximum(1, np.abs(want))
        worst = int(np.nanargmax(np.where(np.isnan(got) != np.isnan(want), np.inf, gap)))
        if not gap[worst] <= TOLERANCE and not (np.isnan(got[worst]) and np.isnan(want[worst])):
            yield f"{case}: {wanted.columns[worst]} is {got[worst]:.6g}, not {want[worst]:.6g}"


def _without_label(case: str, world: World) -> str:
    base = case.rpartition("#")[0] if "#" in case and case not in world.names else case
    return world.names.get(case, world.names.get(base, base))


def _same(got: object, want: object) -> bool:
    if pd.isna(got) or pd.isna(want):  # type: ignore[call-overload]
        return bool(pd.isna(got) and pd.isna(want))  # type: ignore[call-overload]
    if isinstance(want, str) or isinstance(got, str):
        return got == want
    return bool(abs(float(got) - float(want)) <= TOLERANCE * max(1.0, abs(float(want))))  # type: ignore[arg-type]
