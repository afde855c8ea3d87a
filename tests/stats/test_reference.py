"""radln's statistics equal R's, value by value; the modules list every value and its tolerance."""

import numpy as np
import pytest

from radln.stats._intervals import quantile
from radln.stats.calls._tango import tango_limits
from tests.rows import each_row
from tests.stats import reference_2x2, reference_auc, reference_calibration, reference_own

MODULES = (reference_auc, reference_2x2, reference_calibration)
FAMILIES = {name: read for module in MODULES for name, read in module.FAMILIES.items()}


def compare(read, least, reference=None):
    compared = list(read(reference))
    assert len(compared) >= least
    differ = [str(pair) for pair in compared if not pair.agrees]
    assert not differ, "\n".join(differ)


@each_row("family", FAMILIES)
def test_every_value_equals_r(reference, family):
    compare(*FAMILIES[family], reference)


@pytest.mark.parametrize("family", reference_own.FAMILIES)
def test_every_value_of_our_own_equals_r(family):
    compare(*reference_own.FAMILIES[family])


def test_the_table_is_printed(reference, capsys):
    reference_2x2.main()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(reference_2x2.FAMILIES)
    assert all(line.endswith("|") for line in lines)


@pytest.mark.parametrize(
    "b, c, n", [(15, 5, 100), (1, 9, 52), (3, 3, 19), (0, 4, 24), (121, 59, 314)]
)
def test_tango_limits_solve_tangos_equation(b, c, n):
    # R's limits stop within 1e-7 of the root; ours are the root
    z2 = quantile(0.95) ** 2
    for delta in tango_limits(b, c, n, 0.95):
        shift = 2 * n - b + c
        linear = shift * delta - b - c
        nuisance = (np.sqrt(linear**2 + 8 * n * c * delta * (1 - delta)) - linear) / (4 * n)
        variance = n * (2 * nuisance + delta * (1 - delta))
        assert (b - c - n * delta) ** 2 / variance == pytest.approx(z2, rel=1e-9)
