"""Three verdicts on two engines: equal, decided by rounding, different."""

from __future__ import annotations

import numpy as np
import pytest
from flat_ground import flat_disc

from radln.features.radiomics.filtered import Filtered
from radln.features.radiomics.native import engine as native
from radln.features.radiomics.parity import Parity, compare_engines
from radln.features.radiomics.scales import TOLERANCE
from radln.features.radiomics.settings import RadiomicsSettings
from radln.features.radiomics.tally import Decided, tally, verdict

pytest.importorskip("radiomics")

LOG = "log-sigma-1-0-mm"
ASKED = RadiomicsSettings(bin_width=25, log_sigma=(1.0,), wavelet=False)
BANDS = RadiomicsSettings(log_sigma=(), wavelet=True)


def spoiled(monkeypatch, change, start: str) -> None:
    """The native engine's images whose name starts so, with something done to them."""
    derived_images = native.derived_images

    def images(*given):
        for name, values in derived_images(*given):
            yield name, change(values) if name.startswith(start) else values

    monkeypatch.setattr(native, "derived_images", images)


def columns() -> tuple[np.ndarray, np.ndarray]:
    """The same in every row, so that wavelet bands along y are nothing but rounding."""
    row = np.rint(np.random.default_rng(0).rayleigh(20, 90)) + 1
    image = np.repeat(row[None], 80, axis=0)
    return image, np.hypot(*(axis - 40 for axis in np.mgrid[:80, :90])) < 25


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("value", [1.0, 255.0])
def test_even_ground_is_decided_by_rounding(seed, value):
    parity = compare_engines(*flat_disc(value, seed), (1.0, 1.0), ASKED)
    assert parity.verdict == "decided by rounding"
    assert not parity.agree
    assert list(parity.decided) == [LOG]
    assert 0 < parity.decided[LOG].rebinned < 0.3 * parity.n_voxels
    assert parity.decided[LOG].own > 0.01  # what it does to the features
    assert parity.own_laplacians == 0
    assert parity.largest <= TOLERANCE  # of one image, both measure the same


def test_what_is_not_even_is_equal():
    image, region = flat_disc()
    image = np.random.default_rng(0).rayleigh(20, image.shape) + 1
    parity = compare_engines(image, region, (1.0, 1.0), ASKED)
    assert parity.verdict == "equal"
    assert not parity.decided


@pytest.mark.parametrize(
    "change",
    [
        lambda values: values * np.float32(1.001),
        lambda values: values - np.float32(1e-9),  # flat ground below the edge at 0
        lambda values: np.roll(values, 1, axis=0),
    ],
)
def test_an_error_beside_even_ground_is_still_seen(monkeypatch, change):
    spoiled(monkeypatch, change, "log")
    parity = compare_engines(*flat_disc(), (1.0, 1.0), ASKED)
    assert parity.verdict == "different"
    assert not parity.decided
    assert parity.images[LOG].rebinned > 0


def test_an_image_that_rounding_decides_hides_no_other(monkeypatch):
    spoiled(monkeypatch, lambda values: values * np.float32(1.001), "log-sigma-3")
    asked = ASKED.model_copy(update={"log_sigma": (1.0, 3.0)})
    parity = compare_engines(*flat_disc(), (1.0, 1.0), asked)
    assert parity.verdict == "different"
    assert list(parity.decided) == [LOG]
    decided = Filtered(LOG, False, rebinned=9, own=2.0)
    other = Filtered("log-sigma-2-0-mm", False, own=2.0, within_rounding=False)
    for images, expected in (
        ([decided], "decided by rounding"),
        ([other], "different"),
        ([decided, other], "different"),
    ):
        held = {image.name: image for image in images}
        assert Parity({}, {}, {}, held, 1, {}).verdict == expected


@pytest.mark.parametrize("bins", [{"bin_count": 32}, {"bin_count": None, "bin_width": 25.0}])
def test_bands_of_nothing_but_rounding(bins):
    parity = compare_engines(*columns(), (1.0, 1.0), BANDS.model_copy(update=bins))
    assert parity.verdict == "decided by rounding"
    assert set(parity.decided) == {"wavelet-LH", "wavelet-HH"}


def test_a_wavelet_that_is_wrong_is_still_seen(monkeypatch):
    spoiled(monkeypatch, lambda values: values + 1e-9, "wavelet-LH")
    parity = compare_engines(*columns(), (1.0, 1.0), BANDS)
    assert parity.verdict == "different"
    assert list(parity.decided) == ["wavelet-HH"]


def test_an_image_that_one_engine_lacks_is_different(monkeypatch):
    derived_images = native.derived_images
    kept = ("original", "wavelet-LL")
    monkeypatch.setattr(
        native,
        "derived_images",
        lambda *given: ((name, one) for name, one in derived_images(*given) if name in kept),
    )
    assert compare_engines(*columns(), (1.0, 1.0), BANDS).verdict == "different"


def test_cases_are_counted_by_verdict_and_images_listed():
    speckle = np.random.default_rng(0).rayleigh(20, (260, 260)) + 1
    image, region = flat_disc()
    cases = [("a", speckle), ("b", image), ("c", image)]
    found = tally((case, compare_engines(one, region, (1.0, 1.0), ASKED)) for case, one in cases)
    n = found.counts
    assert (n["cases"], n["equal"], n["decided"], n["different"]) == (3, 1, 2, 0)
    assert found.verdict == "decided by rounding"
    assert [(one.case, one.image) for one in found.decided] == [("b", LOG), ("c", LOG)]
    assert isinstance(found.decided[0], Decided)
    assert found.by_image == {LOG: (2, 2 * found.decided[0].voxels)}
    assert found.laplacian < 1e-5
    said = verdict(found)
    assert said.startswith("The engines agree on 1 of 3 cases")
    assert "Rounding decides grey levels of 2 case(s)" in said


def test_a_difference_and_a_decision_are_both_said(monkeypatch):
    image, region = flat_disc()
    decided = compare_engines(image, region, (1.0, 1.0), ASKED)
    spoiled(monkeypatch, lambda values: values * np.float32(1.001), "log")
    found = tally([("a", decided), ("b", compare_engines(image, region, (1.0, 1.0), ASKED))])
    assert found.verdict == "different"
    assert "do not agree on 1 of 2 cases" in verdict(found)
    assert "Rounding decides grey levels of 1 case(s)" in verdict(found)
