"""Small worlds for property tests: outcomes, scores with ties, patients."""

import numpy as np
from hypothesis import strategies as st


@st.composite
def studies(draw, n_scores=2, min_patients=6):
    """(y, scores (k, n), cluster): two positives and two negatives of four patients at least."""
    n_patients = draw(st.integers(min_patients, 14))
    sizes = draw(st.lists(st.integers(1, 3), min_size=n_patients, max_size=n_patients))
    cluster = np.repeat(np.arange(n_patients), sizes)
    n = cluster.size
    y = np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    first = np.flatnonzero(np.r_[True, cluster[1:] != cluster[:-1]])
    y[first[:2]], y[first[2:4]] = True, False
    integer = st.integers(-5, 5)
    scores = [draw(st.lists(integer, min_size=n, max_size=n)) for _ in range(n_scores)]
    return y, np.array(scores, dtype=float), cluster
