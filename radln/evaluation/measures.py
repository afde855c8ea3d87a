"""What is measured of calls: names, words, units and outcomes in one table."""

from __future__ import annotations

from dataclasses import dataclass

from radln.outcome import Binary


@dataclass(frozen=True)
class Measure:
    """A number of a source's calls, as results and tables name it, and of which outcomes it is."""

    name: str
    label: str
    percent: bool
    outcomes: tuple[type, ...] = (Binary,)


MEASURES = (
    Measure("sensitivity", "Sensitivity", percent=True),
    Measure("specificity", "Specificity", percent=True),
    Measure("ppv", "PPV", percent=True),
    Measure("npv", "NPV", percent=True),
    Measure("accuracy", "Accuracy", percent=True),
    Measure("f1", "F1", percent=False),
    Measure("balanced_accuracy", "Balanced accuracy", percent=True),
)


def measures_of(outcome: object) -> tuple[Measure, ...]:
    """The measures that such an outcome has.

    Examples
    --------
    >>> [measure.name for measure in measures_of(Binary())][:2]
    ['sensitivity', 'specificity']
    """
    return tuple(measure for measure in MEASURES if isinstance(outcome, measure.outcomes))


CALIBRATION = {
    "calibration_in_the_large": "Calibration-in-the-large (0 is ideal)",
    "slope": "Slope (1 is ideal)",
    "observed_expected": "Observed / expected (1 is ideal)",
    "brier": "Brier score",
    "scaled_brier": "Scaled Brier",
}
