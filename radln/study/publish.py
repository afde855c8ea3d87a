"""A run's results as files: tables, figures, predictions, models, run.json and the report."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import pandas as pd

from radln.explain.attribution import Attribution, telling_units
from radln.features.embeddings import DeepFeatures
from radln.features.encoders import BUNDLED
from radln.features.extract import IGNORED_MARKS
from radln.features.names import readable
from radln.features.radiomics.settings import RadiomicsSettings
from radln.imaging.regions import REPAIRED
from radln.io.atomic import replacing, write_json, write_text
from radln.io.tables import write_csv, write_parquet
from radln.io.yaml import dump_commented
from radln.models.learners import learner
from radln.models.persist import predict_frame, save_models
from radln.report.below_chance import below_chance
from radln.report.content import ReportContent, Waterfall
from radln.report.document import png_bytes, render, svg_text
from radln.report.figures import figures
from radln.report.verdict import BLOCKS
from radln.settings import portable
from radln.stats.description.table_one import table_one
from radln.study.judged import with_reads
from radln.study.result import StudyResult

PACKAGES = (
    "radln", "numpy", "scipy", "pandas", "scikit-learn", "xgboost-cpu", "xgboost", "SimpleITK",
    "pyradiomics-cuda", "numba", "PyWavelets", "onnxruntime", "matplotlib",
)  # fmt: skip
WATERFALL_ROWS = 8


def publish(result: StudyResult, out: Path, *, jobs: int) -> ReportContent:
    """Write everything under ``out``; each file is whole or not there."""
    content = report_content(result)
    drawn: dict[str, tuple[str, str]] = {}
    for name, caption, figure in figures(content):
        text = svg_text(figure, name)
        drawn[name] = (caption, text)
        write_text(out / "figures" / f"{name}.svg", text)
        with replacing(out / "figures" / f"{name}.png") as draft:
            draft.write_bytes(png_bytes(figure))
    _tables(result, content, out / "tables")
    write_csv(out / "predictions.csv", with_reads(result.cohort, result.fit).frame())
    table = result.extraction.table
    write_parquet(out / "features.parquet", table.frame(), table.metadata())
    save_models(result.final, out / "model")
    final = predict_frame(result.final, result.cohort.predictors)
    write_csv(out / "model" / "predictions_final.csv", final.reset_index())
    write_json(out / "run.json", _run_record(result, content, jobs))
    write_text(out / "report.html", render(content, drawn))
    return content


def report_content(result: StudyResult) -> ReportContent:
    """The report's content from a run's results."""
    cohort, settings = result.cohort, result.settings
    y = cohort.y_true
    shown = cohort.columns("clinical", "size")
    described = pd.concat([cohort.predictors[shown], cohort.reads], axis=1)
    if "site" in cohort.units.columns:
        described["site"] = cohort.units["site"].astype(str)
    first = next(iter(result.attributions.values()), None)
    return ReportContent(
        title=settings.name,
        simulated=settings.simulated,
        image_is_patient=settings.data.image_is_patient,
        unit=cohort.unit,
        positive=settings.data.positive,
        outcomes=result.checks.outcomes,
        n=int(y.size),
        n_positive=int(y.sum()),
        n_patients=cohort.n_patients,
        n_mixed=cohort.n_mixed,
        flow=cohort.flow.frame(),
        table_one=table_one(described, y, cluster=cohort.patient_id),
        evaluation=result.evaluation,
        attributions=result.attributions,
        feature_values=cohort.predictors,
        waterfalls=_waterfalls(result, first) if first else (),
        nomogram=result.nomogram,
        nomogram_note=result.nomogram_note,
        findings=pd.concat(
            [below_chance(result.evaluation.aucs), result.checks.frame()], ignore_index=True
        ),
        facts=_facts(result),
        settings_text=dump_commented(portable(settings)),
        versions=versions(),
        notes=(*cohort.notes, *_changed(result)),
    )


def _changed(result: StudyResult) -> list[str]:
    """What was done to masks and marks before measuring, where it was asked for."""
    features, status = result.settings.features, result.extraction.table.status
    how = {
        "fill": "holes filled",
        "largest": "the largest part alone",
        "all": "the largest part alone, holes filled",
    }.get(features.mask)

    def count(note: str) -> int:
        return int(status["message"].str.contains(note, regex=False).sum())

    said = []
    if how is not None:
        said.append(
            f"Masks were repaired before measuring ({how}): {count(REPAIRED)} were changed."
        )
    if features.ignore == "marks":
        said.append(
            f"Caliper marks, drawn lines and text were left out of grey values and texture in "
            f"{count(IGNORED_MARKS)} case(s); filters and deep features see them."
        )
    return said


def _facts(result: StudyResult) -> dict[str, object]:
    settings, specs = result.settings, result.extraction.table.specs
    radiomics, models = settings.features.radiomics, settings.models
    fitted = {model.block for model in result.final}
    own = [b for b in BLOCKS if b in fitted - {"without_deep", "nomogram"}]
    blocks = [BLOCKS[block].lower().removesuffix(" features") for block in own]
    clinical = [readable(c) for c in result.cohort.columns("clinical")]
    return {
        "study_id": result.study_id,
        "measured": _measured(result),
        "unit": result.cohort.unit,
        "n_radiomics": sum(spec.block == "radiomics" for spec in specs),
        "n_node": sum(spec.block == "node" for spec in specs),
        "n_deep": sum(spec.block == "deep" for spec in specs),
        "length_unit": result.extraction.length_unit,
        "blocks": " and ".join(filter(None, (", ".join(blocks[:-1]), blocks[-1]))),
        "without_deep": "without_deep" in fitted,
        "beside": ", ".join(clinical) or "the long axis",
        "n_resamples": settings.evaluation.n_resamples,
        **models.model_dump(),
        "estimators": " and ".join(
            dict.fromkeys(learner(model.learner).sentence for model in result.final)
        ),
        **radiomics_facts(radiomics, result.extraction.length_unit),
        **encoder_facts(settings.features.deep),
    }


def _measured(result: StudyResult) -> str:
    """Where the features come from: images, a file, or nowhere."""
    data = result.settings.data
    if data.images is not None:
        return "images"
    return "file" if data.features is not None else "none"


def radiomics_facts(radiomics: RadiomicsSettings, unit: str) -> dict[str, object]:
    """How radiomics were computed, in words; ``prepared`` is blank where nothing was asked."""
    kinds = ["original"]
    kinds += ["wavelet"] if radiomics.wavelet else []
    if radiomics.log_sigma:
        sigmas = ", ".join(f"{sigma:g}" for sigma in radiomics.log_sigma)
        kinds.append(f"Laplacian of Gaussian, sigma {sigmas} {unit}")
    kinds += [name.replace("root", " root") for name in radiomics.filters]
    prepared = ["normalized to mean 0 and one standard deviation"] if radiomics.normalize else []
    if radiomics.resampled_pixel_spacing is not None:
        voxel = " x ".join(f"{side:g}" for side in radiomics.resampled_pixel_spacing)
        prepared.append(f"resampled to {voxel} {unit} (0: as it was; {radiomics.interpolator})")
    if radiomics.resegment_range is not None:
        ends = " to ".join(f"{end:g}" for end in radiomics.resegment_range)
        prepared.append(f"cut to grey values of {ends} ({radiomics.resegment_mode})")
    return {
        "image_types": "; ".join(kinds),
        "prepared": " and ".join(prepared),
        "engine": {
            "native": "radln's own engine, which follows pyradiomics' definitions,",
            "pyradiomics": "pyradiomics",
        }[radiomics.engine],
        "binning": f"{radiomics.bin_count} grey-level bins"
        if radiomics.bin_width is None
        else f"grey-level bins of width {radiomics.bin_width:g}",
    }


def encoder_facts(deep: DeepFeatures | None) -> dict[str, object]:
    """The encoder in words, blank without one; how its map is cut, pooled and checked."""
    if deep is None:
        return {"encoder": ""}
    encoder = deep.load()
    statistic = {"mean": "its mean", "max": "its maximum", "gem": "its generalised mean (power 3)"}
    place = {
        "mask": "over the node",
        "crop": "over the crop",
        "both": "over the node and over the crop",
    }
    return {
        "encoder": "radln's own encoder" if deep.encoder == BUNDLED else f"encoder {encoder.name}",
        "encoder_lists": len(encoder.seen) > 0,
        "crop_margin": f"{100 * deep.margin:g} %",
        "pooled": f"{statistic[deep.statistic]} {place[deep.pooling]}",
    }


def _waterfalls(result: StudyResult, attribution: Attribution) -> tuple[Waterfall, ...]:
    """Four telling cases; the smaller contributions are summed."""
    items = []
    for title, unit in telling_units(result.cohort, attribution):
        at = result.cohort.units.index.get_loc(unit)
        row = attribution.values[0].to_numpy(np.float64)[at]
        names = list(attribution.values[0].columns)
        order = np.argsort(-np.abs(row), kind="stable")
        top, others = order[: WATERFALL_ROWS - 1], order[WATERFALL_ROWS - 1 :]
        items.append(
            Waterfall(
                title,
                (*(readable(names[j]) for j in top), "all others"),
                np.append(row[top], row[others].sum()),
                float(attribution.base[0].to_numpy(np.float64)[at]),
            )
        )
    return tuple(items)


def _tables(result: StudyResult, content: ReportContent, folder: Path) -> None:
    """Unrounded numbers; ids of cases stand in the tables of cases only."""
    evaluation = result.evaluation
    frames = {
        "auc": evaluation.aucs,
        "ladder": evaluation.ladder,
        "differences": evaluation.pairs,
        "operating_points": evaluation.operating,
        "cut_offs": evaluation.cut_offs,
        "calibration": evaluation.calibration_table,
        "net_benefit": evaluation.net_benefit,
        "auc_by_site": evaluation.by_site,
        "table_one": content.table_one.frame(),
        "flow": content.flow,
        "checks": content.findings,
        "checks_by_case": result.checks.cases,
        "case_status": result.extraction.table.status.reset_index(),
        "extraction_times": result.extraction.timings,
    }
    for source, attribution in result.attributions.items():
        frames[f"shap_importance_{source}"] = attribution.importance
        frames[f"shap_blocks_{source}"] = attribution.blocks
    if result.nomogram is not None:
        frames["nomogram"] = result.nomogram.frame()
    for name, frame in frames.items():
        write_csv(folder / f"{name}.csv", frame)


def _run_record(result: StudyResult, content: ReportContent, jobs: int) -> dict[str, object]:
    """The run in facts: no case, no patient, no path."""
    per_family = result.extraction.timings
    computed = per_family[~per_family["cached"].astype(bool)]
    primary = result.evaluation.primary
    return {
        "study_id": result.study_id,
        "settings": portable(result.settings).model_dump(mode="json", by_alias=True),
        "manifest": result.identity["manifest"],
        "versions": content.versions,
        "jobs": jobs,
        "n": content.n,
        "n_positive": content.n_positive,
        "n_patients": content.n_patients,
        "n_failed_cases": result.n_failed,
        "seconds": result.seconds,
        "seconds_by_family": computed.groupby("family")["seconds"].sum().to_dict(),
        "cases_computed_by_family": computed.groupby("family").size().to_dict(),
        "peak_memory_main_process_mib": peak_memory_mib(),
        "verdict": result.verdict,
        "conclusion": primary.conclusion if primary else None,
    }


def versions() -> dict[str, str]:
    """What the run stood on."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def peak_memory_mib() -> float | None:
    """Peak resident memory of this process (without its workers) in MiB; None on Windows."""
    try:
        import resource
    except ImportError:
        return None
    scale = 1024 if sys.platform != "darwin" else 1024**2
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale
