"""What a study is to show, written down before it runs; and whether a run kept to it.

A plan says outcome, unit, primary comparison, margin, how cut-offs are set, the design, and by one
hash who is tested and who teaches. It lies beside study.yaml, for people as plan.md.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radln import __version__
from radln.design_settings import OWN_KEYS
from radln.designs import Split
from radln.errors import InputError, UnreadableFileError
from radln.io.atomic import write_json, write_text
from radln.io.strict_json import parse_json
from radln.settings import Settings, portable
from radln.study.assemble import check_rows, planned
from radln.study.intake import Intake
from radln.study.split_hash import split_hash

PLAN, TEXT = "plan.json", "plan.md"
ITEMS = (
    "outcome",
    "unit",
    "primary comparison",
    "margin",
    "cut-off rule",
    "design",
    "split",
)
AFTER = "It was written after results existed: it says nothing of what was meant beforehand."


@dataclass(frozen=True)
class PlanKept:
    """Whether a run kept to its plan: what ``differs``, by name, and when the plan was written."""

    written: str
    after_results: bool
    differs: tuple[str, ...]

    @property
    def kept(self) -> bool:
        """Whether nothing differs."""
        return not self.differs

    def summary(self) -> str:
        """The same in words."""
        what = f"The plan of {self.written} was kept."
        if self.differs:
            what = f"The plan of {self.written} was not kept; these differ: "
            what += f"{', '.join(self.differs)}."
        return f"{what} {AFTER}" if self.after_results else what


def plan_items(settings: Settings, patient_id: Any, splits: Sequence[Split]) -> dict[str, Any]:
    """What is planned, by name; ``splits`` are of rows with these ``patient_id``."""
    data, primary = settings.data, settings.evaluation.primary
    return {
        "outcome": f"{data.outcome}: {_values(settings)}",
        "unit": data.unit,
        "primary comparison": f"{primary.full} against {primary.simple}",
        "margin": primary.margin,
        "cut-off rule": _cut_off_rule(settings),
        "design": _design(settings),
        "split": split_hash(patient_id, splits),
    }


def _values(settings: Settings) -> str:
    data = settings.data
    if data.classes:
        kind = "grades" if data.ordered else "classes"
        return f"{kind} {data.outcome_words}, compared by the macro AUC"
    return f"{data.positive} against {', '.join(data.negative) or 'every other value'}"


def _cut_off_rule(settings: Settings) -> str:
    if settings.data.classes:
        called = ", ".join(reader.column for reader in settings.data.readers)
        return f"models: the class with the largest probability; readers: {called or 'none'}"
    readers = "; ".join(f"{r.column} from {r.cut} on" for r in settings.data.readers)
    return (
        f"models: Youden index on {settings.models.inner_folds} inner folds of the training "
        f"patients; readers: {readers or 'none'}"
    )


def _design(settings: Settings) -> dict[str, Any]:
    """The keys that the design has, the folds, and the seed."""
    every = portable(settings).design.model_dump(mode="json", exclude_none=True)
    given = {key: every[key] for key in OWN_KEYS[settings.design.name]}
    folds: dict[str, Any] = {}
    if settings.design.name == "cross-validation":
        folds = {"folds": settings.models.folds, "repeats": settings.models.repeats}
    return {"name": settings.design.name, **given, **folds, "seed": settings.seed}


def write_plan(settings: Settings, intake: Intake, folder: Path, *, results: Path) -> str:
    """Write plan.json and plan.md beside study.yaml; the text of the latter.

    ``results`` is where a run writes to; a plan that is written when a run has ended there says so.

    Raises
    ------
    InputError
        The folder holds a plan that differs, or the study cannot run as it is.
    """
    check_rows(settings, intake)
    rows = intake.rows
    items = plan_items(settings, rows["patient_id"], planned(settings, rows))
    before = read_plan(folder / PLAN)
    if before is not None:
        differs = differing(before["items"], items)
        if differs:
            raise InputError(
                f"{PLAN} of {before['written']} is there and differs in {', '.join(differs)}; a "
                "plan is not overwritten. Change study.yaml back, or remove the old plan by hand "
                "and say so in your paper."
            )
        return _text(before)
    plan = {
        "written": dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "radln": __version__,
        "study": settings.name,
        "after_results": (results / "run.json").exists(),
        "cases": len(rows),
        "patients": int(rows["patient_id"].nunique()),
        "items": items,
    }
    write_json(folder / PLAN, plan)
    text = _text(plan)
    write_text(folder / TEXT, text)
    return text


def read_plan(path: Path) -> dict[str, Any] | None:
    """The plan that lies there; None without one.

    Raises
    ------
    UnreadableFileError
        It is damaged.
    """
    try:
        plan = parse_json(path.read_bytes(), path.name)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UnreadableFileError(f"{path.name} cannot be read: {error.strerror}.") from error
    whole = isinstance(plan, dict) and isinstance(plan.get("items"), dict)
    if not whole or "written" not in plan or not set(ITEMS) <= set(plan["items"]):
        raise UnreadableFileError(
            f"{path.name} is no plan as `radln plan` writes it; take it from a backup, or "
            "remove it."
        )
    return dict(plan)


def differing(planned_items: Mapping[str, Any], items: Mapping[str, Any]) -> list[str]:
    """The names of what is not as it was planned, with both values where they are short."""
    found = []
    for name in ITEMS:
        before, now = planned_items[name], items[name]
        if before == now:
            continue
        if name == "split":
            found.append("split (other patients are tested or taught, or a patient was lost)")
        elif name == "design":
            keys = sorted(k for k in {*before, *now} if before.get(k) != now.get(k))
            said = ", ".join(f"{k} {before.get(k)} → {now.get(k)}" for k in keys)
            found.append(f"design ({said})")
        else:
            found.append(f"{name} ({before} → {now})")
    return found


def plan_kept(
    path: Path | None, settings: Settings, patient_id: Any, splits: Sequence[Split]
) -> PlanKept | None:
    """Whether a run with these splits keeps to the plan; None where there is none."""
    plan = None if path is None else read_plan(path)
    if plan is None:
        return None
    differs = differing(plan["items"], plan_items(settings, patient_id, splits))
    return PlanKept(str(plan["written"]), bool(plan.get("after_results")), tuple(differs))


def _text(plan: Mapping[str, Any]) -> str:
    """The plan for people."""
    lines = [f"# Plan of the study {plan['study']!r}", ""]
    lines += [f"Written {plan['written']} with radln {plan['radln']}.", ""]
    if plan["after_results"]:
        lines += [AFTER, ""]
    lines.append(f"- cases: {plan['cases']} of {plan['patients']} patients")
    for name in ITEMS:
        value = plan["items"][name]
        lines.append(f"- {name}: {_words(value)}")
    return "\n".join([*lines, ""])


def _words(value: object) -> str:
    """A value for people; of several, each by its name."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {_words(part)}" for key, part in value.items())
    return str(value)
