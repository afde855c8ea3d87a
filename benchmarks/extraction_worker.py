"""One radiomics engine in a process of its own, for ``extraction.py``.

``python extraction_worker.py ENGINE CORE`` reads one request a line from stdin and answers one line
on stdout, both JSON. It imports only what its engine needs, so that it runs in any environment that
holds the engine. Engines are handed a fresh copy of image and region before every timed call: some
peers keep what they computed of an image that they have seen.
"""

from __future__ import annotations

import json
import logging
import os
import re
import resource
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

BIN_WIDTH = 25
SIGMAS = (1.0, 2.0, 3.0, 4.0, 5.0)
POINTWISE = ("square", "squareroot", "logarithm", "exponential", "gradient")
Timed = Callable[[], dict[str, float]]
Fresh = Callable[[], Timed]


class Case:
    """Image and region as arrays, (y, x) or (z, y, x)."""

    def __init__(self, path: str) -> None:
        held = np.load(path)
        self.path = Path(path)
        self.image: np.ndarray = held["image"]
        self.region: np.ndarray = held["region"]
        self.spacing = tuple(held["spacing"].tolist())

    def pictures(self) -> tuple[Any, Any]:
        """As SimpleITK holds them, new ones."""
        import SimpleITK as sitk  # noqa: N813

        image = sitk.GetImageFromArray(self.image)
        region = sitk.GetImageFromArray(self.region.astype(np.uint8))
        for picture in (image, region):
            picture.SetSpacing(self.spacing[::-1])
        return image, region


def radln_settings(engine: str, filters: bool, pointwise: tuple[str, ...] = ()) -> Any:
    from radln.features.radiomics.settings import RadiomicsSettings

    return RadiomicsSettings(
        engine=engine,
        bin_width=BIN_WIDTH,
        wavelet=filters,
        log_sigma=SIGMAS if filters else (),
        filters=pointwise,
    )


def radln_engine(engine: str) -> Callable[[Case, bool], Fresh]:
    def ready(case: Case, filters: bool) -> Fresh:
        from radln.features.radiomics.engine import get_engine

        compute, settings = get_engine(engine).compute, radln_settings(engine, filters)

        def fresh() -> Timed:
            image, region = case.image.copy(), case.region.copy()
            return lambda: compute(image, region, case.spacing, settings)

        return fresh

    return ready


def pyradiomics_extractor(
    ndim: int, filters: bool, additional: bool, pointwise: tuple[str, ...] = ()
) -> Any:
    """pyradiomics' own extractor with its default settings; shape2D for an image."""
    import radiomics
    from radiomics.featureextractor import RadiomicsFeatureExtractor

    radiomics.setVerbosity(logging.CRITICAL)
    extractor = RadiomicsFeatureExtractor(binWidth=BIN_WIDTH, additionalInfo=additional)
    if ndim == 2:
        extractor.enableFeatureClassByName("shape", enabled=False)
        extractor.enableFeatureClassByName("shape2D")
    if filters:
        extractor.enableImageTypeByName("Wavelet")
        extractor.enableImageTypeByName("LoG", customArgs={"sigma": list(SIGMAS)})
    names = {"squareroot": "SquareRoot"}
    for name in pointwise:
        extractor.enableImageTypeByName(names.get(name, name.capitalize()))
    return extractor


def pyradiomics_engine(additional: bool) -> Callable[[Case, bool], Fresh]:
    def ready(case: Case, filters: bool) -> Fresh:
        extractor = pyradiomics_extractor(case.image.ndim, filters, additional)

        def fresh() -> Timed:
            pictures = case.pictures()
            return lambda: numbers(extractor.execute(*pictures))

        return fresh

    return ready


def numbers(found: dict[str, Any]) -> dict[str, float]:
    """Without what is said of versions and images."""
    return {
        f"radiomics_{name}": float(value)
        for name, value in found.items()
        if not name.startswith("diagnostics")
    }


def flash(case: Case, filters: bool) -> Fresh:
    """flash-radiomics: pyradiomics' interface; it writes a file whenever it is called."""
    from flash_radiomics import RadiomicsFeatureExtractor

    folder = tempfile.mkdtemp()

    def fresh() -> Timed:
        extractor = RadiomicsFeatureExtractor(
            backend="cpu",
            num_threads=1,
            binWidth=BIN_WIDTH,
            hdf5OutputPath=str(Path(folder) / "found.h5"),
        )
        if case.image.ndim == 2:
            extractor.enableFeatureClassByName("shape", enabled=False)
            extractor.enableFeatureClassByName("shape2D")
        if filters:
            extractor.enableImageTypeByName("Wavelet")
            extractor.enableImageTypeByName("LoG", customArgs={"sigma": list(SIGMAS)})
        pictures = case.pictures()
        return lambda: numbers(extractor.execute(*pictures))

    return fresh


def pictologics(case: Case, filters: bool) -> Fresh:
    """pictologics: intensity, morphology and the five texture families that pyradiomics has too."""
    from pictologics import Image, RadiomicsPipeline

    def picture(values: np.ndarray) -> Any:
        """Its arrays are (x, y, z), an image being one slice."""
        volume = values.astype(np.float64).T
        spacing = case.spacing[::-1]
        if volume.ndim == 2:
            volume, spacing = volume[:, :, None], (*spacing, 1.0)
        return Image(array=np.ascontiguousarray(volume), spacing=spacing, origin=(0.0, 0.0, 0.0))

    image, region = picture(case.image), picture(case.region)
    pipeline = RadiomicsPipeline(load_standard=False)
    steps = pictologics_filters(image.array.shape[2] == 1) if filters else []
    for k, step in enumerate([None, *steps]):
        pipeline.add_config(str(k), pictologics_steps(step, image, region))

    def fresh() -> Timed:
        image, region = picture(case.image), picture(case.region)
        return lambda: {
            f"{name}_{feature}": float(value)
            for name, found in pipeline.run(image, region).items()
            for feature, value in found.items()
        }

    return fresh


def pictologics_filters(flat: bool) -> list[dict[str, Any]]:
    """Its LoG and wavelet filters; an image has the four bands that are low across it."""
    bands = [a + b + c for a in "LH" for b in "LH" for c in ("L" if flat else "LH")]
    wavelets = [
        {"type": "wavelet", "wavelet": "coif1", "decomposition": band, "boundary": "periodic"}
        for band in bands
    ]
    return wavelets + [{"type": "log", "sigma_mm": sigma} for sigma in SIGMAS]


def pictologics_steps(step: dict[str, Any] | None, image: Any, region: Any) -> list[dict[str, Any]]:
    """Bins start at the multiple of the width below the lowest value, as pyradiomics' do."""
    from pictologics.filters import laplacian_of_gaussian, wavelet_transform

    families = ["intensity", "glcm", "glrlm", "glszm", "ngtdm", "ngldm"]
    values, before = image.array, []
    if step is None:
        families.append("morphology")
    else:
        before = [{"step": "filter", "params": step}]
        told = {name: value for name, value in step.items() if name != "type"}
        if step["type"] == "log":
            values = laplacian_of_gaussian(
                values, **told, spacing_mm=image.spacing, boundary="mirror"
            )
        else:
            values = wavelet_transform(values, **told)
    lowest = float(np.floor(values[region.array > 0].min() / BIN_WIDTH) * BIN_WIDTH)
    bins = {"method": "FBS", "bin_width": BIN_WIDTH, "min_val": lowest}
    return [
        *before,
        {"step": "discretise", "params": bins},
        {"step": "extract_features", "params": {"families": families}},
    ]


def nyxus(case: Case, filters: bool) -> Fresh:
    """nyxus: as many grey levels as bins of the width; volumes from files, no filters."""
    if filters:
        raise NotImplementedError("it has neither wavelet bands nor a Laplacian of Gaussian")
    from nyxus import Nyxus, Nyxus3D

    inside = case.image[case.region]
    told = {"n_feature_calc_threads": 1, "coarse_gray_depth": int(np.ptp(inside)) // BIN_WIDTH + 1}
    if case.image.ndim == 3:
        volumes = Nyxus3D(["*3D_ALL*"], **told)
        files = [str(case.path.with_suffix(f".{kind}.nii.gz")) for kind in ("image", "region")]
        return lambda: lambda: row(volumes.featurize_files([files[0]], [files[1]], False))
    groups = ("INTENSITY", "GLCM", "GLRLM", "GLSZM", "GLDM", "NGTDM")
    images = Nyxus([f"*ALL_{group}*" for group in groups] + ["*BASIC_MORPHOLOGY*"], **told)
    lowest = case.image.min()

    def fresh() -> Timed:
        image = (case.image - lowest).astype(np.uint32)
        region = case.region.astype(np.uint32)
        return lambda: row(images.featurize(image, region))

    return fresh


def row(table: Any) -> dict[str, float]:
    if not len(table):
        raise RuntimeError("it returns an empty table")
    return {str(name): float(table[name].iloc[0]) for name in table.columns[4:]}


ENGINES: dict[str, tuple[str, Callable[[Case, bool], Fresh]]] = {
    "native": ("radln", radln_engine("native")),
    "reference": ("radln", radln_engine("pyradiomics")),
    "pyradiomics": ("pyradiomics-cuda", pyradiomics_engine(additional=True)),
    "pyradiomics, no hashes": ("pyradiomics-cuda", pyradiomics_engine(additional=False)),
    "pictologics": ("pictologics", pictologics),
    "nyxus": ("nyxus", nyxus),
    "flash-radiomics": ("flash-radiomics", flash),
}


def study(engine: str, files: list[list[str]], jobs: int, whole: bool) -> float:
    """Seconds from image files to features, all filters, by so many processes.

    ``whole``: by radln's extraction, which measures more than radiomics.
    """
    started = time.perf_counter()
    if whole:
        from radln.features.extract import extract_cases
        from radln.features.settings import FeatureSettings
        from radln.io.cases import CaseSource

        cases = [CaseSource(str(k), Path(a), Path(b)) for k, (a, b) in enumerate(files)]
        settings = FeatureSettings(radiomics=radln_settings(engine, True, POINTWISE), deep=None)
        table = extract_cases(cases, settings, jobs=jobs).table
        if table.status["status"].ne("ok").any():
            raise RuntimeError("a case failed")
    else:
        job = radln_file if engine == "native" else pyradiomics_file
        asked = [(image, mask, engine == "pyradiomics") for image, mask in files]
        found = list(pool(jobs).map(job, *zip(*asked, strict=True)))
        if not all(found):
            raise RuntimeError("a case failed")
    return time.perf_counter() - started


@cache
def pool(jobs: int) -> ProcessPoolExecutor:
    """Plain processes, kept between rounds; joblib's would collect garbage every second."""
    return ProcessPoolExecutor(jobs, mp_context=get_context("spawn"))


def radln_file(image: str, mask: str, _: bool) -> dict[str, float]:
    import SimpleITK as sitk  # noqa: N813

    from radln.features.radiomics.engine import get_engine

    values, region = (sitk.GetArrayFromImage(sitk.ReadImage(path)) for path in (image, mask))
    settings = radln_settings("native", True, POINTWISE)
    compute = get_engine("native").compute
    return compute(values.astype(np.float64), region == 255, (1.0, 1.0), settings)


def pyradiomics_file(image: str, mask: str, additional: bool) -> dict[str, float]:
    """One case; as float64, for the upper edge of its bins overflows in an image of 8 bits."""
    import SimpleITK as sitk  # noqa: N813

    warnings.simplefilter("ignore")
    pictures = sitk.ReadImage(image, sitk.sitkFloat64), sitk.ReadImage(mask)
    extractor = pyradiomics_extractor(2, True, additional, POINTWISE)
    return numbers(extractor.execute(*pictures, label=255))


def peak_mib() -> float:
    """The most memory that this process has held.

    ``getrusage`` also counts what the parent held when it started this one: Linux is asked first.
    """
    told = Path("/proc/self/status")
    if told.exists():
        return int(re.findall(r"VmHWM:\s+(\d+)", told.read_text())[0]) / 1024
    scale = 1024**2 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale


def once(fresh: Fresh) -> tuple[float, dict[str, float]]:
    timed = fresh()
    started = time.perf_counter()
    found = timed()
    return time.perf_counter() - started, found


def answers(engine: str) -> Iterator[dict[str, Any]]:
    """One answer a request."""
    package, ready = ENGINES[engine]
    known: dict[tuple[str, bool], Fresh] = {}
    yield {"version": version(package), "python": sys.version.split()[0]}
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            if asked["do"] == "study":
                yield {"seconds": study(engine, asked["files"], asked["jobs"], asked["whole"])}
                continue
            key = asked["case"], asked["filters"]
            if asked["do"] == "prepare":
                case = Case(asked["case"])
                known[key] = ready(case, asked["filters"])
                before = peak_mib()
                seconds, found = once(known[key])
                yield {"first": seconds, "before": before, "peak": peak_mib(), "found": found}
            else:
                seconds, _ = once(known[key])  # a short one counts for nothing: caches are cold
                repeats = min(50, int(asked["budget"] / seconds))
                found = [once(known[key])[0] for _ in range(repeats)]
                yield {"seconds": found or [seconds]}
        except Exception as error:  # whatever a peer raises is told, not hidden
            yield {"error": f"{type(error).__name__}: {error}"}


def main() -> None:
    engine, core = sys.argv[1:]
    if core != "any" and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {int(core)})
    told = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what a peer prints is no answer
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    for answer in answers(engine):
        told.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
