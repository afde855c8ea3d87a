"""The voxel size of a header: in mm whatever its unit, or not known; never 1 mm by default."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from PIL import Image

from radln.errors import InputError, UnreadableFileError
from radln.features import FeatureSettings, extract_features
from radln.features.extract import extract_cases, length_unit
from radln.features.radiomics.settings import RadiomicsSettings
from radln.io import medical
from radln.io.cases import CaseSource
from radln.io.images import read_geometry, read_image, read_mask
from radln.io.itk_headers import VoxelSize
from tests.io.broken import mha, nifti, nrrd

PLANE = np.arange(12 * 20, dtype=np.int16).reshape(12, 20)
DISC = (np.hypot(*np.indices((40, 50)) - 20.0) < 9).astype(np.int16)
UNKNOWN = {
    "nrrd without": (nrrd, ()),
    "nrrd nan": (nrrd, ("spacings: nan nan",)),
    "nrrd half": (nrrd, ("spacings: 0.1 nan",)),
    "nrrd 1e30": (nrrd, ("spacings: 1e30 1e30",)),
    "nrrd 1e-9": (nrrd, ("spacings: 1e-9 1e-9",)),
    "nrrd km": (nrrd, ("spacings: 0.5 0.5", 'units: "m" "m"')),
    "nrrd thicknesses": (nrrd, ("thicknesses: 0.1 0.1",)),
    "mha without": (mha, ()),
    "mha 1e30": (mha, ("ElementSpacing = 1e30 1e30",)),
    "mha lower case": (mha, ("elementspacing = 0.1 0.1",)),
    "nifti zero": (nifti, ((80, "3f", 0, 0, 0), (252, "2h", 0, 0))),
    "nifti nan": (nifti, ((80, "2f", np.nan, np.nan), (252, "2h", 0, 0))),
    "nifti 1e30": (nifti, ((80, "2f", 1e30, 1e30), (252, "2h", 0, 0))),
    "nifti default": (nifti, ((80, "2f", 1, 1), (123, "b", 0), (252, "2h", 0, 0))),
}
KNOWN = {
    "nrrd": (nrrd, ("spacings: 0.1 0.2",)),
    "nrrd mm": (nrrd, ("spacings: 0.1 0.2", 'units: "mm" "mm"')),
    "nrrd cm": (nrrd, ("spacings: 0.01 0.02", 'units: "cm" "cm"')),
    "nrrd um": (nrrd, ("spacings: 100 200", 'units: "um" "um"')),
    "nrrd micrometres": (nrrd, ("spacings: 100 200", 'units: "micrometers" "micrometers"')),
    "nrrd m": (nrrd, ("spacings: 1e-4 2e-4", 'units: "m" "m"')),
    "nrrd space": (
        nrrd,
        ("space dimension: 2", "space directions: (0.01,0) (0,0.02)", 'space units: "cm" "cm"'),
    ),
    "nrrd mirrored": (nrrd, ("spacings: 0.1 -0.2",)),
    "mha": (mha, ("ElementSpacing = 0.1 0.2",)),
    "mha size": (mha, ("ElementSize = 0.1 0.2",)),
    "mha cm": (mha, ("ElementSpacing = 0.01 0.02", "DistanceUnits = cm")),
    "mha um": (mha, ("ElementSpacing = 100 200", "DistanceUnits = um")),
    "nifti": (nifti, ()),
    "nifti no unit": (nifti, ((123, "b", 0),)),
    "nifti no forms": (nifti, ((252, "2h", 0, 0),)),
    "nifti m": (nifti, ((123, "b", 1), (80, "2f", 1e-4, 2e-4), (252, "2h", 0, 0))),
    "nifti um": (nifti, ((123, "b", 3), (80, "2f", 100, 200), (252, "2h", 0, 0))),
}
REFUSED = {
    "nrrd seconds": (nrrd, ("spacings: 1 1", 'units: "s" "s"'), "unknown_unit"),
    "nrrd pixels": (nrrd, ("spacings: 1 1", 'units: "pixel" "pixel"'), "unknown_unit"),
    "nrrd mixed": (nrrd, ("spacings: 1 1", 'units: "mm" "cm"'), "unknown_unit"),
    "nrrd inches": (nrrd, ("spacings: 1 1", 'units: "in" "in"'), "unknown_unit"),
    "mha inches": (mha, ("ElementSpacing = 1 1", "DistanceUnits = inches"), "unknown_unit"),
    "nrrd zero": (nrrd, ("spacings: 0 0.1",), "damaged_header"),
    "mha zero": (mha, ("ElementSpacing = 0 0.1",), "damaged_header"),
    "mha nan": (mha, ("ElementSpacing = nan nan",), "damaged_header"),
    "mha words": (mha, ("ElementSpacing = 0,1 0,1",), "damaged_header"),
    "mha three for two": (mha, ("ElementSpacing = 0.1 0.1 0.1",), "damaged_header"),
}
SUFFIX = {nrrd: ".nrrd", mha: ".mha", nifti: ".nii"}


@pytest.mark.parametrize("kind", UNKNOWN)
def test_absent_or_absurd_sizes_are_not_known_and_the_given_one_counts(tmp_path, kind):
    write, header = UNKNOWN[kind]
    path = write(tmp_path / f"a{SUFFIX[write]}", PLANE, *header)
    image = read_image(path)
    np.testing.assert_array_equal(image.values, PLANE)
    assert image.spacing_mm is None
    assert read_geometry(path).spacing_mm is None
    assert read_image(path, spacing_mm=0.08).spacing_mm == (0.08, 0.08)


@pytest.mark.parametrize("kind", KNOWN)
def test_sizes_are_in_mm_whatever_the_unit(tmp_path, kind):
    write, header = KNOWN[kind]
    more = {"spacing": (0.1, 0.2)} if write is nifti else {}
    path = write(tmp_path / f"a{SUFFIX[write]}", PLANE, *header, **more)
    image = read_image(path, spacing_mm=9.0)
    np.testing.assert_array_equal(image.values, PLANE)
    assert image.spacing_mm == pytest.approx((0.2, 0.1))
    assert read_geometry(path) == image.geometry


@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.parametrize("reader", [read_image, read_mask, read_geometry])
def test_sizes_that_are_none_are_refused(tmp_path, kind, reader):
    write, header, code = REFUSED[kind]
    path = write(tmp_path / f"a{SUFFIX[write]}", DISC, *header)
    with pytest.raises(UnreadableFileError, match="voxel size") as caught:
        reader(path)
    assert caught.value.code == code


def test_a_negative_size_runs_back(tmp_path):
    back = read_geometry(nrrd(tmp_path / "a.nrrd", PLANE, "spacings: 0.1 -0.2"))
    there = read_geometry(nrrd(tmp_path / "b.nrrd", PLANE, "spacings: 0.1 0.2"))
    assert back.differences(there) == ["direction differs by up to 2"]


def test_a_size_that_itk_reads_otherwise_is_refused(tmp_path, monkeypatch):
    path = mha(tmp_path / "a.mha", PLANE, "ElementSpacing = 0.1 0.1", "elementspacing = 0.2 0.2")
    assert read_image(path).spacing_mm == (0.1, 0.1)  # the other is another word
    monkeypatch.setattr(medical, "read_voxel_size", lambda path: VoxelSize((0.2, 0.2)))
    with pytest.raises(UnreadableFileError, match=r"two ways \(0\.2 and 0\.1 mm\)"):
        read_image(path)


def test_units_move_the_origin_too(tmp_path):
    lines = ("space dimension: 2", "space directions: (0.01,0) (0,0.01)")
    centimetres = ("space origin: (1,2)", 'space units: "cm" "cm"')
    far = read_geometry(nrrd(tmp_path / "a.nrrd", PLANE, *lines, *centimetres))
    lines = ("space dimension: 2", "space directions: (0.1,0) (0,0.1)", "space origin: (10,20)")
    same = read_geometry(nrrd(tmp_path / "b.nrrd", PLANE, *lines))
    assert far.differences(same) == []
    assert far.origin_mm == pytest.approx((10.0, 20.0, 0.0))


def test_a_colour_axis_is_no_length(tmp_path):
    colours = np.repeat(PLANE[..., None], 3, axis=-1)
    lines = ("spacings: nan 0.1 0.2", "kinds: RGB-color domain domain")
    image = read_image(nrrd(tmp_path / "a.nrrd", colours, *lines))
    assert image.values.shape == PLANE.shape
    assert image.spacing_mm == pytest.approx((0.2, 0.1))


def test_the_thickness_of_one_slice_does_not_matter(tmp_path):
    image = read_image(nrrd(tmp_path / "a.nrrd", PLANE[None], "spacings: 0.1 0.2 nan"))
    assert image.spacing_mm == pytest.approx((0.2, 0.1))


def test_a_volume_of_unknown_size_is_not_given_the_pixel_size_of_a_picture(tmp_path):
    volume = np.repeat(DISC[None], 5, axis=0)
    path = nrrd(tmp_path / "a.nrrd", volume)
    assert read_image(path, spacing_mm=0.1).spacing_mm is None
    case = CaseSource("a", path, path, spacing_mm=0.1)
    table = extract_cases([case], FeatureSettings(deep=None)).table
    assert "pixel size of this image is not known" in table.status.loc["a", "message"]


def test_features_without_size_equal_those_of_the_twin_with_one(tmp_path):
    bare = nrrd(tmp_path / "a.nrrd", PLANE_AND_DISC)
    mask = nrrd(tmp_path / "m.nrrd", DISC)
    Image.fromarray(PLANE_AND_DISC.astype(np.uint8)).save(tmp_path / "a.png")
    Image.fromarray((DISC * 255).astype(np.uint8)).save(tmp_path / "m.png")
    settings = FeatureSettings(deep=None)
    found = extract_features(bare, mask, settings, spacing_mm=0.2)
    twin = extract_features(tmp_path / "a.png", tmp_path / "m.png", settings, spacing_mm=0.2)
    np.testing.assert_allclose(found.values, twin.values, rtol=1e-9)
    assert length_unit([CaseSource("a", bare, mask)], settings) == "px"
    assert "node_long_axis_px" in extract_features(bare, mask, settings).values


PLANE_AND_DISC = ((np.indices((40, 50)).sum(axis=0) * 37) % 90 + 60 * DISC).astype(np.int16)


def test_a_given_size_that_contradicts_the_header_is_refused_or_said(tmp_path):
    path = tmp_path / "a.mha"
    picture = sitk.GetImageFromArray(PLANE_AND_DISC)
    sitk.WriteImage(picture, str(path))  # 1 mm, as whoever fills in nothing
    mask = tmp_path / "m.mha"
    sitk.WriteImage(sitk.GetImageFromArray(DISC), str(mask))
    with pytest.raises(InputError, match=r"1 x 1 mm in the header, 0\.08 mm given"):
        extract_features(path, mask, spacing_mm=0.08)
    settings = FeatureSettings(deep=None)
    same = extract_features(path, mask, settings, spacing_mm=1.004)
    assert same.status.loc["node", "message"] == ""
    table = extract_cases([CaseSource("a", path, mask, spacing_mm=0.08)], settings).table
    assert "pixel size of the header was used (1 x 1 mm" in table.status.loc["a", "message"]


@pytest.mark.parametrize("engine", ["native", "pyradiomics"])
def test_a_filter_in_pixels_has_another_column_than_one_in_mm(engine):
    pytest.importorskip("radiomics") if engine == "pyradiomics" else None
    radiomics = RadiomicsSettings(
        engine=engine, wavelet=False, log_sigma=(1.0, 2.5), classes=("firstorder",)
    )
    settings = FeatureSettings(deep=None, radiomics=radiomics)
    pixels = extract_features(PLANE_AND_DISC, DISC, settings).values
    sizes = extract_features(PLANE_AND_DISC, DISC, settings, spacing_mm=0.5).values
    filtered = {name for name in pixels if "log-sigma" in name}
    assert filtered and all("-0-px_" in name or "-5-px_" in name for name in filtered)
    assert not filtered & set(sizes)
    in_mm = {name for name in sizes if "log-sigma" in name}
    assert {name.replace("-mm_", "-px_") for name in in_mm} == filtered
