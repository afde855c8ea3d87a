"""How fast is radiomics extraction, beside pyradiomics and the other packages, in one run?

Every engine runs in a process of its own, pinned to one core, on one thread, with images in memory;
rounds of all engines are interleaved, and medians and ratios are printed. The other packages are
installed by this script, each in an environment of its own below ``--peers``; one that cannot be
installed or fails is listed with its reason. Also measured: the kernels that count against plain C
loops, peak memory, time against the number of voxels, and the first use on a new machine.

Usage::

    python benchmarks/extraction.py --data ../shared/data --peers ~/peers --page \
        docs/explanation/radiomics-speed.md
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from extraction_cost import draw_cost, first_use, memory, voxels
from extraction_floor import floor
from extraction_worker import BIN_WIDTH

from radln._random import task_rng

HERE = Path(__file__).parent
OWN = ("native", "reference", "pyradiomics", "pyradiomics, no hashes")
PEERS = {
    "pictologics": ["pictologics"],
    "nyxus": ["nyxus"],
    "flash-radiomics": [
        *("numpy", "h5py", "SimpleITK", "pykwalify", "PyWavelets", "scipy"),
        *("scikit-image", "scikit-learn", "trimesh", "flash-radiomics"),
    ],
}
ONE_THREAD = {
    f"{name}_NUM_THREADS": "1"
    for name in ("OMP", "MKL", "OPENBLAS", "NUMBA", "PICTOLOGICS", "BLIS", "VECLIB")
} | {"ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS": "1"}
TARGETS = {  # against pyradiomics: Original, with filters
    "2D": (30, 15),
    "brain1": (90, 20),
    "CT phantom": (50, 15),
}
STUDY_TARGET, STUDY_JOBS = 15, 2
STUDIES = {
    "native": "native",
    "radln's extraction, native": "native",
    "pyradiomics": "pyradiomics",
    "pyradiomics, no hashes": "pyradiomics, no hashes",
}
PARTS = ("engines", "study", "floor", "memory", "voxels", "first")


class Worker:
    """An engine's process."""

    def __init__(self, engine: str, python: str, core: str) -> None:
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(
            [python, str(HERE / "extraction_worker.py"), engine, core],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env=os.environ | ONE_THREAD,
        )
        self.told = self._answer()

    def ask(self, **request: Any) -> dict[str, Any]:
        """Its answer; {"error": why} where it has none."""
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return {"error": "its process has ended"}
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        line = self._process.stdout.readline()
        if line:
            return json.loads(line)
        status = self._process.wait()
        self._log.seek(0)
        lines = [text for text in self._log.read().splitlines() if text.strip()]
        last = lines[-1].strip() if lines else ""
        return {"error": f"its process ended with status {status}: {last}".rstrip(": ")}

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait()


@dataclass
class Findings:
    """What was measured, for the page."""

    versions: dict[str, str] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    seconds: dict[tuple[str, bool], dict[str, float]] = field(default_factory=dict)
    counts: dict[tuple[str, bool], dict[str, int]] = field(default_factory=dict)
    agreement: dict[tuple[str, bool], str] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)

    def fail(self, text: str) -> None:
        self.failures.append(text)
        print("  " + text, flush=True)


def python_312() -> str | None:
    """A Python that all peers support."""
    found = shutil.which("python3.12")
    if found and subprocess.run([found, "-V"], capture_output=True, check=False).returncode == 0:
        return found
    kept = sorted((Path.home() / ".pyenv" / "versions").glob("3.12.*/bin/python"))
    return str(kept[-1]) if kept else None


def install(name: str, folder: Path) -> tuple[str | None, str]:
    """The Python of a peer's own environment, or None and why."""
    home = folder / name
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    found = python_312()
    if found is None:
        return None, "there is no Python 3.12 here"
    if not python.exists():
        subprocess.run([found, "-m", "venv", str(home)], check=True)
    done = subprocess.run(
        [str(python), "-m", "pip", "install", "-q", *PEERS[name]],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        return None, (errors or ["pip failed"])[-1]
    return str(python), ""


def start(folder: Path | None, core: str, findings: Findings) -> dict[str, Worker]:
    """A worker for each engine that can be had."""
    pythons = dict.fromkeys(OWN, sys.executable)
    for name in PEERS if folder else ():
        python, why = install(name, folder)
        if python is None:
            findings.fail(f"{name} could not be installed: {why}")
        else:
            pythons[name] = python
    workers = {}
    for name, python in pythons.items():
        print(f"starting {name} (its first start may compile for minutes)", flush=True)
        worker = Worker(name, python, core)
        if "error" in worker.told:
            findings.fail(f"{name} does not start: {worker.told['error']}")
            continue
        workers[name] = worker
        findings.versions[name] = worker.told["version"]
    return workers


def speckle() -> tuple[np.ndarray, np.ndarray]:
    """512 x 512 px of speckle with a darker ellipse of 7,977 px."""
    y, x = np.mgrid[:512, :512]
    region = ((y - 256) / 42) ** 2 + ((x - 256) / 60.5) ** 2 <= 1
    grey = task_rng(1, "speckle").rayleigh(60, region.shape) * np.where(region, 0.6, 1.0)
    return np.clip(grey, 0, 255).round(), region


def build_cases(data: Path, folder: Path, findings: Findings) -> dict[str, str]:
    """Name -> file of arrays; volumes also as NIfTI, for the peer that reads files only."""
    import SimpleITK as sitk  # noqa: N813

    files = {"2D": str(folder / "speckle.npz")}
    image, region = speckle()
    np.savez(files["2D"], image=image, region=region, spacing=np.ones(2))
    brain = data / "pyradiomics-cases"
    phantom = data / "ibsi" / "ibsi_1_ct_radiomics_phantom" / "nifti"
    volumes = {
        "brain1": (brain / "brain1_image.nrrd", brain / "brain1_label.nrrd"),
        "CT phantom": (phantom / "image" / "phantom.nii.gz", phantom / "mask" / "mask.nii.gz"),
    }
    for name, paths in volumes.items():
        if not all(path.exists() for path in paths):
            findings.fail(f"{name} is left out: its files are not in the data folder")
            continue
        picture, mask = (sitk.ReadImage(str(path)) for path in paths)
        image = sitk.GetArrayFromImage(picture).astype(np.float64)
        region = sitk.GetArrayFromImage(mask) == 1
        files[name] = str(folder / f"{name.split()[0]}.npz")
        np.savez(files[name], image=image, region=region, spacing=picture.GetSpacing()[::-1])
        for kind, values in {"image": image - image.min(), "region": region}.items():
            shown = sitk.GetImageFromArray(values.astype(np.uint16))
            shown.SetSpacing(picture.GetSpacing())
            sitk.WriteImage(shown, files[name].replace(".npz", f".{kind}.nii.gz"))
    return files


def rounds_of(
    jobs: dict[str, Callable[[], float | None]],
    rough: dict[str, float],
    rounds: int,
    patience: float,
) -> dict[str, list[float]]:
    """Each job's seconds, all jobs in turn; one that would take too long sits some rounds out."""
    taken: dict[str, list[float]] = {name: [] for name in jobs}
    for k in range(rounds):
        for name, job in jobs.items():
            every = max(1, round(rounds * rough[name] / patience))
            if k % min(every, max(1, rounds // 3)) == 0 and (found := job()) is not None:
                taken[name].append(found)
    return taken


def race(
    workers: dict[str, Worker], cases: dict[str, str], options: Any, findings: Findings
) -> None:
    """All engines on all cases, Original and with filters."""
    for name, path in cases.items():
        for filters in (False, True):
            told = {"case": path, "filters": filters}
            rough, found = {}, {}
            for engine, worker in workers.items():
                answer = worker.ask(do="prepare", **told)
                if "error" in answer:
                    findings.fail(f"{engine} on {title(name, filters)}: {answer['error']}")
                    continue
                found[engine] = answer["found"]
                again = worker.ask(do="time", budget=0, **told)
                rough[engine] = again["seconds"][0]

            def job(engine: str, told: dict[str, Any] = told) -> Callable[[], float | None]:
                def run() -> float | None:
                    answer = workers[engine].ask(do="time", budget=0.1, **told)
                    return float(np.mean(answer["seconds"])) if "seconds" in answer else None

                return run

            taken = rounds_of(
                {engine: job(engine) for engine in rough}, rough, options.rounds, options.patience
            )
            key = name, filters
            findings.seconds[key] = {e: float(np.median(s)) for e, s in taken.items() if s}
            findings.counts[key] = {e: len(values) for e, values in found.items()}
            findings.agreement[key] = agree(found)
            print_race(key, findings)


def agree(found: dict[str, dict[str, float]]) -> str:
    """How many of native's values are pyradiomics' to 1e-6."""
    ours, theirs = found.get("native"), found.get("pyradiomics")
    if not ours or not theirs:
        return "not compared"
    ours = {name.replace("-mm-3D", "-mm"): value for name, value in ours.items()}
    theirs = {name.replace("-mm-3D", "-mm"): value for name, value in theirs.items()}
    common = sorted(ours.keys() & theirs.keys())
    a, b = (np.array([values[name] for name in common]) for values in (ours, theirs))
    same = np.isclose(a, b, rtol=1e-6, atol=1e-9, equal_nan=True)
    return f"{same.sum()} of {len(common)}"


def title(name: str, filters: bool) -> str:
    return f"{name}, {'Wavelet + LoG' if filters else 'Original'}"


def span(seconds: float) -> str:
    return f"{1000 * seconds:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def print_race(key: tuple[str, bool], findings: Findings) -> None:
    seconds = findings.seconds[key]
    print(f"{title(*key)} (features equal to 1e-6: {findings.agreement[key]})")
    for engine, taken in seconds.items():
        print(f"  {engine:24s} {span(taken):>9s}{against(seconds, engine):>9s}", flush=True)


def against(seconds: dict[str, float], engine: str) -> str:
    """How many times as long as native."""
    ratio = seconds[engine] / seconds["native"] if "native" in seconds else np.nan
    return f"{ratio:.1f}x" if ratio < 10 else f"{ratio:.0f}x"


def race_table(findings: Findings) -> str:
    """Times, and in brackets how many times as long as native."""
    engines = [name for name in (*OWN, *PEERS) if any(name in s for s in findings.seconds.values())]
    lines = ["| | " + " | ".join(engines) + " |", "|---" * (len(engines) + 1) + "|"]
    for key, seconds in findings.seconds.items():
        cells = [
            f"{span(seconds[e])} ({against(seconds, e)}, {findings.counts[key][e]:,})"
            if e in seconds
            else "-"
            for e in engines
        ]
        lines.append(f"| {title(*key)} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def target_table(findings: Findings) -> str:
    """Ratios beside what was asked for."""
    lines = [
        "| | pyradiomics / native | without hashes | asked | pictologics / native | asked |"
        " equal to 1e-6 |",
        "|---|---|---|---|---|---|---|",
    ]
    for (name, filters), seconds in findings.seconds.items():
        asked = TARGETS[name][filters]
        ratios = [
            against(seconds, e) if e in seconds else "-"
            for e in ("pyradiomics", "pyradiomics, no hashes", "pictologics")
        ]
        faster = "above 1 (aim 2)" if name == "2D" and not filters else "above 1"
        lines.append(
            f"| {title(name, filters)} | {ratios[0]} | {ratios[1]} | {asked}x | {ratios[2]} |"
            f" {faster} | {findings.agreement[name, filters]} |"
        )
    return "\n".join(lines)


def bus_bra(data: Path, options: Any, findings: Findings) -> None:
    """Ten ultrasound images from files to features by two processes that are already running."""
    images = sorted((data / "bus-bra" / "images").glob("bus_*.png"))[:10]
    if not images:
        findings.fail("the ultrasound images are left out: bus-bra is not in the data folder")
        return
    masks = [data / "bus-bra" / "masks" / i.name.replace("bus_", "mask_") for i in images]
    files = [[str(i), str(m)] for i, m in zip(images, masks, strict=True)]
    workers = {name: Worker(engine, sys.executable, "any") for name, engine in STUDIES.items()}

    def job(engine: str) -> Callable[[], float | None]:
        def run() -> float | None:
            whole = engine.startswith("radln")
            answer = workers[engine].ask(do="study", files=files, jobs=STUDY_JOBS, whole=whole)
            if "error" in answer:
                findings.fail(f"{engine} on the ultrasound images: {answer['error']}")
            return answer.get("seconds")

        return run

    jobs = {engine: job(engine) for engine in workers}
    for run in jobs.values():  # starts their processes
        run()
    rough = {engine: run() for engine, run in jobs.items()}
    jobs = {engine: run for engine, run in jobs.items() if rough[engine] is not None}
    taken = rounds_of(jobs, rough, options.rounds, options.patience)
    seconds = {engine: float(np.median(found)) for engine, found in taken.items() if found}
    lines = ["| | all ten | least to most | pyradiomics takes | asked |", "|---|---|---|---|---|"]
    for engine, found in seconds.items():
        ratio = f"{seconds['pyradiomics'] / found:.1f}x" if "pyradiomics" in seconds else "-"
        asked = f"{STUDY_TARGET}x" if engine == "native" else ""
        ends = f"{span(min(taken[engine]))} to {span(max(taken[engine]))}"
        lines.append(f"| {engine} | {span(found)} | {ends} | {ratio} | {asked} |")
    findings.tables["study"] = "\n".join(lines)
    print("10 ultrasound images, all filters, 2 processes\n" + findings.tables["study"])
    for worker in workers.values():
        worker.close()


def write_page(path: Path, findings: Findings, options: Any) -> None:
    """The page, from its template."""
    import jinja2

    template = jinja2.Template((HERE / "extraction.md.j2").read_text(), keep_trailing_newline=True)
    shown = {
        "race": race_table(findings),
        "targets": target_table(findings),
        "release": lambda name: f" {findings.versions[name]}" if name in findings.versions else "",
        "bin_width": BIN_WIDTH,
        "failures": findings.failures,
        "rounds": options.rounds,
        "machine": machine(),
        "python": platform.python_version(),
        **{part: findings.tables.get(part, "Not measured in this run.") for part in PARTS[1:]},
    }
    path.write_text(template.render(shown))


def machine() -> str:
    """The processor's name."""
    told = Path("/proc/cpuinfo")
    names = [x for x in told.read_text().splitlines() if "model name" in x] if told.exists() else []
    return names[0].partition(":")[2].strip() if names else platform.machine()


def main() -> None:
    """Measure and print; with ``--page`` write the page and its figure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, default=HERE.parent.parent / "shared" / "data")
    parser.add_argument("--peers", type=Path, help="folder of the other packages' environments")
    parser.add_argument("--page", type=Path, help="page to write; its figure goes beside it")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--patience", type=float, default=40, help="seconds an engine and case")
    parser.add_argument("--core", default="any", help="number of the core that all share")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    options = parser.parse_args()
    core = options.core
    if core == "any" and hasattr(os, "sched_getaffinity"):
        core = str(max(os.sched_getaffinity(0)))
    findings = Findings()
    with tempfile.TemporaryDirectory() as folder:
        cases = build_cases(options.data, Path(folder), findings)
        if "engines" in options.parts:
            workers = start(options.peers, core, findings)
            race(workers, cases, options, findings)
            print(race_table(findings) + "\n\n" + target_table(findings), flush=True)
            for worker in workers.values():
                worker.close()
        if "study" in options.parts:
            bus_bra(options.data, options, findings)
        if "floor" in options.parts:
            findings.tables["floor"] = floor(cases, options.rounds)
        if "memory" in options.parts:
            findings.tables["memory"] = memory(cases, lambda e: Worker(e, sys.executable, core))
        if "voxels" in options.parts:
            measured = voxels()
            findings.tables["voxels"] = measured.table
            if options.page:
                draw_cost(measured, options.page.with_name("radiomics-cost.svg"))
        if "first" in options.parts:
            findings.tables["first"] = first_use()
    if options.page:
        write_page(options.page, findings, options)


if __name__ == "__main__":
    main()
