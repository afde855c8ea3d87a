"""Grids are compared field by field; images, masks and cases refuse what is not usable."""

from __future__ import annotations

import numpy as np
import pytest

from radln.errors import EmptyMaskError, GeometryMismatchError, InputError, ShapeError
from radln.imaging.volume import Case, Geometry, ImageVolume, Mask

EYE = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
GRID = Geometry((3, 4, 5), (2.0, 0.5, 0.5), (10.0, 20.0, 30.0), EYE)


def image(geometry: Geometry = GRID) -> ImageVolume:
    return ImageVolume(np.zeros(geometry.shape), geometry)


def mask(geometry: Geometry = GRID, *labels: int) -> Mask:
    values = np.zeros(geometry.shape, np.int64)
    for at, label in enumerate(labels):
        values[(at,) * values.ndim] = label
    return Mask(values, geometry)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (Geometry((3, 4, 6), GRID.spacing_mm, GRID.origin_mm, EYE), "size 3 x 4 x 5"),
        (Geometry((3, 4, 5), (2.0, 0.5, 0.6), GRID.origin_mm, EYE), "spacing differs"),
        (
            Geometry((3, 4, 5), GRID.spacing_mm, (10.0, 20.0, 33.0), EYE),
            "origin differs by up to 3",
        ),
        (Geometry((3, 4, 5), GRID.spacing_mm, GRID.origin_mm, (-1.0, *EYE[1:])), "direction"),
        (Geometry((3, 4, 5), (0.5, 0.5)), "spacing has 3 against 2 entries"),
    ],
)
def test_each_field_that_differs_is_named(other, said):
    (found,) = GRID.differences(other)
    assert said in found
    assert len(other.differences(GRID)) == 1
    with pytest.raises(GeometryMismatchError, match=said.split()[0]):
        Case.from_volume("a", image(), mask(other, 1))


def test_rounding_and_unknown_fields_do_not_count():
    near = Geometry((3, 4, 5), (2.0, 0.5, 0.5 + 1e-5), (10.0001, 20.0, 30.0), EYE)
    assert GRID.differences(near) == []
    assert GRID.differences(Geometry((3, 4, 5))) == []


def test_images_must_be_finite_2d_or_3d_and_fit_their_grid():
    with pytest.raises(ShapeError, match="2D or 3D"):
        ImageVolume(np.zeros(4), Geometry((4,)))
    with pytest.raises(ShapeError, match="different shapes"):
        ImageVolume(np.zeros((4, 4)), Geometry((4, 5)))
    with pytest.raises(InputError, match="missing or infinite"):
        ImageVolume(np.full((4, 4), np.nan), Geometry((4, 4)))
    with pytest.raises(ShapeError, match="different shapes"):
        Mask(np.zeros((4, 4), np.int64), Geometry((4, 5)))
    assert image().spacing_mm == (2.0, 0.5, 0.5)


def test_a_mask_gives_its_only_label_or_the_one_asked_for():
    assert mask(GRID, 7).region().sum() == 1
    two = mask(GRID, 1, 3)
    assert two.present == (1, 3)
    assert two.region(3)[1, 1, 1]
    with pytest.raises(InputError, match="say which"):
        two.region()
    with pytest.raises(EmptyMaskError, match="label 2 is not"):
        two.region(2)
    with pytest.raises(EmptyMaskError, match="empty"):
        mask(GRID).region()


def test_a_case_needs_a_region_on_its_image():
    assert Case.from_volume("a", image(), mask(GRID, 1)).ndim == 3
    with pytest.raises(GeometryMismatchError, match="3 x 4 x 5 against 3 x 4"):
        Case.single("a", image(), np.ones((3, 4), bool))
    with pytest.raises(EmptyMaskError):
        Case.single("a", image(), np.zeros((3, 4, 5), bool))
