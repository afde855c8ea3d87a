"""One combination fitted to all patients of a study, to be judged on other patients alone."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from radln import _check
from radln._result import Result
from radln._spelling import spelled
from radln._types import ArrayLike
from radln.errors import InputError, LeakageError
from radln.stats._cases import case_wise
from radln.stats._intervals import counts
from radln.stats.readers.combinations._panel import (
    Kind,
    Members,
    Panel,
    check_combinations,
    panel_of,
)
from radln.stats.readers.combinations._rules import (
    FittedRule,
    check_plan,
    fit_members,
    fit_rule,
    is_learned,
)
from radln.stats.readers.combinations.combination import Combination

SCHEMA = 1


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class FittedCombination(Result):
    """A combination with everything that was fitted, and the marks of the patients it saw.

    ``patients`` are salted hashes: they keep identifiers out of a saved file, but whoever can list
    all possible identifiers can test each of them.
    """

    combination: Combination
    kinds: dict[str, Kind]
    groups: dict[str, tuple[str, ...]]
    rule: FittedRule
    learned: bool
    salt: str
    patients: frozenset[str]

    def score(self, members: Members, *, cluster: ArrayLike) -> pd.DataFrame:
        """Judge other patients.

        Parameters
        ----------
        members
            The same members as in the fit, on the same scales; more are left aside.
        cluster : shape (n,)
            The patient of every case, named as in the fit.

        Returns
        -------
        frame
            One row a case: ``score`` (NaN for rules of calls) and ``call`` (0/1), for
            :func:`diagnostic_table`, :func:`auc` and the rest.

        Raises
        ------
        LeakageError
            Something was fitted, and a patient of it stands among these.
        InputError, ShapeError
        """
        _check.same_order({"members": members, "cluster": cluster})
        panel = self._panel(members)
        marks = _marks(cluster, panel.n, self.salt)
        seen = len(self.patients & set(marks))
        if seen and self.learned:
            raise LeakageError(
                f"cluster holds {seen} patient(s) that {self.combination.name!r} was fitted to; it "
                "may be scored on other patients alone. For the patients of the fit use "
                "combine_reads, which fits in folds."
            )
        score = self.rule.score(panel, self.combination)
        call = self.rule.call(panel, self.combination).astype(np.int64)
        return pd.DataFrame({"score": np.nan if score is None else score, "call": call})

    def _panel(self, members: Members) -> Panel:
        """The members of the fit, of the kinds of the fit."""
        if not isinstance(members, Mapping | pd.DataFrame):
            raise InputError(f"members must be a table or a dict of values; got {members!r}.")
        missing = [name for name in self.kinds if name not in members]
        if missing:
            raise InputError(
                f"members lacks {', '.join(missing)}, which {self.combination.name!r} needs."
            )
        return panel_of({name: members[name] for name in self.kinds}, self.groups, self.kinds, None)

    def frame(self) -> pd.DataFrame:
        """One row a fitted or given number."""
        rows: list[tuple[str, str, float]] = []
        for name, cut in self.rule.cutoffs.items():
            rows.append((name, "cut-off", cut))
        for name, (intercept, slope) in self.rule.slopes.items():
            rows.append((name, "calibration intercept", intercept))
            rows.append((name, "calibration slope", slope))
        for name, weight in zip(self.combination.members, self.rule.weights, strict=False):
            rows.append((name, "weight", weight))
        own = self.combination.name
        if self.rule.intercept is not None:
            rows.append((own, "intercept", self.rule.intercept))
        for word, limit in zip(("low", "high"), self.rule.band or (), strict=False):
            rows.append((own, f"band, {word} end", limit))
        if self.rule.cutoff is not None:
            rows.append((own, "cut-off", self.rule.cutoff))
        return pd.DataFrame(rows, columns=["source", "piece", "value"])

    def summary(self) -> str:
        """What was fitted, in words."""
        return (
            f"{self.combination.name}, {self.method} on {self.n} cases ({self.n_positive} "
            f"positive) of {self.n_patients} patients; to be judged on other patients alone."
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON; no patient is named."""
        return {
            "schema": SCHEMA,
            "combination": asdict(self.combination),
            "kinds": dict(self.kinds),
            "groups": {name: list(readers) for name, readers in self.groups.items()},
            "rule": asdict(self.rule),
            "learned": self.learned,
            "salt": self.salt,
            "patients": sorted(self.patients),
            "n": self.n,
            "n_positive": self.n_positive,
            "n_patients": self.n_patients,
            "method": self.method,
        }

    @classmethod
    def from_dict(cls, held: Mapping[str, Any]) -> FittedCombination:
        """The combination that :meth:`to_dict` wrote.

        Raises
        ------
        InputError
            Another schema, or something missing.
        """
        if not isinstance(held, Mapping) or held.get("schema") != SCHEMA:
            raise InputError(
                f"held must be what FittedCombination.to_dict wrote, of schema {SCHEMA}."
            )
        try:
            rule, one = dict(held["rule"]), dict(held["combination"])
            rule["slopes"] = {name: (a, b) for name, (a, b) in rule["slopes"].items()}
            rule["weights"] = tuple(rule["weights"])
            rule["band"] = None if rule["band"] is None else tuple(rule["band"])
            if isinstance(one["band"], list):
                one["band"] = tuple(one["band"])
            return cls(
                combination=Combination(**one),
                kinds=dict(held["kinds"]),
                groups={name: tuple(readers) for name, readers in held["groups"].items()},
                rule=FittedRule(**rule),
                learned=bool(held["learned"]),
                salt=held["salt"],
                patients=frozenset(held["patients"]),
                n=held["n"],
                n_positive=held["n_positive"],
                n_patients=held["n_patients"],
                method=held["method"],
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(
                f"held is no complete FittedCombination ({type(error).__name__}: {error}); write "
                "it again with to_dict."
            ) from error


@case_wise()
def fit_combination(
    y_true: ArrayLike,
    members: Members,
    combination: Combination,
    *,
    cluster: ArrayLike,
    groups: Mapping[str, Sequence[str]] | None = None,
    kinds: Mapping[str, Kind] | None = None,
    cutoffs: Mapping[str, float] | None = None,
    choose: str | float = "youden",
) -> FittedCombination:
    """What would a combination fitted here say of patients elsewhere?

    Parameters
    ----------
    y_true, members, groups, kinds, cutoffs, choose
        As in :func:`combine_reads`; here everything is fitted to all cases.
    combination
        The one that is fitted.
    cluster : shape (n,)
        The patient of every case; where each patient has one case, the case's own identifier. The
        fit remembers them (as salted hashes) and refuses to judge them.

    Returns
    -------
    FittedCombination
        Its ``score`` judges other patients.

    Raises
    ------
    SingleClassError, ShapeError, InputError

    Examples
    --------
    >>> y = [1, 1, 1, 1, 0, 0, 0, 0]
    >>> members = {"model": [0.9, 0.8, 0.4, 0.6, 0.3, 0.5, 0.2, 0.1],
    ...            "reader": [5, 3, 4, 4, 2, 3, 3, 1]}
    >>> fitted = fit_combination(y, members, Combination("mean", ("model", "reader")),
    ...                          cluster=["a", "b", "c", "d", "e", "f", "g", "h"])
    >>> elsewhere = fitted.score({"model": [0.9, 0.1], "reader": [4, 2]}, cluster=["x", "y"])
    >>> elsewhere["call"].tolist()
    [1, 0]
    >>> fitted.score(members, cluster=["a", "x", "y", "z", "u", "v", "w", "t"])
    Traceback (most recent call last):
    ...
    radln.errors.LeakageError: cluster holds 1 patient(s) that 'mean of model, reader' was fitted \
to; it may be scored on other patients alone. For the patients of the fit use combine_reads, which \
fits in folds.
    """
    positive = _check.outcome(y_true)
    if not isinstance(combination, Combination):
        raise InputError(f"combination must be a Combination(rule, members); got {combination!r}.")
    panel = panel_of(members, groups, kinds, positive.size)
    check_combinations([combination], panel)
    plan = check_plan(cutoffs, choose, panel, [combination])
    single = panel.behind(combination.members)
    panel = Panel(
        {name: panel.values[name] for name in single},
        {name: panel.kinds[name] for name in single},
        {name: panel.groups[name] for name in combination.members if name in panel.groups},
    )
    salt = secrets.token_hex(16)
    marks = _marks(cluster, positive.size, salt)
    learned = is_learned(combination, panel, plan)
    rule = fit_rule(combination, fit_members(panel, positive, plan), panel, positive, plan)
    if not learned:
        rule = replace(rule, slopes={}, tie_cutoffs={})  # no rule of given calls asks for them
    return FittedCombination(
        **counts(positive, _check.clusters(cluster, positive.size)),
        method="fitted to all patients" if learned else "with nothing to fit",
        combination=combination,
        kinds=panel.kinds,
        groups=panel.groups,
        rule=rule,
        learned=learned,
        salt=salt,
        patients=frozenset(marks),
    )


def _marks(cluster: ArrayLike, n: int, salt: str) -> list[str]:
    """A salted hash of every case's patient; 7, 7.0 and "7", P1 and "p1 " are the same patient."""
    if cluster is None:
        raise InputError(
            "cluster must name the patient of every case, so that no patient of the fit is judged "
            "by it; where each patient has one case, give the case's identifier."
        )
    if len(_check.column(cluster, name="cluster", shown=False)) != n:
        raise InputError(f"cluster must name one patient a case, {n} in all.")
    _check.clusters(cluster, n)
    names = [spelled(value) for value in _check.column(cluster, name="cluster", shown=False)]
    known = {name: _mark(name, salt) for name in set(names)}
    return [known[name] for name in names]


def _mark(name: str, salt: str) -> str:
    return hashlib.sha256(f"{salt}\x1f{name}".encode()).hexdigest()[:32]
