"""A parameter file of pyradiomics means the same here, or says which of its keys does not."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import peer
import pytest
import yaml
from peer import ellipse, speckle

from radln.errors import SettingsError, UnreadableFileError
from radln.features import read_parameter_file
from radln.features.radiomics.engine import get_engine
from radln.features.radiomics.names import FEATURES
from radln.features.radiomics.parameter_file import _ELSEWHERE, _NAMES, _OLD_FEATURES
from radln.features.radiomics.settings import ALL_CLASSES, RadiomicsSettings
from radln.io.yaml import dump_commented

MOST_GLCM = [name for name in FEATURES["glcm"] if name not in ("SumAverage", "MCC")]
CLASSES = {"shape": None, "firstorder": [], "glcm": MOST_GLCM, "glrlm": None, "gldm": None}
CT = {
    "imageType": {"Original": {}, "LoG": {"sigma": [1.0, 2.0, 3.0]}, "Wavelet": {}},
    "featureClass": CLASSES,
    "setting": {
        "interpolator": "sitkBSpline",
        "resampledPixelSpacing": [1, 1, 1],
        "padDistance": 10,
        "binWidth": 25,
        "voxelArrayShift": 1000,
        "label": 1,
    },
}
MR = {
    "imageType": {"Original": {}, "LoG": {"sigma": [2.0]}, "Wavelet": {}},
    "featureClass": CLASSES,
    "setting": {
        "normalize": True,
        "normalizeScale": 100,
        "interpolator": "sitkBSpline",
        "resampledPixelSpacing": [2, 2, 3],
        "binWidth": 5,
        "voxelArrayShift": 300,
        "label": 1,
    },
}
MR_BY_SLICES = {
    "imageType": {"Original": {}, "LoG": {"sigma": [1.0]}, "Wavelet": {}},
    "featureClass": CLASSES,
    "setting": {
        "normalize": True,
        "normalizeScale": 100,
        "preCrop": True,
        "force2D": True,
        "force2Ddimension": 0,
        "binWidth": 5,
        "voxelArrayShift": 300,
        "label": 1,
    },
}
PLAIN = {
    "setting": {
        "binWidth": 25,
        "label": 1,
        "interpolator": "sitkBSpline",
        "resampledPixelSpacing": None,
        "weightingNorm": None,
    },
    "imageType": {"Original": {}},
    "featureClass": CLASSES,
}
OWN_SETTINGS = {
    "setting": {
        "binCount": 20,
        "binWidth": 25,
        "distances": [1, 2],
        "weightingNorm": "infinity",
        "symmetricalGLCM": False,
        "gldm_a": 1,
        "resegmentRange": [-2, 2],
        "resegmentMode": "sigma",
        "gradientUseSpacing": False,
        "additionalInfo": True,
    },
    "imageType": {
        "Original": {"binCount": 20},
        "Wavelet": {"wavelet": "db2", "level": 2},
        "SquareRoot": {},
        "Gradient": {"gradientUseSpacing": True},
    },
}
FILES = {"CT": CT, "MR": MR, "MR by slices": MR_BY_SLICES, "plain": PLAIN, "own": OWN_SETTINGS}


def read(tmp_path, content, name="params.yaml") -> RadiomicsSettings:
    file = tmp_path / name
    text = (
        json.dumps(content, indent=2)
        if name.endswith("json")
        else yaml.safe_dump(content, sort_keys=False)
    )
    file.write_text(content if isinstance(content, str) else text)
    return read_parameter_file(file)


@pytest.mark.parametrize("name", FILES)
def test_the_values_are_those_of_pyradiomics_with_that_file(tmp_path, name):
    pytest.importorskip("radiomics")
    settings = read(tmp_path, FILES[name])
    volume = speckle((14, 40, 37), seed=3)
    region = ellipse(volume.shape, (6, 20, 18), (4.5, 11, 9))
    spacing = (2.5, 0.8, 0.9)
    content = json.loads(json.dumps(FILES[name]))
    if "featureClass" not in content:
        content["featureClass"] = dict.fromkeys(ALL_CLASSES)
    content["imageType"] = {
        kind: {"sigma": own["sigma"]} if kind == "LoG" else own
        for kind, own in content["imageType"].items()
    }
    expected = peer.extract(volume, region, spacing, content)
    found = get_engine("pyradiomics").compute(volume, region, spacing, settings)
    assert set(found) == set(expected)
    for feature, value in expected.items():
        assert found[feature] == pytest.approx(value, rel=1e-9, abs=1e-12, nan_ok=True), feature


def random_file(seed: int) -> dict:
    """About half of the settings and image types, with values at random."""
    rng = np.random.default_rng(seed)
    setting = {
        "normalize": True,
        "normalizeScale": 100,
        "removeOutliers": 2.5,
        "resampledPixelSpacing": rng.choice([0, 1, 1.3, 2], 3).tolist(),
        "interpolator": str(rng.choice(["sitkBSpline", "sitkLinear", "sitkGaussian"])),
        "padDistance": int(rng.integers(0, 9)),
        "preCrop": True,
        "resegmentRange": sorted(rng.uniform(-2, 2, 2).tolist()),
        "resegmentShape": bool(rng.random() < 0.5),
        "distances": (1 + rng.permutation(3)[: rng.integers(1, 3)]).tolist(),
        "weightingNorm": str(rng.choice(["manhattan", "euclidean", "infinity", "no_weighting"])),
        "symmetricalGLCM": False,
        "gldm_a": int(rng.integers(0, 4)),
        "voxelArrayShift": int(rng.integers(-50, 500)),
        "force2D": True,
        "force2Ddimension": int(rng.integers(0, 3)),
        "binCount": int(rng.integers(8, 60)),
    }
    types = {
        "LoG": {"sigma": rng.choice([1.0, 1.5, 2.5], 1).tolist()},
        "Wavelet": {"wavelet": str(rng.choice(["haar", "db3", "coif1"])), "start_level": 1},
        "Square": {},
        "SquareRoot": {},
        "Logarithm": {},
        "Exponential": {},
        "Gradient": {},
    }
    setting = {key: value for key, value in setting.items() if rng.random() < 0.5}
    if "resegmentRange" in setting:
        setting["resegmentMode"] = "sigma"
    chosen = {key: value for key, value in types.items() if rng.random() < 0.25}
    return {
        "setting": {"binWidth": 9.0} | setting,
        "imageType": {"Original": {}} | chosen,
        "featureClass": dict.fromkeys(ALL_CLASSES),
    }


@pytest.mark.parametrize("seed", range(25))
def test_a_file_at_random_gives_the_values_of_pyradiomics(tmp_path, seed):
    pytest.importorskip("radiomics")
    content = random_file(seed)
    settings = read(tmp_path, content)
    volume = speckle((9, 24, 21), seed)
    region = ellipse(volume.shape, (4, 12, 10), (3.2, 7, 6))
    expected = peer.extract(volume, region, (2.0, 0.8, 0.9), content)
    found = get_engine("pyradiomics").compute(volume, region, (2.0, 0.8, 0.9), settings)
    assert set(found) == set(expected)
    for feature, value in expected.items():
        assert found[feature] == pytest.approx(value, rel=1e-9, abs=1e-12, nan_ok=True), feature


def test_an_example_for_ct_reads_as_written(tmp_path):
    settings = read(tmp_path, CT)
    assert settings.resampled_pixel_spacing == (1, 1, 1)
    assert (settings.pad_distance, settings.bin_width, settings.bin_count) == (10, 25, None)
    assert (settings.log_sigma, settings.wavelet) == ((1, 2, 3), True)
    assert settings.classes == ("shape", "firstorder", "glcm", "glrlm", "gldm")
    assert "glcm_SumAverage" not in settings.features
    assert {"shape_MeshVolume", "shape2D_Perimeter", "glcm_Imc1"} <= set(settings.features)


def test_an_empty_section_gives_the_defaults_of_pyradiomics(tmp_path):
    settings = read(tmp_path, {"setting": None})
    assert (settings.bin_width, settings.bin_count, settings.minimum_roi_dimensions) == (
        25,
        None,
        2,
    )
    assert (settings.wavelet, settings.log_sigma, settings.filters) == (False, (), ())
    assert settings.classes == ALL_CLASSES
    assert settings.features is None


def test_json_reads_as_yaml_does(tmp_path):
    assert read(tmp_path, MR, "params.json") == read(tmp_path, MR)


@pytest.mark.parametrize("name", FILES)
def test_what_was_read_can_be_written_into_a_study_file(tmp_path, name):
    settings = read(tmp_path, FILES[name])
    text = dump_commented(settings)
    assert RadiomicsSettings(**yaml.safe_load(text)) == settings


def test_spacing_is_turned_and_no_interpolator_is_no_resampling(tmp_path):
    setting = {"resampledPixelSpacing": [1, 2, 3], "interpolator": "sitkLinear"}
    settings = read(tmp_path, {"setting": setting})
    assert (settings.resampled_pixel_spacing, settings.interpolator) == ((3, 2, 1), "Linear")
    assert read(tmp_path, {"setting": {**setting, "interpolator": "Linear"}}) == settings
    without = read(tmp_path, {"setting": {**setting, "interpolator": None}})
    assert without.resampled_pixel_spacing is None


def test_sigma_may_stand_under_setting_and_needs_its_image_type(tmp_path):
    content = {"setting": {"sigma": [4]}, "imageType": {"Original": None, "LoG": None}}
    assert read(tmp_path, content).log_sigma == (4,)
    assert read(tmp_path, {"setting": {"sigma": [4]}}).log_sigma == ()


def test_every_setting_of_pyradiomics_schema_is_known():
    schema = pytest.importorskip("radiomics").getParameterValidationFiles()[0]
    text = Path(schema).read_text(encoding="utf-8")
    known = yaml.safe_load(text)["mapping"]["setting"]["mapping"]
    assert set(known) == {*_NAMES, *_ELSEWHERE, "additionalInfo"}


def test_every_setting_stands_in_the_guide():
    guide = Path(__file__).parents[2] / "docs" / "how-to" / "pyradiomics-parameters.md"
    text = guide.read_text(encoding="utf-8")
    for theirs, ours in _NAMES.items():
        assert f"| `{theirs}` | `{ours}` |" in text
    assert all(f"`{key}`" in text for key in (*_ELSEWHERE, "additionalInfo"))


def test_every_old_feature_of_pyradiomics_is_known():
    reference = pytest.importorskip("radln.features.radiomics.reference")
    pytest.importorskip("radiomics")
    old = {
        f"{kind}_{name}"
        for kind, held in reference._feature_classes().items()
        for name, is_old in held.names.items()
        if is_old
    }
    assert old == set(_OLD_FEATURES)


REFUSED = [
    ({"setting": {"label": 2}}, r"line 2, setting.label: 2: .*node of its own"),
    ({"setting": {"label_channel": 1}}, "label_channel: 1"),
    ({"setting": {"correctMask": True}}, "correctMask: True"),
    ({"setting": {"geometryTolerance": 0.1}}, "geometryTolerance: 0.1"),
    ({"setting": {"lbp2DRadius": 1}}, "lbp2DRadius"),
    ({"setting": {"force2DDimension": 0}}, "perhaps 'force2Ddimension' is meant"),
    ({"setting": {"binWidth": 0}}, r"setting.binWidth: 0: .*greater than 0"),
    ({"setting": {"binCount": 1}}, "setting.binCount"),
    ({"setting": {"interpolator": "sitkCubic"}}, "setting.interpolator"),
    ({"setting": {"interpolator": 2}}, "setting.interpolator: 2: .*'Linear'"),
    ({"setting": {"resampledPixelSpacing": [1]}}, "setting.resampledPixelSpacing"),
    ({"setting": {"resampledPixelSpacing": 1}}, "setting.resampledPixelSpacing"),
    ({"setting": {"distances": [1, 1]}}, "twice"),
    ({"setting": [1]}, "must be a mapping"),
    ({"imageType": {"Original": {}, "Wavelet": {"wavelet": "morl"}}}, "imageType.Wavelet.wavelet"),
    ({"imageType": {"Original": {}, "LBP2D": {}}}, "imageType.LBP2D: local binary"),
    ({"imageType": {"Original": {}, "LBP3D": {}}}, "imageType.LBP3D: local binary"),
    ({"imageType": {"Original": {}, "wavelet": {}}}, "perhaps 'Wavelet' is meant"),
    ({"imageType": {"LoG": {"sigma": [1]}}}, "add 'Original"),
    ({"imageType": {"Original": {}, "Wavelet": {"binWidth": 10}}}, "one binWidth for all images"),
    ({"imageType": {"Original": {"sigma": [1]}}}, "one sigma for all images"),
    ({"featureClass": {"glcn": None}}, "perhaps 'glcm' is meant"),
    ({"featureClass": {"glcm": ["Contrasts"]}}, "perhaps 'Contrast' is meant"),
    ({"featureClass": {"glcm": ["Homogeneity1"]}}, "it is Id"),
    ({"featureClass": {"glcm": "Contrast"}}, "must be a list"),
    ({"voxelSetting": {"kernelRadius": 2}}, "no maps voxel by voxel"),
    ({"inputImage": {"Original": {}}}, "no such section"),
]


@pytest.mark.parametrize(("content", "said"), REFUSED)
def test_what_is_refused_is_named_with_its_remedy(tmp_path, content, said):
    with pytest.raises(SettingsError, match=said):
        read(tmp_path, content)


def test_everything_refused_is_named_at_once_in_the_order_of_the_file(tmp_path):
    text = "\n".join(
        [
            "setting:",
            "  label: 3",
            "  binWidth: -1",
            "imageType:",
            "  Original: {}",
            "  LBP2D: {}",
            "featureClass:",
            "  firstorder:",
            "    - StandardDeviation",
        ]
    )
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, text)
    lines = [line.split(",")[0].strip() for line in str(caught.value).splitlines()[1:-1]]
    assert lines == ["line 2", "line 3", "line 6", "line 8"]


@pytest.mark.parametrize("value", [1, None])
def test_what_asks_for_nothing_passes(tmp_path, value):
    setting = {"label": value, "label_channel": 0, "correctMask": False, "geometryTolerance": None}
    assert read(tmp_path, {"setting": setting}) == read(tmp_path, {"setting": {}})


def test_a_file_that_is_none_is_said_to_be_none(tmp_path):
    with pytest.raises(UnreadableFileError, match="not found"):
        read_parameter_file(tmp_path / "absent.yaml")
    with pytest.raises(SettingsError, match="sections"):
        read(tmp_path, "- 1\n- 2\n")
    with pytest.raises(SettingsError, match="stands here again"):
        read(tmp_path, "setting: {binWidth: 5, binWidth: 6}\n")
