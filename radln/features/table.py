"""Named numbers per case, with what each column is and what became of each case."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import repeat

import numpy as np
import pandas as pd

from radln._shown import ShortRepr
from radln.errors import InputError

OK, PARTIAL, FAILED = "ok", "partial", "failed"
STATUS_COLUMNS = ("status", "error_code", "message")


@dataclass(frozen=True)
class FeatureSpec:
    """What one column is: its block, the family that computes it, its unit and algorithm.

    ``encoder_sha256`` tells which encoder a deep feature comes from.
    """

    name: str
    block: str
    family: str
    unit: str = ""
    engine: str = ""
    algorithm_version: int = 1
    encoder_sha256: str = ""


@dataclass(frozen=True, eq=False, repr=False)
class FeatureTable(ShortRepr):
    """One row a case (a node in an image), one float column a feature.

    Parameters
    ----------
    values
        Index ``case_id`` (unique strings); float64 columns, one per spec and in the same order.
        A failed case is a row of NaN.
    specs
        One :class:`FeatureSpec` a column.
    status
        Same index; ``status`` ("ok", "partial" where a whole family of features is missing, or
        "failed"), ``error_code``, ``message``. A case that is ok may still carry a message (a flag
        worth reading).
    """

    values: pd.DataFrame
    specs: tuple[FeatureSpec, ...]
    status: pd.DataFrame

    def __post_init__(self) -> None:
        if self.values.index.has_duplicates:
            raise InputError("case ids must be unique in a feature table.")
        if tuple(self.values.columns) != tuple(spec.name for spec in self.specs):
            raise InputError("a feature table needs one spec a column, in the same order.")
        if not self.values.index.equals(self.status.index):
            raise InputError("values and status of a feature table must hold the same cases.")

    def __repr__(self) -> str:
        counts = self.status["status"].value_counts()
        told = ", ".join(
            f"{counts[kind]} {kind}" for kind in (OK, PARTIAL, FAILED) if kind in counts
        )
        codes = sorted(set(self.status["error_code"]) - {""})
        why = f" ({', '.join(codes)})" if codes else ""
        *lines, _ = super().__repr__().split("\n")  # the last is that of the status
        return "\n".join([*lines, f"  status: {told or 'no case'}{why}"])

    @property
    def n_failed(self) -> int:
        """How many cases have no features."""
        return int((self.status["status"] == FAILED).sum())

    @property
    def n_partial(self) -> int:
        """How many cases lack a family of features."""
        return int((self.status["status"] == PARTIAL).sum())

    def columns(self, block: str) -> list[str]:
        """The columns of one block ("radiomics", "node", "deep")."""
        return [spec.name for spec in self.specs if spec.block == block]

    def frame(self) -> pd.DataFrame:
        """Case id, status and features side by side, as written to files."""
        values = self.values.copy()  # one piece, whatever it was put together from
        return pd.concat([self.status, values], axis=1).reset_index()

    def metadata(self) -> list[dict[str, object]]:
        """The specs as plain data, for the file's metadata."""
        return [asdict(spec) for spec in self.specs]

    @classmethod
    def build(
        cls,
        rows: Iterable[tuple[str, dict[str, float], str, str]],
        specs: Iterable[FeatureSpec],
    ) -> FeatureTable:
        """From (case_id, values, error_code, message); no values means that the case failed."""
        specs = tuple(specs)
        names = [spec.name for spec in specs]
        listed = list(rows)
        index = pd.Index([row[0] for row in listed], name="case_id", dtype=object)
        data = np.full((len(listed), len(names)), np.nan)
        for row, (_, values, _, _) in zip(data, listed, strict=True):
            row[:] = list(map(values.get, names, repeat(np.nan)))
        status = pd.DataFrame(
            {
                "status": [_outcome(row[1], row[2]) for row in listed],
                "error_code": [row[2] for row in listed],
                "message": [row[3] for row in listed],
            },
            index=index,
        )
        return cls(pd.DataFrame(data, index=index, columns=names), specs, status)


def _outcome(values: dict[str, float], error_code: str) -> str:
    if not values:
        return FAILED
    return PARTIAL if error_code else OK
