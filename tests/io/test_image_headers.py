"""Headers that are a little wrong: the right value, or a refusal that says which."""

from __future__ import annotations

import gzip
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from PIL import Image

from radln.errors import InputError, ShapeError, UnreadableFileError
from radln.features import DeepFeatures, deep_features, extract_features
from radln.imaging.volume import Case
from radln.io import decoding
from radln.io.images import read_geometry, read_image, read_mask
from tests.io.broken import mha, nifti, nrrd, tiff

VOLUME = np.arange(3 * 4 * 5, dtype=np.float32).reshape(3, 4, 5)
PLANE = np.arange(12 * 20, dtype=np.int16).reshape(12, 20)
DEEP = (np.arange(12 * 20, dtype=np.uint16) * 257 + 3).reshape(12, 20)


def refused(reader, path, code, match):
    with pytest.raises(InputError, match=match) as caught:
        reader(path)
    assert caught.value.code == code
    if code != "missing_values":  # the image itself says so, and knows no file
        assert path.name in str(caught.value)


NIFTI_REFUSALS = {
    "negative offset": ([(108, "f", -8.0)], "damaged_header", "vox_offset is -8"),
    "offset in the header": ([(108, "f", 348.0)], "damaged_header", "begin at 352"),
    "no offset": ([(108, "f", 0.0)], "damaged_header", "vox_offset is 0"),
    "offset that is no number": ([(108, "f", np.nan)], "damaged_header", "vox_offset"),
    "sheared": ([(284, "f", 0.05)], "sheared_grid", "right angles"),
    "sheared, no qform": ([(284, "f", 0.05), (252, "h", 0)], "sheared_grid", "right angles"),
    "no axis": ([(280, "12f", *[0.0] * 12)], "damaged_header", "axis without length"),
    "two sizes": ([(80, "3f", 1.0, 1.0, 1.0)], "damaged_header", "pixdim says 1 and"),
    "complex": ([(70, "2h", 32, 64)], "complex_values", "complex"),
    "complex double": ([(70, "2h", 1792, 128)], "complex_values", "complex"),
    "128-bit floats": ([(70, "2h", 1536, 128)], "inexact_pixels", "type 1536"),
    "bits of another type": ([(72, "h", 16)], "damaged_header", "16 bits"),
    "offset of values": ([(112, "2f", 2.0, np.nan)], "damaged_header", "scl_inter"),
    "voxels elsewhere": ([(344, "4s", b"ni1\0")], "data_elsewhere", "another file"),
    "no mark": ([(344, "4s", b"\0" * 4)], "damaged_header", "mark"),
    "negative size": ([(42, "h", -5)], "damaged_header", "numbers of voxels"),
    "huge": ([(40, "4h", 3, 30000, 30000, 30000)], "too_large", "27,000,000,000,000"),
    "hertz": ([(123, "b", 4)], "unknown_unit", "unit 4"),
}


@pytest.mark.parametrize("kind", NIFTI_REFUSALS)
@pytest.mark.parametrize("reader", [read_image, read_mask, read_geometry])
def test_nifti_headers_are_refused_by_name(tmp_path, kind, reader):
    patches, code, match = NIFTI_REFUSALS[kind]
    refused(reader, nifti(tmp_path / "a.nii", VOLUME, *patches), code, match)


@pytest.mark.parametrize("suffix", [".nii", ".nrrd", ".mha"])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_missing_values_are_refused_in_every_format(tmp_path, suffix, bad):
    values = VOLUME.copy()
    values[1, 2, 3] = bad
    path = tmp_path / f"a{suffix}"
    sitk.WriteImage(sitk.GetImageFromArray(values), str(path))
    for reader in (read_image, read_mask):
        refused(reader, path, "missing_values", "missing")


def test_missing_values_in_tiff_are_refused(tmp_path):
    values = np.full((12, 20), np.nan, np.float32)
    refused(read_image, tiff(tmp_path / "a.tif", values, {}), "missing_values", "missing")


@pytest.mark.parametrize("suffix", [".nii", ".nrrd"])
def test_complex_numbers_are_refused(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    sitk.WriteImage(sitk.GetImageFromArray((VOLUME + 1j).astype(np.complex64)), str(path))
    refused(read_image, path, "complex_values", "complex")


def test_arrays_of_which_something_would_be_lost_are_refused():
    image = np.ones((40, 40))
    hidden = np.ma.masked_array(image, mask=image > 0)
    for image_given, mask, code in (
        (image + 1j, image, "complex_values"),
        (image, image + 1j, "complex_values"),
        (hidden, image, "missing_values"),
        (image, hidden, "missing_values"),
    ):
        for measure in (extract_features, deep_features):
            with pytest.raises(InputError) as caught:
                measure(image_given, mask)
            assert caught.value.code == code
    for image_given, code in ((image + 1j, "complex_values"), (hidden, "missing_values")):
        with pytest.raises(InputError) as caught:
            embed(image_given, image)
        assert caught.value.code == code


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8"])
@pytest.mark.parametrize("zipped", [False, True])
def test_nifti_voxels_of_every_type_are_exact(tmp_path, dtype, zipped):
    values = (VOLUME - (0 if dtype[0] == "u" else 20)).astype(dtype)
    path = tmp_path / ("a.nii.gz" if zipped else "a.nii")
    sitk.WriteImage(sitk.GetImageFromArray(values), str(path))
    np.testing.assert_array_equal(read_image(path).values, values)


def test_nifti_in_the_other_byte_order_and_of_version_2(tmp_path):
    head = struct.pack(">i36x8h14x2h2x8f3f3xb", 348, 3, 5, 4, 3, 1, 1, 1, 1, 4, 16,
                       1, 0.1, 0.2, 0.3, 0, 0, 0, 0, 352, 2, 10, 2)  # fmt: skip
    head += b"\0" * (344 - len(head)) + b"n+1\0" + b"\0" * 4
    (tmp_path / "a.nii").write_bytes(head + VOLUME.astype(">i2").tobytes())
    image = read_image(tmp_path / "a.nii")
    np.testing.assert_array_equal(image.values, VOLUME * 2 + 10)
    assert image.spacing_mm == pytest.approx((0.3, 0.2, 0.1))
    (tmp_path / "a.nii").write_bytes(struct.pack("<i", 540) + b"\0" * 600)
    with pytest.raises(UnreadableFileError, match="NIfTI-2"):
        read_image(tmp_path / "a.nii")


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_more_voxels_than_the_header_names_are_refused(tmp_path, suffix):
    data = nifti(tmp_path / "a.nii", VOLUME, (46, "h", 2)).read_bytes()
    path = tmp_path / f"b{suffix}"
    path.write_bytes(data if suffix == ".nii" else gzip.compress(data))
    for reader in (read_image, read_mask):
        refused(reader, path, "damaged_header", "more bytes follow")


def test_nifti_scaling_is_exact(tmp_path):
    path = nifti(tmp_path / "a.nii", (VOLUME * 1000).astype(np.int32), (112, "2f", 0.1, 7.0))
    exact = VOLUME.astype(np.float64) * 1000 * float(np.float32(0.1)) + 7
    np.testing.assert_allclose(read_image(path).values, exact, rtol=1e-12)
    unscaled = nifti(tmp_path / "a.nii", VOLUME, (112, "2f", np.nan, 7.0))
    np.testing.assert_array_equal(read_image(unscaled).values, VOLUME)


@pytest.mark.parametrize("suffix", [".nii", ".nrrd"])
def test_whole_numbers_beyond_doubles_are_refused(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    sitk.WriteImage(sitk.GetImageFromArray(np.full((4, 5), 2**53 + 1)), str(path))
    refused(read_image, path, "inexact_pixels", r"2\^53")


def test_colours_in_nifti_side_by_side_and_one_after_the_other(tmp_path):
    colours = np.random.default_rng(0).integers(0, 256, (4, 5, 3)).astype(np.uint8)
    grey = colours @ [0.299, 0.587, 0.114]
    path = tmp_path / "a.nii.gz"
    sitk.WriteImage(sitk.GetImageFromArray(colours, isVector=True), str(path))
    np.testing.assert_allclose(read_image(path).values, grey, rtol=1e-12)
    data = bytearray(gzip.decompress(path.read_bytes())[:352])
    struct.pack_into("<8h", data, 40, 3, 5, 4, 1, 1, 1, 1, 1)
    struct.pack_into("<2h", data, 70, 128, 24)
    (tmp_path / "b.nii").write_bytes(bytes(data) + colours.tobytes())
    np.testing.assert_allclose(read_image(tmp_path / "b.nii").values, grey, rtol=1e-12)


@pytest.mark.parametrize("reader", [read_image, read_mask, read_geometry])
def test_sheared_nrrd_and_mha_are_refused(tmp_path, reader):
    lines = ("space dimension: 2", "space directions: (0.1,0) (0.05,0.1)")
    refused(reader, nrrd(tmp_path / "a.nrrd", PLANE, *lines), "sheared_grid", "right angles")
    lines = ("TransformMatrix = 1 0 0.5 1", "ElementSpacing = 0.1 0.1")
    refused(reader, mha(tmp_path / "a.mha", PLANE, *lines), "sheared_grid", "right angles")


@pytest.mark.parametrize("reader", [read_image, read_mask, read_geometry])
def test_voxels_in_another_file_are_never_opened(tmp_path, reader):
    (tmp_path / "study").mkdir()
    (tmp_path / "secret.raw").write_bytes(PLANE.tobytes())
    (tmp_path / "study" / "near.raw").write_bytes(PLANE.tobytes())
    for name in ("../secret.raw", str(tmp_path / "secret.raw"), "near.raw", "LIST"):
        for line in (f"data file: {name}", f"datafile: {name}"):
            path = nrrd(tmp_path / "study" / "a.nrrd", PLANE[:0], "sizes: 20 12", line)
            path.write_text(path.read_text().replace("sizes: 20 0\n", ""))
            refused(reader, path, "data_elsewhere", "another file")
        path = mha(tmp_path / "study" / "a.mha", PLANE, data=name)
        refused(reader, path, "data_elsewhere", "another file")


@pytest.mark.parametrize("line", ["ElementDataFile : near.raw", "ElementDataFile: near.raw"])
def test_a_decoy_does_not_hide_another_file(tmp_path, line):
    (tmp_path / "near.raw").write_bytes(PLANE.tobytes())
    refused(read_image, mha(tmp_path / "a.mha", PLANE, line), "data_elsewhere", "another file")
    path = nrrd(tmp_path / "a.nrrd", PLANE, "# long" * 200_000, "data file: near.raw")
    with pytest.raises(UnreadableFileError, match="cannot be decoded"):
        read_image(path)


def test_scaled_nrrd_and_mha_are_refused(tmp_path):
    path = nrrd(tmp_path / "a.nrrd", PLANE, "old min: 0", "old max: 1")
    refused(read_image, path, "inexact_pixels", "scales")
    path = mha(tmp_path / "a.mha", PLANE, "ElementToIntensityFunctionSlope = 2")
    refused(read_image, path, "inexact_pixels", "scales")


@pytest.mark.parametrize("reader", [read_image, read_mask])
def test_16_bits_in_several_channels_are_refused(tmp_path, reader):
    for channels, kind in ((3, 2), (2, 4), (4, 6)):
        data = np.repeat(DEEP[..., None], channels, axis=-1)
        refused(reader, deep_png(tmp_path / "a.png", data, kind), "inexact_pixels", "16 bits")
    colours = np.repeat(DEEP[..., None], 3, axis=-1)
    for big in (False, True):
        path = tiff(tmp_path / "a.tif", colours, {}, big=big)
        refused(reader, path, "inexact_pixels", "16 bits")


def deep_png(path, values, colour_type):
    """A 16-bit PNG with several channels, which pillow does not write."""
    return png(path, values.astype(">u2"), values.shape, 16, colour_type)


def png(path, rows, shape, bits, colour_type):
    def chunk(kind, data):
        end = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + end

    data = b"".join(b"\0" + row.tobytes() for row in rows)
    head = struct.pack(">IIBBBBB", shape[1], shape[0], bits, colour_type, 0, 0, 0)
    chunks = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)
    return path


@pytest.mark.parametrize("big", [False, True])
def test_16_bits_with_white_as_0_are_inverted(tmp_path, big):
    clean = read_image(tiff(tmp_path / "a.tif", DEEP, {}, big=big)).values
    np.testing.assert_array_equal(clean, DEEP)
    path = tiff(tmp_path / "b.tif", 65535 - DEEP, {262: 0}, big=big)
    np.testing.assert_array_equal(read_image(path).values, clean)
    shallow = (DEEP // 257).astype(np.uint8)
    path = tiff(tmp_path / "c.tif", 255 - shallow, {262: 0}, big=big)
    np.testing.assert_array_equal(read_image(path).values, shallow)


@pytest.mark.parametrize("bits", [2, 4])
def test_labels_in_few_bits_are_themselves_and_greys_span_the_range(tmp_path, bits):
    values = np.zeros((8, 12), np.uint8)
    values[1:4, 1:5], values[5:7, 6:11] = 1, 2
    path = few_bits(tmp_path / "a.png", values, bits)
    np.testing.assert_array_equal(read_mask(path).labels, values)
    np.testing.assert_array_equal(read_image(path).values, values * (255 // (2**bits - 1)))
    packed = np.packbits(
        (values[..., None] >> np.arange(bits)[::-1] & 1).astype(np.uint8).reshape(8, -1), axis=1
    )
    path = tiff(tmp_path / "a.tif", packed, {256: 12, 258: bits, 279: packed.size})
    np.testing.assert_array_equal(read_mask(path).labels, values)
    path = tiff(tmp_path / "b.tif", ~packed, {256: 12, 258: bits, 262: 0, 279: packed.size})
    np.testing.assert_array_equal(read_mask(path).labels, values)


def few_bits(path, values, bits):
    packed = (values[..., None] >> np.arange(bits)[::-1] & 1).astype(np.uint8)
    return png(path, np.packbits(packed.reshape(len(values), -1), axis=1), values.shape, bits, 0)


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "f4"])
def test_tiff_numbers_are_exact_or_refused(tmp_path, dtype):
    values = DEEP.astype(np.float64)
    if dtype[0] != "f":
        limits = np.iinfo(dtype)
        values = np.linspace(limits.min, limits.max, DEEP.size).reshape(DEEP.shape)
    values = values.astype(dtype)
    np.testing.assert_array_equal(read_image(tiff(tmp_path / "a.tif", values, {})).values, values)


def test_tiff_numbers_that_would_be_rounded_are_refused(tmp_path):
    for values, tags in (
        (DEEP.astype(np.float64), {}),
        (DEEP.astype(np.float16), {}),
        (DEEP.astype(np.int16), {262: 0}),
        (DEEP.astype(np.float32), {262: 0}),
    ):
        path = tiff(tmp_path / "a.tif", values, tags)
        refused(read_image, path, "inexact_pixels", "cannot be read for certain")


def test_a_tiff_that_does_not_say_what_0_is_is_refused(tmp_path):
    path = tiff(tmp_path / "a.tif", DEEP, {})
    path.write_bytes(path.read_bytes().replace(struct.pack("<HH", 262, 3), b"\x07\x01\x03\0"))
    refused(read_image, path, "inexact_pixels", "whether 0 is black")


def embed(image, region):
    return list(DeepFeatures().embed([(image, np.asarray(region) > 0)]))


def test_a_colour_picture_is_never_measured_as_a_volume():
    rng = np.random.default_rng(0)
    colours = rng.integers(0, 200, (64, 64, 3)).astype(float)
    region = np.zeros((64, 64, 3), bool)
    region[20:40, 20:40] = True
    for channels in (1, 2, 3, 4):
        image = np.concatenate([colours, colours], axis=-1)[..., :channels]
        mask = np.concatenate([region, region], axis=-1)[..., :channels]
        for measure in (extract_features, deep_features, embed):
            with pytest.raises(ShapeError, match="colour pictures") as caught:
                measure(image, mask)
            assert caught.value.code == "colours_as_volume"
    assert len(extract_features(colours, region[..., 0]).values) == 1


def test_a_colour_picture_in_a_medical_file_is_never_measured_as_a_volume(tmp_path):
    values = np.zeros((64, 64, 3), np.int16)
    values[20:40, 20:40] = 1
    for suffix in (".nii.gz", ".nrrd", ".mha"):
        path = tmp_path / f"a{suffix}"
        sitk.WriteImage(sitk.GetImageFromArray(values, isVector=False), str(path))
        with pytest.raises(ShapeError, match="colour pictures"):
            Case.from_volume("a", read_image(path), read_mask(path))


@pytest.mark.parametrize("reader", [read_image, read_mask, read_geometry])
def test_pixels_are_counted_before_decoding(tmp_path, reader):
    wide = tmp_path / "wide.png"
    Image.new("1", (13_000, 13_000)).save(wide)
    huge = tmp_path / "huge.png"
    head = bytearray(wide.read_bytes())
    struct.pack_into(">II", head, 16, 100_000, 100_000)
    struct.pack_into(">I", head, 29, zlib.crc32(head[12:29]))
    huge.write_bytes(head)
    flat = nrrd(tmp_path / "a.nrrd", PLANE)
    flat.write_bytes(flat.read_bytes().replace(b"sizes: 20 12", b"sizes: 13000 13000"))
    deep = mha(tmp_path / "a.mha", PLANE[None])
    deep.write_bytes(deep.read_bytes().replace(b"DimSize = 20 12 1", b"DimSize = 900 900 900"))
    tracemalloc.start()
    for path in (wide, huge, flat, deep):
        refused(reader, path, "too_large", "at most")
    assert tracemalloc.get_traced_memory()[1] < 5e6
    tracemalloc.stop()


def test_what_lies_at_the_limit_is_read(tmp_path, monkeypatch):
    path = nrrd(tmp_path / "a.nrrd", PLANE)
    monkeypatch.setattr(decoding, "MAX_PIXELS", PLANE.size)
    assert read_image(path).values.shape == PLANE.shape
    monkeypatch.setattr(decoding, "MAX_PIXELS", PLANE.size - 1)
    with pytest.raises(UnreadableFileError, match="at most 239"):
        read_image(path)
