"""Survival equals R, value by value."""

import pytest

from tests.stats.reference_survival import FAMILIES, LEFT_OUT, main


@pytest.mark.parametrize("family", FAMILIES)
def test_every_value_equals_r(reference, family):
    read, least = FAMILIES[family]
    compared = list(read(reference))
    assert len(compared) >= least
    differ = [str(pair) for pair in compared if not pair.agrees]
    assert not differ, "\n".join(differ)


def test_the_table_is_printed(reference, capsys):
    main()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(FAMILIES) + len(LEFT_OUT)
    assert all(line.endswith("|") for line in lines[: len(FAMILIES)])


def test_the_test_of_proportional_hazards_keeps_the_conclusion_of_r(reference):
    # lifelines 0.30.3 says 2.40 (p = 0.12) for edema; R's score test 4.50 (p = 0.034)
    from radln.stats import cox

    data = reference.data("pbc")
    columns = data[["age", "logbili", "albumin", "edema", "protime"]]
    table = cox(data["time"], data["status"], columns).proportional_hazards("km").frame()
    edema = table.set_index("name").loc["edema"]
    assert edema["statistic"] == pytest.approx(4.502771, abs=1e-6)
    assert edema["pvalue"] < 0.05
