"""The bundled encoder's card says what was recorded, in the package and in the documentation."""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))

import encoder_card  # noqa: E402


def test_the_card_follows_from_the_records():
    text = encoder_card.card()
    for folder in (encoder_card.BUNDLED, encoder_card.DOCS):
        written = next(folder.glob("*[cC][aA][rR][dD].md"), folder / "bundled-encoder.md")
        assert written.read_text(encoding="utf-8") == text
        assert (folder / "bundled-encoder-loss.svg").is_file()


def test_what_was_judged_is_what_is_shipped():
    probe = json.loads((encoder_card.BUNDLED / "probe.json").read_text())
    assert probe["runs"][-1]["who"] == "held-out"
    assert probe["runs"][-1]["encoder_sha256"] == encoder_card.load_encoder("bundled").digest
    training = json.loads((encoder_card.BUNDLED / "training.json").read_text())
    assert 2 * training["images"] == len(encoder_card.load_encoder("bundled").seen)
