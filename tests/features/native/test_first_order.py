"""Native first-order features: pyradiomics' values, and what must hold without it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from same import assert_equal

from radln.errors import InputError
from radln.features.radiomics.native.first_order import first_order_features
from tests.rows import each_row

CASES = Path(__file__).parents[3].parent / "shared" / "data" / "pyradiomics-cases"


def pyradiomics_values(
    image: np.ndarray, region: np.ndarray, spacing: tuple[float, ...], **options: float
) -> tuple[dict[str, float], np.ndarray]:
    """Its features, and how many voxels have each of its grey levels."""
    radiomics = pytest.importorskip("radiomics")
    import SimpleITK as sitk  # noqa: N813
    from radiomics.firstorder import RadiomicsFirstOrder

    radiomics.setVerbosity(60)
    picture, mask = sitk.GetImageFromArray(image), sitk.GetImageFromArray(region.astype(np.uint8))
    picture.SetSpacing(spacing[::-1])
    mask.SetSpacing(spacing[::-1])
    with np.errstate(all="ignore"):
        features = RadiomicsFirstOrder(picture, mask, **options)
        found = {name: float(value) for name, value in features.execute().items()}
    levels = features.discretizedImageArray[region]
    return found, np.unique(levels, return_counts=True)[1]


def compare(image, region, spacing, shift=0.0, **binning) -> None:
    expected, counts = pyradiomics_values(image, region, spacing, voxelArrayShift=shift, **binning)
    values = image[region].astype(np.float64)
    found = first_order_features(values, counts, float(np.prod(spacing)), shift=shift)
    assert_equal(found, expected)


@st.composite
def images(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    shape = tuple(draw(st.lists(st.integers(1, 12), min_size=2, max_size=3)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from(["grey", "levels", "flat", "tails", "offset", "tenths", "two"]))
    noise = rng.normal(size=shape)
    image = {
        "grey": noise * 30 + 100,
        "levels": np.rint(noise * 2),
        "flat": np.full(shape, rng.random() * 100),
        "tails": np.sign(noise) * np.exp(5 * np.abs(noise)),
        "offset": noise * 1e-3 + 5000,
        "tenths": np.rint(noise * 20) * 0.1,
        "two": np.where(noise > 1, 7.7, -0.3),
    }[kind]
    region = rng.random(shape) < rng.random()
    region[tuple(n // 2 for n in shape)] = True
    return image, region


@pytest.mark.filterwarnings("ignore:Mean of empty slice:RuntimeWarning")
@settings(max_examples=300, deadline=None, derandomize=True)
@given(images(), st.sampled_from([0.0, 2000.0]))
def test_random_images_equal_pyradiomics(case, shift):
    image, region = case
    compare(image, region, (2.0, 0.5, 0.7)[: image.ndim], shift, binCount=8)


@pytest.mark.parametrize("n", [*range(1, 30), 101, 1000, 20001])
@pytest.mark.filterwarnings("ignore:Mean of empty slice:RuntimeWarning")
def test_every_small_size(n):
    """Percentiles fall on values and between them; two values have no robust deviation."""
    rng = np.random.default_rng(n)
    for image in (rng.normal(size=(1, n)), rng.integers(0, 5, (1, n)) * 1.0, np.full((1, n), 0.1)):
        compare(image, np.ones((1, n), dtype=bool), (1.0, 1.0), binCount=4)


def test_a_float32_image_is_read_as_it_is():
    image = np.random.default_rng(0).normal(size=(40, 50)).astype(np.float32) / 3
    compare(image, image > -0.2, (1.0, 1.0), binCount=16)


@pytest.mark.skipif(not CASES.is_dir(), reason="../shared/data/pyradiomics-cases is not there")
@pytest.mark.parametrize(
    ("image", "mask"),
    [
        ("brain1_image", "brain1_label"),
        ("brain2_image", "brain2_label"),
        ("breast1_image", "breast1_label"),
        ("prostate_phantom_subvolume", "prostate_phantom_subvolume-label"),
    ],
)
def test_pyradiomics_own_cases(image, mask):
    import SimpleITK as sitk  # noqa: N813

    picture = sitk.ReadImage(str(CASES / f"{image}.nrrd"))
    values = sitk.GetArrayFromImage(picture).astype(np.float64)
    region = sitk.GetArrayFromImage(sitk.ReadImage(str(CASES / f"{mask}.nrrd"))) == 1
    compare(values, region, picture.GetSpacing()[::-1], binWidth=25)
    compare(values, region, picture.GetSpacing()[::-1], shift=2000.0, binWidth=25)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    st.lists(st.floats(-1e6, 1e6).map(lambda v: round(v, 3)), min_size=3, max_size=200),
    st.randoms(use_true_random=False),
)
def test_the_order_of_voxels_and_the_zero_of_the_scale_do_not_matter(numbers, random):
    values = np.array(numbers)
    counts = np.array([len(numbers)])
    expected = first_order_features(values, counts, 1.0)
    random.shuffle(numbers)
    again = first_order_features(np.array(numbers), counts, 1.0)
    moved = first_order_features(values - 1000, counts, 1.0, shift=1000.0)
    turned = first_order_features(-values, counts, 1.0)
    size = max(1000.0, np.abs(values).max())
    close = {"rel": 1e-9, "abs": 1e-9 * size}
    for name in ("10Percentile", "90Percentile", "Median", "Minimum", "Maximum", "Range"):
        assert again[name] == expected[name]
    for name in ("Mean", "MeanAbsoluteDeviation", "InterquartileRange", "RootMeanSquared"):
        assert again[name] == pytest.approx(expected[name], **close)
    assert moved["RootMeanSquared"] == pytest.approx(expected["RootMeanSquared"], **close)
    assert moved["Mean"] + 1000 == pytest.approx(expected["Mean"], **close)
    assert turned["10Percentile"] == pytest.approx(-expected["90Percentile"], **close)
    assert turned["Energy"] == pytest.approx(expected["Energy"], rel=1e-12)


@each_row("n", [2, 3, 10, 11, 4000])
@each_row("kind", ["normal", "ties", "tails", "rising", "falling"])
def test_percentiles_are_numpys_to_the_last_bit(n, kind):
    rng = np.random.default_rng(n)
    noise = rng.normal(size=n)
    values = {
        "normal": noise,
        "ties": np.rint(noise),
        "tails": np.exp(20 * noise),
        "rising": np.sort(noise),
        "falling": -np.sort(noise),
    }[kind]
    found = first_order_features(values, np.array([n]), 1.0)
    p10, p25, p75, p90 = np.percentile(values, [10, 25, 75, 90])
    assert (found["10Percentile"], found["90Percentile"]) == (p10, p90)
    assert found["InterquartileRange"] == p75 - p25
    assert found["Median"] == np.median(values)


def test_one_grey_value_and_two():
    found = first_order_features(np.full(9, 3.0), np.array([9]), 0.5)
    assert (found["Variance"], found["Kurtosis"], found["Skewness"]) == (0, 0, 0)
    assert (found["Energy"], found["TotalEnergy"], found["Uniformity"]) == (81, 40.5, 1)
    found = first_order_features(np.array([1.0, 2.0]), np.array([1, 1]), 1.0)
    assert np.isnan(found["RobustMeanAbsoluteDeviation"])
    assert found["Entropy"] == pytest.approx(1)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_numbers_are_refused(wrong):
    with pytest.raises(InputError, match="finite"):
        first_order_features(np.array([1.0, wrong, 2.0]), np.array([3]), 1.0)
