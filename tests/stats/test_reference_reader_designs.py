"""U-statistics and planning of reader studies equal R; every number of R's files is looked at."""

import pytest

from tests.stats.reference_reader_designs import EXCUSED, FAMILIES, main
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


def test_the_table_is_printed(reference, capsys):
    main()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(FAMILIES)
    assert all(line.endswith("|") for line in lines)
