"""Write the bundled encoder's model card from what training and probe recorded.

``python benchmarks/encoder_card.py`` fills encoder_card.md.j2 and draws the loss, into the package
and into docs/explanation. A test fails where the card says something else than the records.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import onnx
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from matplotlib import rc_context

from radln._draw.style import colour, dress, new_axes
from radln._result import format_p
from radln.features.encoders import load_encoder
from radln.report.verdict import signed

ROOT = Path(__file__).resolve().parents[1]
BUNDLED = ROOT / "radln" / "features" / "bundled"
DOCS = ROOT / "docs" / "explanation"
LABELS = {
    "encoder": "Bundled encoder",
    "random": "The same network, random weights",
    "trunk": "The same stages, ImageNet weights, frozen",
    "lite0": "Whole Lite0, ImageNet weights, frozen, 224 px",
    "size": "Five size numbers of the outline",
    "shape": "All descriptors of the outline",
    "shape+encoder": "All descriptors of the outline + bundled encoder",
}


def card() -> str:
    """The card's text."""
    training = json.loads((BUNDLED / "training.json").read_text())
    probe = json.loads((BUNDLED / "probe.json").read_text())
    model = onnx.load(BUNDLED / "encoder.onnx")
    encoder = load_encoder("bundled")
    weights = sum(onnx.numpy_helper.to_array(one).size for one in model.graph.initializer)
    recipe = training["recipe"]
    development = json.loads((Path(__file__).parent / "encoder_development.json").read_text())
    judged = [run for run in probe["runs"] if run["who"] == "held-out"]
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined
    )
    return (
        environment.get_template("encoder_card.md.j2").render(
            features=recipe["features"],
            size=recipe["size"],
            cells=recipe["size"] // 16,
            megabytes=round((BUNDLED / "encoder.onnx").stat().st_size / 1e6, 1),
            parameters=f"{weights:,}",
            digest=encoder.digest,
            images=f"{training['images']:,}",
            patients=training["patients"],
            malignant=training["malignant_images"],
            held={**probe, "malignant": probe["malignant_images"]},
            runs=len(judged),
            recipe=recipe,
            threads=training["threads"],
            torch=training["torch"],
            minutes=round(training["seconds_of_the_last_start"] / 60),
            losses=", ".join(f"{loss:.2f}" for loss in training["losses"][::4]),
            development={**development, **_development(development)},
            areas=[*_areas(probe)],
            gaps=[*_gaps(probe)],
        )
        + "\n"
    )


def _by_name(rows: list[dict[str, Any]]) -> dict[str, dict[str, dict[str, Any]]]:
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["name"], {})[row["how"]] = row
    return found


def _interval(row: dict[str, Any]) -> str:
    return f"{row['value']:.3f} ({row['low']:.3f} to {row['high']:.3f})"


def _areas(probe: dict[str, Any]) -> list[dict[str, str]]:
    return [
        {
            "label": LABELS[name],
            "number": probe["columns"][name],
            **{
                how: "{value:.3f} ({low:.3f} to {high:.3f})".format(**row)
                for how, row in ways.items()
            },
        }
        for name, ways in _by_name(probe["areas"]).items()
    ]


def _development(probe: dict[str, Any]) -> dict[str, str]:
    """The same in one line each."""
    short = ", ".join(f"{row['label']} {row['within']}" for row in _areas(probe))
    gap = next(row for row in _gaps(probe) if "same stages" in row["label"])
    return {"areas": short, "gap": f"{gap['within']}, p {gap['p_within']}"}


def _gaps(probe: dict[str, Any]) -> list[dict[str, str]]:
    rows = []
    for name, ways in _by_name(probe["differences"]).items():
        a, b = name.split(" - ")
        cells = {"label": f"{LABELS[a]} minus {LABELS[b][0].lower()}{LABELS[b][1:]}"}
        for how, row in ways.items():
            value, low, high = (signed(row[key]) for key in ("value", "low", "high"))
            cells[how] = f"{value} ({low} to {high})"
            cells[f"p_{how}"] = format_p(row["p"]).removeprefix("p ").removeprefix("= ")
        rows.append(cells)
    return rows


def draw_loss(path: Path) -> None:
    """The mean training loss of every epoch."""
    training = json.loads((BUNDLED / "training.json").read_text())
    losses = training["losses"]
    ax = new_axes(None, height_mm=60)
    ax.plot(range(1, len(losses) + 1), losses, color=colour(0), linewidth=1.3)
    ax.set_ylim(bottom=0)
    title = f"n = {training['images']} images of {training['patients']} patients"
    dress(ax, xlabel="Epoch", ylabel="Mean training loss (sum of five)", title=title)
    with rc_context({"svg.hashsalt": "radln"}):
        ax.figure.savefig(path, metadata={"Date": None})


def main() -> None:
    text = card()
    (BUNDLED / "MODEL_CARD.md").write_text(text, encoding="utf-8")
    (DOCS / "bundled-encoder.md").write_text(text, encoding="utf-8")
    for folder in (BUNDLED, DOCS):
        draw_loss(folder / "bundled-encoder-loss.svg")


if __name__ == "__main__":
    main()
