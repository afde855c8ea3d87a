"""Square, square root, logarithm, exponential and gradient: pyradiomics', nearly bit by bit."""

from __future__ import annotations

import numpy as np
import pytest

from radln.features.radiomics.native.pointwise import pointwise_images
from radln.features.radiomics.settings import RadiomicsSettings

FILTERS = {
    "square": "Square",
    "squareroot": "SquareRoot",
    "logarithm": "Logarithm",
    "exponential": "Exponential",
    "gradient": "Gradient",
}
BOXES = {
    2: ((slice(3, 30), slice(5, 40)), (slice(0, 41), slice(0, 52)), (slice(40, 41), slice(0, 2))),
    3: ((slice(1, 7), slice(5, 20), slice(3, 17)), (slice(0, 9), slice(0, 25), slice(20, 21))),
}
SHAPES = {2: (41, 52), 3: (9, 25, 21)}


def values_of(kind: str, shape: tuple[int, ...]) -> np.ndarray:
    rng = np.random.default_rng(len(shape))
    return {
        "ultrasound": rng.integers(0, 256, shape).astype(float),
        "ct": np.rint(rng.normal(-200, 400, shape)),
        "normalized": rng.normal(0, 1, shape),
        "small": rng.uniform(-0.4, 0.3, shape),
        "flat": np.full(shape, 7.0),
    }[kind]


def pyradiomics_image(name, image, spacing, use_spacing):
    operations = pytest.importorskip("radiomics.imageoperations")
    sitk = pytest.importorskip("SimpleITK")
    picture = sitk.GetImageFromArray(image)
    picture.SetSpacing(spacing[::-1])
    generate = getattr(operations, f"get{FILTERS[name]}Image")
    ((filtered, given, _),) = generate(picture, None, gradientUseSpacing=use_spacing)
    assert given == name
    return sitk.GetArrayFromImage(filtered)


def levels(values: np.ndarray) -> np.ndarray:
    operations = pytest.importorskip("radiomics.imageoperations")
    return operations.binImage(values, np.ones(values.shape, bool), binCount=32)[0]


@pytest.mark.parametrize("ndim", [2, 3])
@pytest.mark.parametrize("use_spacing", [True, False])
@pytest.mark.parametrize("kind", ["ultrasound", "ct", "normalized", "small", "flat"])
def test_the_box_of_pyradiomics_image(kind, use_spacing, ndim):
    image, spacing = values_of(kind, SHAPES[ndim]), (2.3, 0.7, 0.4)[-ndim:]
    settings = RadiomicsSettings(filters=tuple(FILTERS), gradient_use_spacing=use_spacing)
    for box in BOXES[ndim]:
        found = dict(pointwise_images(image, box, spacing, settings))
        assert list(found) == list(FILTERS)
        for name, values in found.items():
            expected = pyradiomics_image(name, image, spacing, use_spacing)[box]
            assert values.dtype == expected.dtype
            assert values.flags.c_contiguous
            np.testing.assert_allclose(values, expected, rtol=1e-12, atol=1e-12, err_msg=name)
            np.testing.assert_array_equal(levels(values), levels(expected), err_msg=name)


def test_zeros_leave_out_what_they_do_not_define():
    settings = RadiomicsSettings(filters=tuple(FILTERS))
    found = dict(pointwise_images(np.zeros((6, 7)), (slice(1, 4),) * 2, (1.0, 1.0), settings))
    assert list(found) == ["squareroot", "gradient"]
    assert not any(values.any() for values in found.values())


def test_nothing_asked_for_is_nothing():
    assert not list(
        pointwise_images(np.eye(4), (slice(0, 4),) * 2, (1.0, 1.0), RadiomicsSettings())
    )


def test_the_gradient_of_a_plane_is_its_slope_but_half_of_it_across_the_border():
    y, x = np.meshgrid(np.arange(20.0), np.arange(30.0), indexing="ij")
    settings = RadiomicsSettings(filters=("gradient",))
    ((_, values),) = pointwise_images(
        3 * y + 8 * x, (slice(0, 20), slice(0, 30)), (0.5, 2), settings
    )
    np.testing.assert_allclose(values[1:-1, 1:-1], np.hypot(6, 4), rtol=1e-6)
    assert values[0, 5] == pytest.approx(np.hypot(3, 4))
    assert values[5, 0] == pytest.approx(np.hypot(6, 2))
