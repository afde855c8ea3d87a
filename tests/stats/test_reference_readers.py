"""Reader studies equal MRMCaov and RJafroc, value by value; every number of theirs is looked at."""

import pytest

from tests.stats.reference_readers import EXCUSED, FAMILIES, main, own, own_results
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
    excused = EXCUSED.get(family, {})
    assert unread(lambda r: read(r, reference.data), results, excused) == []


def test_our_own_study_equals_r():
    compared = list(own(own_results()))
    assert len(compared) == 177
    assert not [str(pair) for pair in compared if not pair.agrees]


def test_the_table_is_printed(capsys):
    main()
    lines = capsys.readouterr().out.splitlines()
    assert lines
    assert all(line.endswith("|") for line in lines)
