"""One rule for the orientation that a file carries, in every format, for image and mask."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from PIL import Image, PngImagePlugin, TiffImagePlugin

from radln.errors import GeometryMismatchError, UnreadableFileError
from radln.features import extract_features
from radln.imaging.volume import Case
from radln.io.images import read_geometry, read_image, read_mask
from tests.io.broken import turned

UPRIGHT = ((np.arange(12 * 20) * 37) % 251).astype(np.uint8).reshape(12, 20)
LABELS = np.zeros((12, 20), np.uint8)
LABELS[1:5, 2:9], LABELS[6:9, 11:18] = 1, 2
TURNS = range(1, 9)
EXACT = {
    "png": (".png", {}),
    "uncompressed tiff": (".tif", {}),
    "lzw tiff": (".tif", {"compression": "tiff_lzw"}),
    "deflated tiff": (".tiff", {"compression": "tiff_adobe_deflate"}),
    "packbits tiff": (".tif", {"compression": "packbits"}),
}


@pytest.mark.parametrize("kind", EXACT)
@pytest.mark.parametrize("turn", TURNS)
def test_images_and_masks_are_upright_in_every_format(tmp_path, kind, turn):
    suffix, options = EXACT[kind]
    path = turned(tmp_path / f"a{suffix}", UPRIGHT, turn, **options)
    image = read_image(path)
    np.testing.assert_array_equal(image.values, UPRIGHT)
    assert image.geometry == read_geometry(path)
    assert image.geometry.orientation == turn
    mask = read_mask(turned(tmp_path / f"m{suffix}", LABELS, turn, **options))
    np.testing.assert_array_equal(mask.labels, LABELS)
    assert mask.geometry.orientation == turn


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("dtype", [np.uint16, np.int32, np.float32])
def test_deep_pictures_are_upright(tmp_path, turn, dtype):
    deep = UPRIGHT.astype(dtype) * 200
    path = turned(tmp_path / "a.tif", deep, turn)
    np.testing.assert_array_equal(read_image(path).values, deep)


@pytest.mark.parametrize("turn", TURNS)
def test_jpeg_is_upright(tmp_path, turn):
    smooth = np.add.outer(np.arange(24) * 4, np.arange(40) * 2).astype(np.uint8) + 30
    image = read_image(turned(tmp_path / "a.jpg", smooth, turn, quality=95))
    assert np.abs(image.values - smooth).max() < 4
    assert image.geometry.orientation == turn == read_geometry(tmp_path / "a.jpg").orientation
    mask = np.zeros((24, 40), np.uint8)
    mask[3:10, 5:30] = 255
    found = read_mask(turned(tmp_path / "m.jpg", mask, turn, quality=95))
    np.testing.assert_array_equal(found.labels, mask > 0)


@pytest.mark.parametrize("turn", TURNS)
def test_palettes_are_upright(tmp_path, turn):
    """A palette of colours: the mask's labels are its indices."""
    path = turned(tmp_path / "a.png", LABELS, turn)
    with Image.open(path) as picture:
        stored, exif = np.asarray(picture), picture.getexif()
    picture = Image.fromarray(stored, "L")
    picture.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0])
    picture.save(path, exif=exif)
    np.testing.assert_array_equal(read_mask(path).labels, LABELS)


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("form", ['tiff:Orientation="{}"', "<tiff:Orientation>{}<"])
def test_xmp_counts_where_there_is_no_tag(tmp_path, turn, form):
    xmp = form.format(turn).encode()
    stored = tmp_path / "stored.png"
    turned(stored, UPRIGHT, turn)
    with Image.open(stored) as picture:
        pixels = np.asarray(picture)
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[700] = xmp
    Image.fromarray(pixels).save(tmp_path / "a.tif", tiffinfo=tags)
    info = PngImagePlugin.PngInfo()
    info.add_itxt("XML:com.adobe.xmp", xmp.decode())
    Image.fromarray(pixels).save(tmp_path / "a.png", pnginfo=info)
    for name in ("a.tif", "a.png"):
        image = read_image(tmp_path / name)
        np.testing.assert_array_equal(image.values, UPRIGHT)
        assert image.geometry == read_geometry(tmp_path / name)
        assert image.geometry.orientation == turn


@pytest.mark.parametrize("odd", [0, 9, 255])
def test_an_orientation_that_does_not_exist_turns_nothing(tmp_path, odd):
    exif = Image.Exif()
    exif[274] = odd
    Image.fromarray(UPRIGHT).save(tmp_path / "a.png", exif=exif)
    image = read_image(tmp_path / "a.png")
    np.testing.assert_array_equal(image.values, UPRIGHT)
    assert image.geometry.orientation == 1


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
@pytest.mark.parametrize("exif", [b"Exif\0\0no header", b"Exif\0\0II*\0\x08\0\0\0\x05\0\x12\x01"])
def test_an_exif_block_that_cannot_be_read_is_refused(tmp_path, suffix, exif):
    path = tmp_path / f"a{suffix}"
    Image.fromarray(UPRIGHT).save(path, exif=exif)
    for reader in (read_image, read_mask, read_geometry):
        with pytest.raises(UnreadableFileError, match="EXIF block") as caught:
            reader(path)
        assert caught.value.code == "damaged_header"


@pytest.mark.parametrize("turn", range(2, 9))
def test_where_image_and_mask_disagree_the_case_is_refused(tmp_path, turn):
    square = UPRIGHT[:, :12]
    mask = np.where(np.hypot(*np.indices((12, 12)) - 5.0) < 4, 255, 0).astype(np.uint8)
    plain = Image.fromarray(mask)
    plain.save(tmp_path / "m.png")
    plain.save(tmp_path / "m.tif")
    image = read_image(turned(tmp_path / "a.png", square, turn))
    for other in ("m.png", "m.tif"):
        with pytest.raises(GeometryMismatchError, match=f"EXIF orientation {turn} against 1"):
            Case.from_volume("a", image, read_mask(tmp_path / other))
        with pytest.raises(GeometryMismatchError, match="upright"):
            extract_features(tmp_path / "a.png", tmp_path / other)
    with pytest.raises(GeometryMismatchError, match="upright"):
        extract_features(tmp_path / "a.png", mask)
    alike = read_mask(turned(tmp_path / "alike.tif", mask, turn))
    assert Case.from_volume("a", image, alike).region.sum() == (mask > 0).sum()


def test_features_of_a_turned_pair_equal_those_of_the_upright_one(tmp_path):
    rng = np.random.default_rng(0)
    picture = rng.integers(40, 200, (50, 60)).astype(np.uint8)
    y, x = np.mgrid[:50, :60]
    node = (np.hypot((y - 22) / 9, (x - 30) / 15) < 1).astype(np.uint8) * 255
    clean = None
    for turn in TURNS:
        for suffix in (".png", ".tif"):
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                found = extract_features(
                    turned(tmp_path / f"a{suffix}", picture, turn),
                    turned(tmp_path / f"m{suffix}", node, turn),
                ).values.loc["node"]
            clean = found if clean is None else clean
            np.testing.assert_allclose(found, clean, rtol=1e-9)
