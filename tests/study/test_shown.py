"""What a user types at the prompt is answered briefly, as text and in a notebook."""

from __future__ import annotations

from radln.features.extract import extract_features
from radln.io.cases import read_case
from radln.study.core import Study
from radln.study.intake import take_in

MOST = 1500  # letters


def test_every_object_of_a_study_is_short(result, pristine):
    study = Study.from_yaml(pristine.folder)
    (case,) = read_case(take_in(study.settings.data).sources[0])
    table = extract_features(pristine.image(1), pristine.mask(1))
    objects = [
        study, result, result.checks, result.extraction, result.extraction.table, result.cohort,
        result.fit, result.final[0], result.evaluation, result.intake, result.nomogram, case,
        case.image, table, result.fit.predictions, *result.attributions.values(),
    ]  # fmt: skip
    for item in objects:
        assert len(repr(item)) <= MOST, type(item)
        assert type(item).__name__.lower() in repr(item).lower(), type(item)
        assert repr(item).count("ZQX") <= 1, type(item)
        assert "<" in item._repr_html_(), type(item)
        assert len(item._repr_html_()) <= 100 * MOST, type(item)
