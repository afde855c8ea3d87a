"""Every format in, every odd mask read, every broken file named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from PIL import Image

from radln.errors import InputError, UnreadableFileError
from radln.io.images import IMAGE_SUFFIXES, is_image, read_geometry, read_image, read_mask

GREY = np.arange(12 * 20, dtype=np.uint8).reshape(12, 20)
DISC = np.hypot(*np.meshgrid(np.arange(40) - 20, np.arange(30) - 15)) < 9


def save(path: Path, array: np.ndarray, mode: str | None = None) -> Path:
    Image.fromarray(array).save(path) if mode is None else Image.fromarray(array, mode).save(path)
    return path


def save_itk(path: Path, array: np.ndarray, spacing: tuple[float, ...], **more) -> Path:
    picture = sitk.GetImageFromArray(array, **more)
    picture.SetSpacing(spacing)
    sitk.WriteImage(picture, str(path))
    return path


@pytest.mark.parametrize("suffix", [".png", ".tif", ".tiff", ".bmp", ".PNG"])
def test_grey_formats_keep_their_values(tmp_path, suffix):
    image = read_image(save(tmp_path / f"a{suffix}", GREY))
    assert image.values.dtype == np.float64
    np.testing.assert_array_equal(image.values, GREY)
    assert image.spacing_mm is None and image.notes == ()


def test_jpeg_is_close_and_16_bit_is_exact(tmp_path):
    smooth = np.tile(np.arange(40, 72, dtype=np.uint8), (16, 1))
    Image.fromarray(smooth).save(tmp_path / "a.jpg", quality=95)
    assert np.abs(read_image(tmp_path / "a.jpg").values - smooth).max() < 4
    deep = (GREY.astype(np.uint16) + 1) * 250
    for suffix in (".png", ".tif"):
        got = read_image(save(tmp_path / f"deep{suffix}", deep)).values
        np.testing.assert_array_equal(got, deep)


def test_colour_becomes_luminance_with_a_note_and_equal_channels_do_not(tmp_path):
    same = np.repeat(GREY[..., None], 3, axis=-1)
    image = read_image(save(tmp_path / "same.png", same))
    np.testing.assert_array_equal(image.values, GREY)
    assert image.notes == ()
    same[0, 0] = (255, 0, 0)
    image = read_image(save(tmp_path / "red.png", same))
    assert image.values[0, 0] == pytest.approx(0.299 * 255)
    assert "luminance" in image.notes[0]
    transparent = np.dstack([GREY, GREY, GREY, np.full_like(GREY, 200)])
    np.testing.assert_array_equal(read_image(save(tmp_path / "t.png", transparent)).values, GREY)
    both = np.dstack([GREY, np.full_like(GREY, 9)])
    np.testing.assert_array_equal(read_image(save(tmp_path / "la.png", both)).values, GREY)


def test_palette_and_bilevel_images(tmp_path):
    Image.fromarray(GREY // 64 * 64).convert("P").save(tmp_path / "p.png")
    np.testing.assert_array_equal(read_image(tmp_path / "p.png").values, GREY // 64 * 64)
    Image.fromarray(DISC).save(tmp_path / "b.png")
    np.testing.assert_array_equal(read_image(tmp_path / "b.png").values, DISC * 255.0)


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".nrrd", ".mha"])
def test_medical_formats_bring_values_spacing_and_geometry(tmp_path, suffix):
    volume = np.arange(4 * 5 * 6, dtype=np.int16).reshape(4, 5, 6)
    path = save_itk(tmp_path / f"v{suffix}", volume, (0.5, 0.7, 2.0))
    image = read_image(path, spacing_mm=9.0)
    np.testing.assert_array_equal(image.values, volume)
    assert image.spacing_mm == pytest.approx((2.0, 0.7, 0.5))
    assert not read_geometry(path).differences(image.geometry)


@pytest.mark.parametrize("suffix", [".nii.gz", ".nrrd", ".mha"])
def test_one_slice_is_two_dimensional_and_matches_a_2d_file(tmp_path, suffix):
    flat = np.arange(30, dtype=np.int16).reshape(5, 6)
    slab = save_itk(tmp_path / f"slab{suffix}", flat[None], (0.5, 0.7, 2.0))
    plane = save_itk(tmp_path / f"plane{suffix}", flat, (0.5, 0.7))
    image = read_image(slab)
    np.testing.assert_array_equal(image.values, flat)
    assert image.spacing_mm == pytest.approx((0.7, 0.5))
    assert image.geometry.differences(read_image(plane).geometry) == []
    assert read_geometry(slab).shape == (5, 6)


def test_slices_at_different_heights_do_not_match(tmp_path):
    flat = np.zeros((1, 5, 6), dtype=np.int16)
    low = save_itk(tmp_path / "low.nrrd", flat, (1.0, 1.0, 1.0))
    picture = sitk.GetImageFromArray(flat)
    picture.SetOrigin((0.0, 0.0, 7.0))
    sitk.WriteImage(picture, str(tmp_path / "high.nrrd"))
    found = read_geometry(low).differences(read_geometry(tmp_path / "high.nrrd"))
    assert found == ["origin differs by up to 7 mm"]


def test_colour_volume_becomes_grey(tmp_path):
    rgb = np.zeros((5, 6, 3), dtype=np.uint8)
    rgb[..., 1] = 100
    image = read_image(save_itk(tmp_path / "c.mha", rgb, (1.0, 1.0), isVector=True))
    assert image.values == pytest.approx(np.full((5, 6), 58.7))


@pytest.mark.parametrize(("value", "note"), [(255, "255 read as 1"), (7, "7 read as 1"), (1, None)])
def test_one_value_is_one_node(tmp_path, value, note):
    mask = read_mask(save(tmp_path / "m.png", (DISC * value).astype(np.uint8)))
    np.testing.assert_array_equal(mask.labels, DISC)
    assert mask.notes == ((note,) if note else ())


def test_small_fractions_are_a_node_too(tmp_path):
    values = (DISC * (1 / 255)).astype(np.float32)
    mask = read_mask(save_itk(tmp_path / "m.nii.gz", values, (1.0, 1.0)))
    np.testing.assert_array_equal(mask.labels, DISC)
    assert mask.notes == ("0.003922 read as 1",)


@pytest.mark.parametrize("pair", [(1, 2), (100, 255), (1, 255)])
def test_several_labels_stay(tmp_path, pair):
    labels = np.zeros((20, 30), np.uint8)
    labels[2:9, 2:9], labels[11:18, 11:25] = pair
    mask = read_mask(save(tmp_path / "m.png", labels))
    np.testing.assert_array_equal(mask.labels, labels)


def test_soft_edges_are_cut_at_half(tmp_path):
    big = Image.fromarray((DISC * 255).astype(np.uint8))
    big.save(tmp_path / "m.jpg", quality=60)
    big.resize((61, 47), Image.Resampling.BILINEAR).save(tmp_path / "soft.png")
    for name in ("m.jpg", "soft.png"):
        mask = read_mask(tmp_path / name)
        assert mask.present == (1,)
        assert "cut at" in mask.notes[0]
    wrong = read_mask(tmp_path / "m.jpg").labels.astype(bool) ^ DISC
    assert wrong.sum() < 0.05 * DISC.sum()


def test_colour_and_palette_masks(tmp_path):
    red = np.zeros((*DISC.shape, 3), np.uint8)
    red[DISC] = (200, 30, 30)
    np.testing.assert_array_equal(read_mask(save(tmp_path / "red.png", red)).labels, DISC)
    equal = np.repeat((DISC * 255).astype(np.uint8)[..., None], 3, axis=-1)
    np.testing.assert_array_equal(read_mask(save(tmp_path / "eq.png", equal)).labels, DISC)
    opaque = np.dstack([equal, np.full(DISC.shape, 255, np.uint8)])
    np.testing.assert_array_equal(read_mask(save(tmp_path / "rgba.png", opaque)).labels, DISC)
    alpha = np.zeros((*DISC.shape, 4), np.uint8)
    alpha[..., 3] = DISC * 255
    mask = read_mask(save(tmp_path / "alpha.png", alpha))
    np.testing.assert_array_equal(mask.labels, DISC)
    assert "transparency" in mask.notes[0]
    red[2:6, 2:6] = (20, 200, 20)
    with pytest.raises(UnreadableFileError, match="several colours"):
        read_mask(save(tmp_path / "two.png", red))


def test_palette_indices_are_labels(tmp_path):
    indices = np.zeros((10, 10), np.uint8)
    indices[1:4, 1:4], indices[6:9, 6:9] = 1, 2
    picture = Image.fromarray(indices, "P")
    picture.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0])
    picture.save(tmp_path / "p.png")
    mask = read_mask(tmp_path / "p.png")
    np.testing.assert_array_equal(mask.labels, indices)
    assert "palette" in mask.notes[0]


def test_empty_mask_reads_and_has_no_label(tmp_path):
    assert read_mask(save(tmp_path / "m.png", np.zeros((5, 5), np.uint8))).present == ()


def test_a_picture_is_no_mask(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (60, 60)).astype(np.uint8)
    path = save(tmp_path / "m.png", np.kron(noise, np.ones((4, 4), np.uint8)))
    with pytest.raises(UnreadableFileError, match="different values"):
        read_mask(path)
    negative = save_itk(tmp_path / "m.nrrd", -DISC.astype(np.int16), (1.0, 1.0))
    with pytest.raises(UnreadableFileError, match="negative"):
        read_mask(negative)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".nii", ".nii.gz", ".nrrd", ".mha"])
@pytest.mark.parametrize("reader", [read_image, read_mask])
def test_broken_files_are_named_without_their_folder(tmp_path, suffix, reader):
    path = tmp_path / f"node7{suffix}"
    noise = np.random.default_rng(0).integers(0, 256, (90, 90)).astype(np.uint8)
    if suffix in (".png", ".jpg", ".tif"):
        save(path, noise)
    else:
        save_itk(path, noise[None].repeat(3, axis=0), (1.0, 1.0, 1.0))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(UnreadableFileError, match="node7") as caught:
        reader(path)
    assert str(tmp_path) not in str(caught.value)
    path.write_bytes(b"not an image")
    with pytest.raises(UnreadableFileError, match="node7"):
        read_geometry(path)


@pytest.mark.parametrize("suffix", [".nrrd", ".mha", ".nii.gz"])
@pytest.mark.parametrize("keep", [0.5, 0.99])
def test_truncated_compressed_files_are_refused(tmp_path, suffix, keep):
    path = tmp_path / f"node7{suffix}"
    noise = np.random.default_rng(0).integers(0, 9, (4, 60, 60)).astype(np.int16)
    sitk.WriteImage(sitk.GetImageFromArray(noise), str(path), useCompression=True)
    assert read_image(path).values.shape == (4, 60, 60)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
    with pytest.raises(UnreadableFileError, match="node7"):
        read_image(path)


def test_missing_unknown_and_several_pages(tmp_path):
    with pytest.raises(UnreadableFileError, match=r"no file a\.png"):
        read_image(tmp_path / "a.png")
    (tmp_path / "a.docx").write_text("x")
    with pytest.raises(UnreadableFileError, match=r"a\.docx is not of a format"):
        read_image(tmp_path / "a.docx")
    pages = [Image.fromarray(GREY), Image.fromarray(GREY)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    for reader in (read_image, read_geometry):
        with pytest.raises(UnreadableFileError, match="2 pages"):
            reader(tmp_path / "a.tif")
    assert all(is_image(f"x{suffix.upper()}") for suffix in IMAGE_SUFFIXES)


@pytest.mark.parametrize("spacing", [0.0, -1.0, float("nan")])
def test_impossible_spacing_is_refused(tmp_path, spacing):
    with pytest.raises(InputError, match="spacing_mm"):
        read_image(save(tmp_path / "a.png", GREY), spacing_mm=spacing)


def test_geometry_of_a_plain_file_has_no_spacing(tmp_path):
    geometry = read_geometry(save(tmp_path / "a.png", GREY))
    assert geometry.shape == (12, 20) and geometry.spacing_mm is None


def disc(row, column, radius, shape=(120, 160)):
    y, x = np.mgrid[: shape[0], : shape[1]]
    return np.hypot(y - row, x - column) <= radius


def labelled(top, low, radius=10):
    values = np.zeros((120, 160), np.uint8)
    values[disc(40, 40, 20)], values[disc(80, 120, radius)] = top, low
    return values


@pytest.mark.parametrize("radius", [1, 2, 3, 10])
def test_two_values_apart_are_two_nodes_however_small(tmp_path, radius):
    mask = read_mask(save(tmp_path / "m.png", labelled(255, 128, radius)))
    assert mask.present == (128, 255)
    assert (mask.labels == 128).sum() == disc(80, 120, radius).sum()


@pytest.mark.parametrize("labels", [(1, 2), (2, 1), (255, 128)])
@pytest.mark.parametrize("quality", [60, 90, 98])
def test_labels_do_not_survive_a_jpeg(tmp_path, labels, quality):
    Image.fromarray(labelled(*labels)).save(tmp_path / "m.jpg", quality=quality)
    with pytest.raises(UnreadableFileError, match="is a JPEG, which changes labels") as caught:
        read_mask(tmp_path / "m.jpg")
    assert caught.value.code == "lossy_labels"


def test_labels_do_not_survive_a_tiff_compressed_as_jpeg(tmp_path):
    Image.fromarray(labelled(1, 2)).save(tmp_path / "m.tif", compression="jpeg", quality=90)
    with pytest.raises(UnreadableFileError, match="is compressed as JPEG, which changes") as caught:
        read_mask(tmp_path / "m.tif")
    assert caught.value.code == "lossy_labels"
    Image.fromarray(labelled(1, 2)).save(tmp_path / "m.tif", compression="tiff_lzw")
    assert read_mask(tmp_path / "m.tif").present == (1, 2)


def test_a_faint_jpeg_is_no_mask(tmp_path):
    Image.fromarray(disc(60, 80, 20).astype(np.uint8)).save(tmp_path / "m.jpg")
    with pytest.raises(UnreadableFileError, match="JPEG"):
        read_mask(tmp_path / "m.jpg")


def test_a_mask_without_background_is_refused(tmp_path):
    with pytest.raises(UnreadableFileError, match="has no background: no pixel is 0") as caught:
        read_mask(save(tmp_path / "m.png", np.where(DISC, 255, 1).astype(np.uint8)))
    assert caught.value.code == "no_background"


@pytest.mark.parametrize("top", [0.4, 1.0, 102, 255])
def test_a_map_of_probabilities_is_no_mask(tmp_path, top):
    y, x = np.mgrid[:120, :160]
    values = top * np.exp(-((y - 60) ** 2 + (x - 80) ** 2) / 800)
    path = tmp_path / ("m.tif" if top <= 1 else "m.png")
    kind = np.float32 if top <= 1 else np.uint8
    with pytest.raises(UnreadableFileError, match="as a map of probabilities does") as caught:
        read_mask(save(path, values.astype(kind)))
    assert caught.value.code == "not_labels"


def test_a_sharp_map_up_to_1_is_cut_at_a_half(tmp_path):
    y, x = np.mgrid[:120, :160]
    values = 1 / (1 + np.exp(np.hypot(y - 60, x - 80) - 20))
    mask = read_mask(save(tmp_path / "m.tif", values.astype(np.float32)))
    assert mask.notes[0].startswith("cut at 0.5")
    np.testing.assert_array_equal(mask.labels, values >= 0.5)


def test_of_many_labels_the_one_that_is_named_is_read(tmp_path):
    labels = np.kron(np.arange(1, 41).reshape(5, 8), np.ones((4, 4))).astype(np.uint8)
    labels[0] = 0
    path = save(tmp_path / "m.png", labels)
    with pytest.raises(UnreadableFileError, match="40 different values"):
        read_mask(path)
    np.testing.assert_array_equal(read_mask(path, label=7).region(7), labels == 7)
    with pytest.raises(UnreadableFileError, match="40 different values"):
        read_mask(path, label=99)
