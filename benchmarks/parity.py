"""Does radln's own engine measure what pyradiomics measures?

Both engines on pyradiomics' own cases with every filter, on its published baseline tables, on
ultrasound images (BUS-BRA), on the IBSI phantoms, on CT, PET and MR of a sarcoma, and on random
cases and settings from hypothesis. A data set whose folder is not there is left out, and the page
says so. What "differ" means is in ``radln/features/radiomics/scales.py``. The page is written anew
after every data set.

Usage::

    python benchmarks/parity.py --jobs 2 --out docs/explanation/radiomics-parity.md
"""

from __future__ import annotations

import argparse
import ast
import csv
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import hypothesis
import joblib
import numpy as np
import yaml
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from radln.errors import RadlnError
from radln.features.radiomics import reference
from radln.features.radiomics.filters import bounding_box
from radln.features.radiomics.names import FEATURES
from radln.features.radiomics.native import engine as native
from radln.features.radiomics.parameter_file import read_parameter_file
from radln.features.radiomics.parity import Parity, compare_engines
from radln.features.radiomics.prepare import asked_features, prepare
from radln.features.radiomics.scales import difference
from radln.features.radiomics.settings import RadiomicsSettings
from radln.features.radiomics.tally import Tally, tally
from radln.imaging.volume import Case
from radln.io.images import read_image, read_mask

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "features" / "native"))
FILTERS = ("square", "squareroot", "logarithm", "exponential", "gradient")
EVERY = {"log_sigma": (1.0, 2.0, 3.0, 5.0), "filters": FILTERS}
BINS = ({"bin_width": 25}, {"bin_count": 32})
SEEDS, EACH = range(1, 21), 28  # about one in twelve is refused by both engines
SIDES = (4, 14, 14, 14, 30, 64)  # of the box around a random region, at most
N_ULTRASOUND = 200
N_IMAGES = 4  # listed of those that rounding decides, the ones with the most cases


@dataclass(frozen=True)
class Task:
    """One comparison: files or arrays, and settings."""

    name: str
    case: tuple[Path, Path, int | None] | tuple[np.ndarray, np.ndarray, tuple[float, ...]]
    settings: RadiomicsSettings


def compared(task: Task) -> tuple[str, Parity] | str:
    """The comparison, or why both engines refuse the case."""
    with threadpool_limits(limits=1):
        try:
            case = load(*task.case) if isinstance(task.case[0], Path) else task.case
            return task.name, compare_engines(*case, task.settings)
        except RadlnError as error:
            return f"{task.name}: {error}"


def load(image: Path, mask: Path, label: int | None = None):
    """(image, region, spacing) of two files; in pixels where they know no size."""
    case = Case.from_volume("case", read_image(image), read_mask(mask), label)
    return case.image.values, case.region, case.image.spacing_mm or (1.0,) * case.ndim


def with_both_bins(name: str, *case, **chosen) -> Iterator[Task]:
    for bins in BINS:
        text = ", ".join(f"{key} {value}" for key, value in bins.items())
        yield Task(f"{name}, {text}", case, RadiomicsSettings(**bins, **chosen))


def own_cases(data: Path) -> Iterator[Task]:
    """pyradiomics' four images; every filter."""
    folder = data / "pyradiomics-cases"
    for name, image, mask in (
        ("brain1", "brain1_image", "brain1_label"),
        ("brain2", "brain2_image", "brain2_label"),
        ("breast1", "breast1_image", "breast1_label"),
        ("prostate", "prostate_phantom_subvolume", "prostate_phantom_subvolume-label"),
    ):
        files = folder / f"{image}.nrrd", folder / f"{mask}.nrrd"
        yield from with_both_bins(name, *files, 1, **EVERY)


def ultrasound(data: Path, **bins) -> Iterator[Task]:
    """The first images of BUS-BRA; radln's default settings and every filter."""
    asked = RadiomicsSettings(filters=FILTERS, **bins)
    folder = data / "bus-bra"
    for image in sorted((folder / "images").glob("*.png"))[:N_ULTRASOUND]:
        mask = folder / "masks" / image.name.replace("bus_", "mask_")
        yield Task(image.stem, (image, mask, None), asked)


def phantoms(data: Path) -> Iterator[Task]:
    """IBSI's digital phantom and CT phantom; every filter (LoG where the image holds it)."""
    for name in ("digital_phantom", "ct_radiomics_phantom"):
        folder = data / "ibsi" / f"ibsi_1_{name}" / "nifti"
        files = folder / "image" / "phantom.nii.gz", folder / "mask" / "mask.nii.gz"
        yield from with_both_bins(name, *files, None, **EVERY)


def sarcoma(data: Path) -> Iterator[Task]:
    """CT, PET and MR; every filter."""
    folder = data / "sarcoma-dicom" / "nifti"
    for name in ("CT", "PET", "MR_T1"):
        files = folder / f"{name}_image.nii.gz", folder / f"{name}_mask.nii.gz"
        yield from with_both_bins(name, *files, None, **EVERY)


def drawn(seed: int) -> list:
    """What hypothesis draws from that seed."""
    from parity_cases import cases

    found: list = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=EACH,
        deadline=None,
        database=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(st.sampled_from(SIDES).flatmap(cases))
    def draw(case):
        found.append(case)

    draw()
    return found


def random_cases(data: Path) -> Iterator[Task]:
    """From hypothesis: 2D and 3D, odd regions and spacings, 1 to 1e5 voxels, any settings."""
    for seed in SEEDS:
        for number, (image, region, spacing, asked) in enumerate(drawn(seed)):
            chosen = asked.model_dump(exclude_defaults=True)
            text = ", ".join(f"{key} {value}" for key, value in chosen.items())
            yield Task(f"seed {seed} no. {number} ({text})", (image, region, spacing), asked)


SETS: tuple[tuple[str, str, Callable[[Path], Iterator[Task]]], ...] = (
    ("pyradiomics' own four cases", "pyradiomics-cases", own_cases),
    ("sarcoma: CT, PET, MR", "sarcoma-dicom", sarcoma),
    ("IBSI phantoms: digital, CT", "ibsi", phantoms),
    (f"ultrasound: {N_ULTRASOUND} images of BUS-BRA", "bus-bra", ultrasound),
    ("the same, bin_width 25", "bus-bra", partial(ultrasound, bin_width=25)),
    ("random cases from hypothesis", ".", random_cases),
)


def baseline(folder: Path) -> Iterator[str]:
    """The published figures against both engines: a line a class."""
    yield "| class | figures | beyond 1e-6 | largest, native | figure | pyradiomics as installed |"
    yield "|---|---|---|---|---|---|"
    for file in sorted((folder / "baseline").glob("*.csv")):
        kind = file.stem.removeprefix("baseline_")
        as_read, cut = [], []
        for test, figures, given in published_columns(folder, file, kind):
            apart = from_published(kind, figures, given, np.asarray)
            as_read += [(*both, f"{name}, {test}") for name, both in apart.items()]
            if given[-1].resampled_pixel_spacing is not None:
                apart = from_published(kind, figures, given, np.trunc)
                cut += [(*both, f"{name}, {test}") for name, both in apart.items()]
        yield published_row(kind, as_read)
        if kind == "firstorder":
            yield published_row("firstorder, resampled, grey values cut to whole numbers", cut)


def extractor(folder: Path) -> str:
    """Worst difference from pyradiomics' own extractor, called with files as its users call it."""
    from radiomics.featureextractor import RadiomicsFeatureExtractor

    kinds = ("Original", "Wavelet", "Square", "SquareRoot", "Logarithm", "Exponential", "Gradient")
    worst, n = (0.0, ""), 0
    for task in own_cases(folder.parent):
        image, mask, label = task.case
        asked = task.settings
        bins = {"binCount": asked.bin_count} if asked.bin_count else {"binWidth": asked.bin_width}
        request = {
            "setting": {**bins, "label": label},
            "imageType": {**{kind: {} for kind in kinds}, "LoG": {"sigma": [*asked.log_sigma]}},
            "featureClass": dict.fromkeys(asked.classes),
        }
        theirs = RadiomicsFeatureExtractor(request)
        theirs.addProvenance(False)
        with reference.silence():
            expected = {k: float(v) for k, v in theirs.execute(str(image), str(mask)).items()}
        found = native.NativeEngine().compute(*load(*task.case), asked)
        if {name.removeprefix("radiomics_") for name in found} != expected.keys():
            raise SystemExit(f"{task.name}: the extractor has other features")
        for name in expected:
            derived, kind, feature = name.split("_")
            stem = f"{derived}_{kind}_"
            of = {one: expected.get(stem + one, np.nan) for one in FEATURES[kind]}
            apart = difference(feature, found[f"radiomics_{name}"], of)
            worst = max(worst, (apart, f"{name} of {task.name}"))
        n += len(expected)
    return (
        "\npyradiomics' own extractor, called with the files of its four cases as users call it, "
        f"and the native engine, each on its own filtered images: {n:,} values, the largest "
        f"difference {worst[0]:.1e} ({worst[1]}).\n"
    )


def published_row(name: str, apart: list[tuple[float, float, str]]) -> str:
    worst, _, figure = max(apart)
    beyond = sum(native > 1e-6 for native, *_ in apart)
    other = max(other for _, other, _ in apart)
    return f"| {name} | {len(apart)} | {beyond} | {worst:.1e} | {figure} | {other:.1e} |"


def published_columns(folder: Path, file: Path, kind: str) -> Iterator[tuple[str, dict, tuple]]:
    """Name of each test whose image is at hand, its figures, and what to measure."""
    with file.open() as lines:
        head, *rows = csv.reader(lines)
    for column, test in enumerate(head[1:], start=1):
        published = {row[0]: row[column] for row in rows}
        case, stem = test.split("_")[0], f"original_{kind}_"
        if (folder / f"{case}_image.nrrd").is_file():
            figures = {
                name.removeprefix(stem): float(text)
                for name, text in published.items()
                if name.startswith(stem)
            }
            yield test, figures, published_case(folder, case, kind, published)


def from_published(kind: str, figures, given, change) -> dict[str, tuple[float, float]]:
    """How far the native engine and pyradiomics are from each figure."""
    image, region, spacing, settings = given
    ready = prepare(image, region, spacing, settings)
    box = bounding_box(ready.region)
    kinds = asked_features(ready.region[box].shape, settings)
    images = [("original", change(np.ascontiguousarray(ready.image[box])))]
    with reference.silence():
        both = [
            engine.measure(ready, box, kinds, images, settings) for engine in (native, reference)
        ]
    stem = f"radiomics_original_{kind}_"
    return {
        name: tuple(difference(name, found[stem + name], figures) for found in both)
        for name in figures
    }


def published_case(folder: Path, case: str, kind: str, published: dict[str, str]):
    """What both engines are given: (image, region, spacing, settings) of one column."""
    given = ast.literal_eval(published["diagnostics_Configuration_Settings"])
    given = {key: value for key, value in given.items() if key != "correctMask"}
    request = {"setting": given, "imageType": {"Original": {}}, "featureClass": {kind: None}}
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "published.yaml"
        file.write_text(yaml.safe_dump(request), encoding="utf-8")
        settings = read_parameter_file(file)
    image, region, spacing = load(folder / f"{case}_image.nrrd", folder / f"{case}_label.nrrd", 1)
    if kind == "shape2D":  # its mask is one slice
        slice_ = ast.literal_eval(published["diagnostics_Mask-corrected_BoundingBox"])[2]
        region = region & (np.arange(len(region)) == slice_)[:, None, None]
    return image, region, spacing, settings


def row(name: str, found: Tally, refused: int, sizes: list[int]) -> str:
    """One line of the table."""
    n, seconds = found.counts, found.seconds
    if found.worst is None:
        return f"| {name} | 0 | - | - | - | - | - | - | - | - | - | - |"
    feature, worst = found.worst
    ordered = sorted(found.by_image.items(), key=lambda item: (-item[1][0], item[0]))
    shown = [f"{image}: {cases} ({voxels} voxels)" for image, (cases, voxels) in ordered[:N_IMAGES]]
    shown += [f"{len(ordered) - N_IMAGES} more images"] * (len(ordered) > N_IMAGES)
    decided = f"{n['decided']} ({'; '.join(shown)})" if shown else "0"
    case = worst.case.replace("|", "/")
    cases = f"{n['cases']}" + (f" (+ {refused} refused)" if refused else "")
    ratio = seconds["pyradiomics"] / seconds["native"]
    feature = feature.removeprefix("radiomics_")
    voxels = f"{min(sizes):,} to {max(sizes):,}"
    return (
        f"| {name} | {cases} | {voxels} | {n['values']:,} | "
        f"{worst.difference:.1e}: {feature} of {case} | "
        f"{n['undefined']} | {found.laplacian:.1e} ({n['identical']} of {n['laplacians']} "
        f"identical) | {found.own_laplacians:.1e} | {n['equal']} | {decided} | {n['different']} | "
        f"{ratio:.0f} |"
    )


INTRODUCTION = """# Does the native engine measure what pyradiomics measures?

radln's own engine is meant to give pyradiomics' values. Here both measured the same regions with
the same settings. Two values agree where |a - b| is at most 1e-9 max(|b|, s), NaN only with NaN;
s is a stated scale of the feature, 0 for most (the table is in
`radln/features/radiomics/scales.py`).
`radln parity STUDY` says the same of your own cases.

```sh
python benchmarks/parity.py --jobs 2 --out docs/explanation/radiomics-parity.md
```

"""
NOTES = """
Worst difference: in parts of max(|b|, s), with its feature and case. One NaN: values that only one
engine defines. LoG images: the largest difference of a Laplacian-of-Gaussian image in parts of its
range (1e-5 is allowed: both are rounded to single precision) and how many are the same bit by
bit. Where one is not, both engines measure pyradiomics' image, so that textures are compared on
the same grey levels; "own LoG" is the largest difference of a feature without that, each engine on
its own image, save those that rounding decides. Equal, decided, different: the verdicts on cases.
Rounding decides a case where the filtered images of the two engines are no farther apart than
rounding can carry two correct engines, and yet voxels fall into different bins; the images with
the most cases are counted (their cases, and these voxels), and what both engines measure on
pyradiomics' image is compared all the same. What is done about it, and where the bound comes from,
is in [decision 0015](../decisions/0015-decided-by-rounding.md). Refused: the settings cannot be met
on that region, and both engines say so. Time: pyradiomics' divided by radln's, with whatever else
the machine did.

Preparation (normalizing, resampling, resegmentation) is the same code for both engines here; that
it is pyradiomics' is tested against its own extractor (`tests/features/test_reference_settings.py`)
and by the published figures below.

What is known to be decided by rounding, and how it is compared: Imc2, MCC, Elongation, Flatness,
LeastAxisLength and MinorAxisLength are roots of a difference that may be 0 up to rounding, and are
compared as squares; SurfaceVolumeRatio where the surface encloses nothing (a volume below 1e-9 of
the voxels') is NaN in the native engine, while pyradiomics divides by the rounding error.
"""
BASELINE = """
## pyradiomics' published figures

The tables that pyradiomics publishes for its tests, against both engines; the largest difference in
parts of max(|b|, s). The lung cases are not at hand. What differs by more than 1e-6 differs between
pyradiomics and its own tables too:

- First-order features after resampling. pyradiomics resamples an image that is stored in whole
  numbers to whole numbers, cut off; radln reads every image as real numbers and resamples to real
  numbers, as pyradiomics does with an image stored so. Cut off in the same way, they agree
  (second line).
- The mesh of brain1, which was computed by release 2.0, before pyradiomics changed its mesh; the
  shapes that 2.1 computed agree.

"""


def page(rows: list[str], missing: list[str], published: list[str], beside: str) -> str:
    head = (
        "| data | cases | voxels | values | worst difference | one NaN | LoG images | own LoG "
        "| equal | decided by rounding | different | time |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    )
    text = INTRODUCTION + "\n".join([*head, *rows]) + "\n" + NOTES + beside
    seeds = f"{SEEDS[0]} to {SEEDS[-1]}"
    text += f"\nRandom cases: hypothesis {hypothesis.__version__}, seeds {seeds}, {EACH} each.\n"
    if missing:
        text += "\n" + "\n".join(missing) + "\n"
    return text + (BASELINE + "\n".join(published) + "\n" if published else "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    rows: list[str] = []
    missing: list[str] = []
    published: list[str] = []

    def write() -> None:
        if asked.out is not None:
            asked.out.write_text(page(rows, missing, published, beside), encoding="utf-8")

    folder, beside = asked.data / "pyradiomics-cases", ""
    if folder.is_dir():
        beside = extractor(folder)
        print(beside, flush=True)
        published += baseline(folder)
        print("\n".join(published), flush=True)
    for name, needs, tasks in SETS:
        if not (asked.data / needs).is_dir() and needs != ".":
            missing.append(f"Left out: {name}; the folder `{needs}` is not there.")
            continue
        started = time.perf_counter()
        refused: list[str] = []
        sizes: list[int] = []

        def kept(tasks=tasks, refused=refused, sizes=sizes) -> Iterator[tuple[str, Parity]]:
            workers = joblib.Parallel(n_jobs=asked.jobs, return_as="generator")
            for found in workers(joblib.delayed(compared)(task) for task in tasks(asked.data)):
                if isinstance(found, str):
                    refused.append(found)
                    continue
                label, parity = found
                sizes.append(parity.n_voxels)
                yield found
                if parity.verdict == "different":
                    wrong = {k: v for k, v in parity.differences.items() if not v <= 1e-9}
                    images = [one for one in parity.images.values() if one.different]
                    print(f"DIFFERS: {label}: {wrong} {images}", flush=True)

        rows.append(row(name, tally(kept()), len(refused), sizes))
        print(rows[-1], f"{time.perf_counter() - started:.0f} s", flush=True)
        for text in refused:
            print(f"  refused by both: {text}", flush=True)
        write()


if __name__ == "__main__":
    main()
