"""Cases read once: what is kept is the case bit for bit, and no longer than its files stay."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 - its usual name
from PIL import Image

from radln.errors import InputError
from radln.io.cases import CaseSource, KeptCases, Packed, file_digests, read_case


def drawn(folder, values, *masks):
    paths = []
    for k, array in enumerate((values, *masks)):
        paths.append(folder / f"{k}.png")
        Image.fromarray(np.asarray(array)).save(paths[-1])
    return paths


def two_nodes(shape=(20, 30)):
    one, other = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    one[2:8, 3:12], other[10:16, 8:28] = 255, 255
    return one, other


@pytest.fixture
def source(tmp_path):
    rng = np.random.default_rng(1)
    files = drawn(tmp_path, rng.integers(0, 255, (20, 30)).astype(np.uint8), *two_nodes())
    return CaseSource("a", files[0], files[1], spacing_mm=0.2, more_masks=(files[2],))


def same(case, again):
    assert case.case_id == again.case_id
    assert case.notes == again.notes
    assert case.image.geometry == again.image.geometry
    assert case.image.notes == again.image.notes
    np.testing.assert_array_equal(case.image.values, again.image.values)
    assert case.image.values.dtype == again.image.values.dtype == np.float64
    np.testing.assert_array_equal(case.region, again.region)


def test_several_masks_are_one_region(source):
    (case,) = read_case(source)
    assert case.region.sum() == 6 * 9 + 6 * 20
    assert "2 masks joined to one region" in case.notes


def test_or_each_is_a_node(source):
    each = CaseSource(**{**vars(source), "each_mask": True})
    first, second = read_case(each)
    assert (first.case_id, second.case_id) == ("a#1", "a#2")
    assert (first.region.sum(), second.region.sum()) == (6 * 9, 6 * 20)
    named = CaseSource(**{**vars(each), "case_id": "a#2", "label": 2})
    (only,) = read_case(named)
    assert only.case_id == "a#2"
    np.testing.assert_array_equal(only.region, second.region)
    with pytest.raises(InputError, match="no mask 3; the image has 2 masks"):
        read_case(CaseSource(**{**vars(each), "label": 3}))


def test_labels_in_one_of_several_masks_are_refused(source, tmp_path):
    labels = np.zeros((20, 30), np.uint8)
    labels[2:8, 2:8], labels[10:18, 10:20] = 1, 2
    Image.fromarray(labels).save(source.mask)
    with pytest.raises(InputError, match="several labels and is one of several masks"):
        read_case(source)


@pytest.mark.parametrize(
    "values",
    [
        np.arange(600.0).reshape(20, 30) % 256,
        np.arange(600.0).reshape(20, 30) * 100,
        np.arange(600.0).reshape(20, 30) - 300,
        np.arange(600.0, dtype=np.float32).reshape(20, 30) / 7,
        np.arange(600.0).reshape(20, 30) / 7,
        np.where(np.arange(600).reshape(20, 30) % 2, -0.0, 1.0),
    ],
    ids=["8 bits", "16 bits", "signed", "single", "double", "-0"],
)
def test_what_is_kept_is_the_same_bit_for_bit(tmp_path, values):
    image, mask = tmp_path / "i.nii.gz", tmp_path / "m.nii.gz"
    sitk.WriteImage(sitk.GetImageFromArray(values), str(image))
    sitk.WriteImage(sitk.GetImageFromArray(two_nodes()[0]), str(mask))
    cases = read_case(CaseSource("a", image, mask))
    packed = Packed.of(cases)
    for case, again in zip(cases, packed.cases(), strict=True):
        same(case, again)
        assert case.image.values.tobytes() == again.image.values.tobytes()
    assert packed.n_bytes <= 600 * 8 + 600 / 8 + 1


def test_a_changed_file_is_read_again(source):
    kept = KeptCases()
    assert kept.get(source) is None
    kept.put(source, Packed.of(read_case(source)))
    same(read_case(source)[0], kept.get(source).cases()[0])
    before = file_digests(source)
    Image.fromarray(np.full((20, 30), 9, np.uint8)).save(source.image)
    assert kept.get(source) is None
    assert file_digests(source) != before
    source.mask.unlink()
    assert file_digests(source)[1] == "unreadable"


def test_no_more_is_kept_than_there_is_room(source):
    packed = Packed.of(read_case(source))
    kept = KeptCases(room=packed.n_bytes)
    kept.put(source, packed)
    other = CaseSource(**{**vars(source), "case_id": "b"})
    kept.put(other, packed)
    assert kept.get(other) is None
    assert kept.full
