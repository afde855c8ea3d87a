"""Sample sizes equal R, value by value; every number of R's files is looked at."""

import pytest

from tests.stats.reference_sample_size import EXCUSED, FAMILIES, OWN_FAMILIES, main, own_results
from tests.stats.watched import unread


@pytest.mark.parametrize("family", FAMILIES)
def test_every_value_equals_r(reference, family):
    read, least = FAMILIES[family]
    compared = list(read(reference.results(family), reference.data))
    assert len(compared) >= least
    differ = [str(pair) for pair in compared if not pair.agrees]
    assert not differ, "\n".join(differ)


@pytest.mark.parametrize("family", FAMILIES)
def test_no_value_of_r_is_forgotten(reference, family):
    read, results = FAMILIES[family][0], reference.results(family)
    assert unread(lambda r: read(r, reference.data), results, EXCUSED[family]) == []


@pytest.mark.parametrize("family", OWN_FAMILIES)
def test_every_value_of_our_own_equals_r(family):
    read, least = OWN_FAMILIES[family]
    compared = list(read(own_results()))
    assert len(compared) >= least
    differ = [str(pair) for pair in compared if not pair.agrees]
    assert not differ, "\n".join(differ)


def test_the_table_is_printed(capsys):
    main()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) >= len(OWN_FAMILIES)
    assert all(line.endswith("|") for line in lines)
