"""Encoding: missing values, levels, constant columns, the correlation filter."""

import numpy as np
import pandas as pd
import pytest

from radln.errors import InputError
from radln.models.steps.encode import Encoding, fit_encoding
from radln.models.steps.select import Select, column_auc, rank_and_filter
from radln.models.steps.step import Training

Y = np.array([0, 0, 0, 1, 1, 1], dtype=bool)


def encode(frame, keep=(), candidates=(), **settings):
    settings = {"max_features": 10, "max_correlation": 0.9} | settings
    training = Training(frame, Y, np.arange(Y.size).astype(object))
    return fit_encoding(training, keep=keep, compete=candidates, choices=[Select(**settings)])


def test_numeric_is_centred_and_scaled_with_the_median_filled_in():
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0, np.nan, 6.0]})
    encoding = encode(frame, keep=["a"])
    matrix = encoding.transform(frame)
    assert matrix.mean() == pytest.approx(0) and matrix.std() == pytest.approx(1)
    assert encoding.inputs[0].median == 3.0


def test_constant_and_empty_columns_are_dropped():
    frame = pd.DataFrame({"a": [1.0] * 6, "b": [np.nan] * 6, "c": np.arange(6.0)})
    assert encode(frame, candidates=["a", "b", "c"]).columns == ("c",)


def test_nothing_left_is_an_error():
    with pytest.raises(InputError, match="no predictor"):
        encode(pd.DataFrame({"a": [1.0] * 6}), candidates=["a"])


def test_levels_use_the_commonest_as_reference_and_tolerate_new_ones():
    frame = pd.DataFrame({"s": ["x", "x", "x", "y", "y", "z"]})
    encoding = encode(frame, keep=["s"])
    assert [item.level for item in encoding.inputs] == ["y", "z"]
    new = encoding.transform(pd.DataFrame({"s": ["unheard of", None]}))
    np.testing.assert_allclose(new[0], new[1])


def test_correlated_columns_give_way_to_the_stronger():
    a = np.array([0.0, 1, 2, 3, 4, 5])
    frame = pd.DataFrame(
        {"noisy": a + np.array([0.1, -0.1, 1.2, 0, -0.1, 0.1]), "a": a, "b": [1, 0, 1, 0, 1, 1.0]}
    )
    assert encode(frame, candidates=["noisy", "a", "b"]).columns[0] in {"a", "noisy"}
    assert len(encode(frame, candidates=["noisy", "a", "b"]).columns) == 2


def test_no_kept_pair_exceeds_the_limit():
    rng = np.random.default_rng(0)
    base = rng.standard_normal((80, 4))
    x = np.hstack([base + 0.2 * rng.standard_normal((80, 4)) for _ in range(5)])
    y = base[:, 0] > 0
    kept = rank_and_filter(x, y, max_features=20, max_correlation=0.7)
    r = np.abs(np.corrcoef(x[:, kept].T)) - np.eye(len(kept))
    assert r.max() <= 0.7 + 1e-12


def test_column_auc_counts_ties_half():
    x = np.array([[1.0], [1], [2], [2], [3], [3]])
    pairs = (x[Y][:, None, 0] > x[~Y][None, :, 0]) + 0.5 * (x[Y][:, None, 0] == x[~Y][None, :, 0])
    assert column_auc(x, Y)[0] == pytest.approx(pairs.mean())


def test_plain_data_round_trip():
    frame = pd.DataFrame({"a": np.arange(6.0), "s": list("xxyyzz")})
    encoding = encode(frame, keep=["a", "s"])
    again = Encoding.from_list(encoding.to_list())
    np.testing.assert_array_equal(again.transform(frame), encoding.transform(frame))


def test_missing_column_is_named():
    encoding = encode(pd.DataFrame({"a": np.arange(6.0)}), keep=["a"])
    with pytest.raises(InputError, match="column"):
        encoding.transform(pd.DataFrame({"b": [1.0]}))
