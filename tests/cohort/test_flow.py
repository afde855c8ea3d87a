"""Every case that came in is either analysed or excluded for a reason."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from radln.cohort.flow import Flow


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=8))
def test_exclusions_add_up(counts):
    counts = sorted(counts, reverse=True)
    flow = Flow().start("rows", cases=counts[0], patients=counts[0])
    for k, count in enumerate(counts[1:]):
        flow = flow.then(f"step {k}", "a reason", cases=count, patients=count)
    table = flow.frame()
    assert table["excluded"].sum() == counts[0] - counts[-1]
    assert table["cases"].tolist() == counts
    assert (table["excluded"] >= 0).all()


def test_a_flow_is_not_changed_by_the_next_step():
    first = Flow().start("rows", cases=3, patients=2)
    first.then("left", "why", cases=1, patients=1)
    assert len(first.steps) == 1
    assert list(Flow().frame().columns) == ["label", "reason", "excluded", "cases", "patients"]
