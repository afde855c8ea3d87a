"""Both radiomics engines on the cases of a study."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pandas as pd
from threadpoolctl import threadpool_limits

from radln._shown import ShortRepr
from radln.errors import RadlnError
from radln.features.compute import spacing_of
from radln.features.extract import length_unit
from radln.features.nodes import LengthUnit
from radln.features.radiomics.engine import get_engine
from radln.features.radiomics.parity import Parity, compare_engines
from radln.features.radiomics.settings import RadiomicsSettings
from radln.features.radiomics.tally import Tally, tally, verdict
from radln.features.settings import FeatureSettings
from radln.io.cases import CaseSource, read_case

N_SHOWN = 10
HEADINGS = ("feature", "difference", "case", "native", "pyradiomics")
COLUMNS = ("feature", "difference", "row", "native", "pyradiomics")
Compared = tuple[str, Parity | str]  # a case, and its comparison or why there is none


@dataclass(frozen=True, eq=False, repr=False)
class StudyParity(ShortRepr):
    """How far radln's own engine and pyradiomics are apart on a study's cases.

    ``failed`` are the cases that could not be compared, with the reason. In ``tally`` a case is
    called by its id; :meth:`frame` names no case but counts rows.
    """

    tally: Tally
    failed: tuple[tuple[str, str], ...]
    rows: dict[str, int]

    @property
    def differ(self) -> bool:
        """Whether no case was compared, one could not be, or the engines differ on one.

        What rounding decides is neither this nor agreement.
        """
        return not self.tally.largest or self.tally.verdict == "different" or bool(self.failed)

    def summary(self) -> list[str]:
        """What was compared and whether the engines agree, a line each."""
        n, seconds = self.tally.counts, self.tally.seconds
        failed = self.failed
        lines = [f"{case} could not be compared: {why}" for case, why in failed[:N_SHOWN]]
        if len(failed) > N_SHOWN:
            lines.append(f"{len(failed) - N_SHOWN} more case(s) could not be compared.")
        if n["laplacians"]:
            lines.append(
                f"Laplacian-of-Gaussian images: {n['identical']} of {n['laplacians']} are the same "
                f"bit by bit; the largest difference is {self.tally.laplacian:.1e} of an image's "
                "range. Texture was compared on the same grey levels (each engine on its own "
                f"image: features differ by up to {self.tally.own_laplacians:.1e})."
            )
        lines += self._decided()
        if seconds:
            native, other = seconds["native"], seconds["pyradiomics"]
            lines.append(
                f"Seconds: native {native:.1f} (with the loading of its kernels), pyradiomics "
                f"{other:.1f}."
            )
        if failed:
            lines.append(f"{len(failed)} case(s) could not be compared.")
        return [*lines, verdict(self.tally)]

    def _decided(self) -> list[str]:
        """Images whose grey levels rounding decides: counted, then listed by case."""
        if not self.tally.decided:
            return []
        counted = [
            f"{image} of {cases} case(s), {voxels} voxel(s)"
            for image, (cases, voxels) in self.tally.by_image.items()
        ]
        lines = [f"Decided by rounding, neither equal nor different: {'; '.join(counted)}."]
        for case in dict.fromkeys(one.case for one in self.tally.decided):
            of_case = [one for one in self.tally.decided if one.case == case]
            listed = ", ".join(f"{one.image} ({one.voxels} voxel(s))" for one in of_case)
            lines.append(f"  {case}: {listed}")
        return lines

    def shown(self) -> list[tuple[str, ...]]:
        """The features with the largest differences, as text under ``HEADINGS``."""
        return [
            (
                name.removeprefix("radiomics_"),
                f"{one.difference:.1e}",
                one.case,
                f"{one.found:.12g}",
                f"{one.expected:.12g}",
            )
            for name, one in list(self.tally.largest.items())[:N_SHOWN]
        ]

    def frame(self) -> pd.DataFrame:
        """A row a feature, the largest difference first; ``row`` counts the study's cases from 1.

        A node that shares its mask with others has the row of their case.
        """
        found = [
            (name, one.difference, self.rows[one.case], one.found, one.expected)
            for name, one in self.tally.largest.items()
        ]
        return pd.DataFrame(found, columns=list(COLUMNS))


def compare_cases(
    cases: Sequence[CaseSource],
    settings: FeatureSettings,
    *,
    jobs: int = 1,
    progress: Callable[[int, int], None],
) -> StudyParity:
    """Do both engines measure the same in these nodes?

    Raises
    ------
    MissingDependencyError
        pyradiomics is not installed.
    """
    get_engine("pyradiomics")
    unit = length_unit(cases, settings)
    failed: list[tuple[str, str]] = []
    rows: dict[str, int] = {}

    def comparisons() -> Iterator[tuple[str, Parity]]:
        for done, nodes in enumerate(_run(cases, settings.radiomics, unit, jobs), start=1):
            for case, found in nodes:
                rows[case] = done
                if isinstance(found, str):
                    failed.append((case, found))
                else:
                    yield case, found
            progress(done, len(cases))

    added = tally(comparisons())
    return StudyParity(added, tuple(failed), rows)


def _run(
    cases: Sequence[CaseSource], settings: RadiomicsSettings, unit: LengthUnit, jobs: int
) -> Iterator[list[Compared]]:
    import joblib

    with joblib.parallel_config(backend="loky", inner_max_num_threads=1):
        workers = joblib.Parallel(n_jobs=jobs, return_as="generator")
        yield from workers(joblib.delayed(_compare)(case, settings, unit) for case in cases)


def _compare(source: CaseSource, settings: RadiomicsSettings, unit: LengthUnit) -> list[Compared]:
    """The nodes of one image; whatever goes wrong is kept as its reason."""
    try:
        nodes = read_case(source)
    except RadlnError as error:
        return [(source.case_id, str(error))]
    found: list[Compared] = []
    for case in nodes:
        with threadpool_limits(limits=1):
            try:
                image, region = case.image.values, case.region
                parity = compare_engines(image, region, spacing_of(case, unit), settings)
                found.append((case.case_id, parity))
            except RadlnError as error:
                found.append((case.case_id, str(error)))
    return found
