"""Figures: what is drawn is what was given, and nothing global is touched."""

import io
import subprocess
import sys
from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from radln._draw.axes import Scale, draw_nomogram
from radln._draw.bars import draw_beeswarm, draw_forest, draw_importance, draw_waterfall
from radln._draw.curves import draw_calibration, draw_decision, draw_roc
from radln.stats import calibration, decision_curve, roc_curve


@pytest.fixture
def study():
    rng = np.random.default_rng(0)
    y = rng.random(120) < 0.4
    return y, np.clip(0.3 * y + rng.random(120) * 0.6, 0.01, 0.99)


def rendered(figure):
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getbuffer().nbytes


def test_roc_draws_curves_readers_and_counts(study):
    y, p = study
    curve = roc_curve(y, p)
    reader = ((0.8, 0.7, 0.9), (0.7, 0.6, 0.75))
    ax = draw_roc(
        {"model": (curve.fpr, curve.tpr)}, points={"expert": reader}, n=120, n_positive=40
    )
    drawn = next(line for line in ax.lines if line.get_label() == "model")
    assert np.array_equal(drawn.get_xydata(), np.column_stack([curve.fpr, curve.tpr]))
    assert {text.get_text() for text in ax.get_legend().get_texts()} == {"model", "expert"}
    assert ax.get_title(loc="left") == "n = 120 (40 positive)"
    assert rendered(ax.figure) > 1000


def test_curves_differ_by_dashes_as_well_as_colour(study):
    y, p = study
    curve = roc_curve(y, p)
    ax = draw_roc({str(i): (curve.fpr, curve.tpr) for i in range(5)}, n=1, n_positive=1)
    lines = ax.lines[1:]
    assert len({line.get_color() for line in lines}) == 5
    assert len({str(line._dash_pattern) for line in lines}) == 5


def test_results_plot_on_given_or_new_axes(study):
    y, p = study
    for result in (roc_curve(y, p), calibration(y, p), decision_curve(y, p)):
        ax = result.plot()
        assert result.plot(ax) is ax
        assert rendered(ax.figure) > 1000
        assert ax.get_xlabel()


def test_calibration_without_a_curve_still_draws():
    result = calibration([0, 0, 1, 1], [0.4] * 4)
    assert rendered(result.plot().figure) > 1000
    with_groups = draw_calibration(
        curve=tuple(np.empty((4, 0))),
        groups=tuple(np.array([[0.2], [0.3], [0.1], [0.5]])),
        histogram=np.zeros((2, 25), dtype=np.int64),
        n=4,
        n_positive=2,
    )
    assert with_groups.get_legend() is not None


def test_more_than_two_decision_curves_lose_their_bands():
    t = np.linspace(0.1, 0.9, 9)
    band = (t, t - 0.1, t + 0.1)

    def bands(k):
        curves = {str(i): band for i in range(k)}
        ax = draw_decision(curves, thresholds=t, treat_all=t, n=10, n_positive=5)
        return len(ax.collections)

    assert (bands(2), bands(3)) == (2, 0)


def test_bars_name_their_rows_from_the_top():
    labels = ["radiomics_wavelet-LLH_glszm_SizeZoneNonUniformityNormalized", "clinical_age"]
    value = np.array([0.8, 0.6])
    for ax in (
        draw_forest(labels, value, value - 0.1, value + 0.1, xlabel="AUC", texts=["a", "b"]),
        draw_importance(labels, value, value - 0.1, value + 0.1),
        draw_waterfall(labels, np.array([0.4, -0.7]), base=-1.0),
    ):
        names = [text.get_text() for text in ax.get_yticklabels()]
        assert names[1] == "clinical_age"
        assert names[0].startswith("radiomics_")
        assert len(names[0]) <= 64
        assert ax.get_ylim()[0] > ax.get_ylim()[1]
        assert rendered(ax.figure) > 1000


def test_beeswarm_shows_every_case_with_missing_and_constant_values():
    rng = np.random.default_rng(1)
    contributions, values = rng.normal(size=(2, 50, 3))
    values[:5, 0], values[:, 1] = np.nan, 2.0
    ax = draw_beeswarm(["a", "b", "c"], contributions, values)
    dots = np.concatenate([c.get_offsets() for c in ax.collections])
    assert np.allclose(np.sort(dots[:, 0]), np.sort(contributions.ravel()))
    assert rendered(ax.figure) > 1000
    assert rendered(draw_beeswarm(["a"], np.zeros((4, 1)), np.zeros((4, 1))).figure) > 1000


def test_waterfall_ends_at_the_prediction():
    ax = draw_waterfall(["a", "b", "c"], np.array([0.5, -1.0, 0.25]), base=0.1, title="Case 3")
    last = ax.patches[-1]
    assert last.get_x() + last.get_width() == pytest.approx(-0.15)
    assert "this case −0.15" in ax.get_title(loc="left")


def boxes(ax):
    """Where every word of a drawing stands, in pixels."""
    FigureCanvasAgg(ax.figure).draw()
    return [(text.get_text(), text.get_window_extent()) for text in ax.texts if text.get_text()]


def overprinted(ax):
    """Pairs of words that print over each other."""
    return [
        (one, other)
        for (one, a), (other, b) in combinations(boxes(ax), 2)
        if a.shrunk(0.98, 0.9).overlaps(b.shrunk(0.98, 0.9))
    ]


POINTS = Scale("Points", np.linspace(0, 1, 11), [str(10 * k) for k in range(11)])
CLOSE = ["hilar", "avascular", "mixed", "peripheral"]
LONG = "a predictor with a very long name (per 10 mm of its long axis)"
WORDS = ["not applicable", "indeterminate", "microlobulated"]
HOSPITALS = [f"Hospital number {k}" for k in range(18)]
CROWDED = {
    "close": Scale("doppler", np.array([0.30, 0.31, 0.32, 0.6]), CLOSE),
    "long": Scale(LONG, np.array([0.0, 0.02, 0.03]), WORDS),
    "eighteen": Scale("site", np.linspace(0.1, 0.3, 18), HOSPITALS),
    "equal": Scale("echo", np.zeros(4), ["isoechoic", "hypoechoic", "anechoic", "hyperechoic"]),
    "right": Scale("sex", np.array([0.99, 1.0]), ["female, postmenopausal", "male, any age"]),
}


@pytest.mark.parametrize("name", CROWDED)
def test_labels_of_a_nomogram_never_print_over_each_other(name):
    ax = draw_nomogram([POINTS, CROWDED[name], POINTS], title="A nomogram")
    assert overprinted(ax) == []
    shown = [text.replace("\n", " ") for text, _ in boxes(ax)]
    assert set(CROWDED[name].labels) <= set(shown)
    width = ax.figure.bbox.width
    assert all(box.x0 >= 0 and box.x1 <= width for _, box in boxes(ax))


def test_a_label_keeps_to_its_tick_where_it_has_room():
    ax = draw_nomogram([POINTS, Scale("sex", np.array([0.2, 0.8]), ["male", "female"])])
    places = {text.get_text(): text.get_position()[0] for text in ax.texts}
    assert (places["male"], places["female"]) == (pytest.approx(0.2), pytest.approx(0.8))


def test_settings_stay_and_pyplot_stays_away(study):
    y, p = study
    chosen = set(mpl.rcParams) - {"backend"}
    before = {key: mpl.rcParams[key] for key in chosen}
    roc_curve(y, p).plot()
    assert before == {key: mpl.rcParams[key] for key in chosen}
    code = (
        "import sys, radln.stats as s; assert 'matplotlib' not in sys.modules\n"
        "s.roc_curve([0, 1], [1, 2]).plot().figure.savefig('/dev/null', format='png')\n"
        "assert 'matplotlib.pyplot' not in sys.modules and 'sklearn' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_operating_point_of_a_reader_is_marked_and_nothing_is_cut_off():
    step = (np.array([0, 0.1, 0.3, 0.6, 1]), np.array([0, 0.5, 0.8, 1, 1]))
    cross = ((0.8, 0.7, 0.9), (0.7, 0.6, 0.8))
    ax = draw_roc(
        {"model": step}, n=40, n_positive=20, points={"R1": cross}, paths={"R1": step, "R2": step}
    )
    model, first = ax.lines[1:3]
    assert first.get_markevery() == [1, 2, 3]
    assert first.get_color() == "black" != model.get_color()
    assert not model.get_clip_on()
    assert ax.get_xlim()[1] > 1 < ax.get_ylim()[1]
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert sorted(legend) == ["R1", "R2", "model"]
    many = (np.linspace(0, 1, 40), np.linspace(0, 1, 40))
    assert draw_roc({}, n=4, n_positive=2, paths={"R1": many}).lines[1].get_marker() == "None"


def test_readers_stand_beside_decision_curves():
    t = np.linspace(0.1, 0.9, 9)
    band = (t, t - 0.1, t + 0.1)
    ax = draw_decision(
        dict.fromkeys("abc", band), thresholds=t, treat_all=t, n=10, n_positive=5,
        banded={"b"}, readers={"R1": (t, t)}, upper=0.6,
    )  # fmt: skip
    assert len(ax.collections) == 1
    assert ax.get_xlim() == (0, 0.6)
    assert "R1" in [text.get_text() for text in ax.get_legend().get_texts()]


def test_readers_have_a_colour_of_their_own_in_a_forest():
    value = np.array([0.8, 0.6, 0.7])
    ax = draw_forest(list("abc"), value, value, value, xlabel="AUC", others=1)
    models, readers = (line for line in ax.lines if line.get_marker() in ("s", "o"))
    assert models.get_xdata().size == 2
    assert readers.get_xdata().tolist() == [0.7]
    assert models.get_color() != readers.get_color()


def test_a_waterfall_says_its_probabilities():
    ax = draw_waterfall(
        ["age = 61", "b"], np.array([0.5, -1.0]), base=0.1, probabilities=(0.5, 0.004)
    )
    assert ax.get_title(loc="left") == "average 50 % → this case < 1 %"


@pytest.mark.parametrize(
    "name", ["log-sigma-1-0-mm glcm ClusterProminence = 1.4e+05", "a b c " * 20, "x" * 90]
)
def test_long_names_have_two_lines(name):
    ax = draw_importance([name], np.ones(1), np.ones(1), np.ones(1))
    shown = ax.get_yticklabels()[0].get_text()
    assert shown.count("\n") <= 1
    assert len(shown) <= 64
    assert shown.endswith(name.strip()[-8:])
