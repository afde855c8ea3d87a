"""Kinds of tampering with a bundle, each of which loading must refuse.

A kind changes the files (name -> bytes) of a bundle of :func:`tests.models.bundles.made_bundle`.
``resealed`` kinds recompute the checksums afterwards, so that structure or worked cases must catch
them; the others are caught by the checksums. ``said`` is a part of the refusal.

What cannot be caught: somebody who changes a model, lets it say its own worked cases, writes these
into ``bundle.json`` and recomputes the checksums has made another, whole bundle; checksums tell
damage, not who wrote a bundle. Also beyond the worked cases, once checksums are recomputed: limits
and leaves of trees that none of the three cases passes, corners of an isotonic curve and knots that
none comes near, a cut-off moved within 0 to 1, and words (performance, units, ranges, recipe) that
no probability rests on.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Files = dict[str, bytes]
CONTENT = "bundle.json"
KINDS: dict[str, Kind] = {}


@dataclass(frozen=True)
class Kind:
    """A kind of tampering."""

    change: Callable[[Files], None]
    said: str
    resealed: bool


def kind(said: str, *, resealed: bool = True) -> Callable[[Callable[[Files], None]], None]:
    def take(change: Callable[[Files], None]) -> None:
        KINDS[change.__name__] = Kind(change, said, resealed)

    return take


def of(model: str) -> str:
    return f"model/{model}.json"


def edit(files: Files, name: str, change: Callable[[Any], None]) -> None:
    """Change the plain data of a file."""
    data = json.loads(files[name])
    change(data)
    files[name] = json.dumps(data).encode()


def put(name: str, *path: str | int, value: Any) -> Callable[[Files], None]:
    """Put another value in a place of a file; a function gets the old one."""

    def change(data: Any) -> None:
        for part in path[:-1]:
            data = data[part]
        data[path[-1]] = value(data[path[-1]]) if callable(value) else value

    return lambda files: edit(files, name, change)


def put_kind(title: str, said: str, name: str, *path: str | int, value: Any) -> None:
    change = put(name, *path, value=value)
    KINDS[title] = Kind(change, said, True)


# Files


@kind("was changed", resealed=False)
def one_byte_changed(files):
    files[of("rad")] = files[of("rad")].replace(b"1", b"2", 1)


@kind("missing", resealed=False)
def a_file_removed(files):
    del files[of("rad")]


@kind("does not name", resealed=False)
def a_file_added(files):
    files["model/extra.json"] = b"{}"


@kind("was changed", resealed=False)
def a_file_cut_short(files):
    files[CONTENT] = files[CONTENT][:-200]


@kind("was changed", resealed=False)
def a_file_emptied(files):
    files[of("net")] = b""


@kind("was changed", resealed=False)
def two_files_exchanged(files):
    files[of("rad")], files[of("net")] = files[of("net")], files[of("rad")]


@kind("no bundle of radln", resealed=False)
def checksums_removed(files):
    files["checksums.json"] = b""


@kind("format", resealed=False)
def checksums_of_a_foreign_format(files):
    put("checksums.json", "format", value="other-1")(files)


@kind("no JSON", resealed=False)
def checksums_that_are_no_json(files):
    files["checksums.json"] = b"sha256"


@kind("format", resealed=False)
def checksums_that_are_a_list(files):
    files["checksums.json"] = b"[]"


@kind("of no model")
def a_table_of_patients_added(files):
    files["patients.csv"] = b"name,age\n"


@kind("of no model")
def a_pickle_added(files):
    files["model/rad.pkl"] = b"\x80\x04."


@kind("of no model")
def trees_of_no_model_added(files):
    files["model/other.xgboost.json"] = files["model/boost.xgboost.json"]


@kind("is missing")
def trees_removed(files):
    del files["model/boost.xgboost.json"]


@kind("it holds the model")
def two_models_exchanged(files):
    files[of("rad")], files[of("net")] = files[of("net")], files[of("rad")]


@kind("other models")
def a_model_removed(files):
    del files[of("net")]


@kind("needs the model")
def the_model_of_a_score_removed(files):
    del files[of("rad")]


@kind("no bundle.json")
def content_removed(files):
    del files[CONTENT]


@kind("its own file")
def trees_of_another_model_named(files):
    put(of("boost"), "core", "file", value="../../elsewhere.json")(files)


# JSON


@kind("NaN")
def a_coefficient_that_is_nan(files):
    put(of("rad"), "core", "coefficients", 0, value=float("nan"))(files)


@kind("Infinity")
def an_infinite_intercept(files):
    put(of("rad"), "core", "intercept", value=float("inf"))(files)


@kind("beyond all limits")
def a_number_beyond_all_limits(files):
    put(of("rad"), "core", "intercept", value="HUGE")(files)
    files[of("rad")] = files[of("rad")].replace(b'"HUGE"', b"1e999")


@kind("no finite number")
def a_whole_number_beyond_all_limits(files):
    put(of("rad"), "core", "intercept", value=10**400)(files)


@kind("twice")
def a_key_named_twice(files):
    files[of("rad")] = files[of("rad")].replace(b"{", b'{"cut_off": 0.1, ', 1)


@kind("no JSON")
def a_model_that_is_no_json(files):
    files[of("rad")] = b"\x80\x04K\x01."


@kind("no JSON")
def a_model_that_is_no_text(files):
    files[of("rad")] = b"\xff\xfe{}"


@kind("nested too deeply")
def a_model_nested_too_deeply(files):
    files[of("rad")] = b"[" * 100_000


@kind("no mapping")
def a_model_that_is_a_list(files):
    files[of("rad")] = b"[]"


# A model

put_kind("a_foreign_format", "its format", of("rad"), "format", value="other-model-1")
put_kind("a_foreign_bundle_format", "format", CONTENT, "format", value="radln-bundle-9")
put_kind("an_unknown_learner", "no learner", of("rad"), "learner", value="os")
put_kind("a_learner_of_another_name", "lacks the key", of("line"), "learner", value="knn")
put_kind("an_unknown_step", "no change", of("bent"), "changes", 0, "step", value="os")
put_kind("a_step_that_is_a_path", "no change", of("bent"), "changes", 0, "step", value="..models")
put_kind("a_cut_off_above_1", "cut_off", of("rad"), "cut_off", value=1.2)
put_kind("a_cut_off_below_0", "cut_off", of("rad"), "cut_off", value=-0.1)
put_kind("a_cut_off_that_is_text", "cut_off", of("rad"), "cut_off", value="0.5")
put_kind("a_cut_off_that_is_true", "cut_off", of("rad"), "cut_off", value=True)
put_kind("a_slope_turned", "worked case", of("line"), "recalibration", 1, value=lambda v: -v)
put_kind("a_slope_doubled", "worked case", of("line"), "recalibration", 1, value=lambda v: 2 * v)
put_kind("a_number_added_to_recalibration", "items", of("rad"), "recalibration", value=[0, 1, 1])
put_kind("a_scale_of_0", "scale", of("rad"), "inputs", 0, "scale", value=0)
put_kind("a_negative_scale", "scale", of("rad"), "inputs", 0, "scale", value=lambda v: -v)
put_kind(
    "a_scale_changed", "worked case", of("rad"), "inputs", 0, "scale", value=lambda v: v * 1.01
)
put_kind("a_mean_outside_its_range", "mean", of("rad"), "inputs", 0, "mean", value=1e9)
put_kind("a_mean_changed", "worked case", of("nomo"), "inputs", 0, "mean", value=lambda v: v * 1.01)
put_kind("a_median_outside_its_range", "median", of("rad"), "inputs", 0, "median", value=-1e9)
put_kind("a_range_turned", "range", of("rad"), "inputs", 0, "low", value=1e9)
put_kind("a_core_without_intercept", "lacks", of("rad"), "core", value={"coefficients": []})
put_kind("an_input_of_another_column", "columns", of("rad"), "inputs", 0, "column", value="other")
put_kind(
    "a_score_of_no_model", "needs the model", of("nomo"), "inputs_from", "rad_score", value="x"
)
put_kind(
    "a_score_of_itself", "takes its own score", of("nomo"), "inputs_from", "rad_score", value="nomo"
)
put_kind("a_name_that_is_a_path", "name", of("rad"), "source", value="../rad")


@kind("items")
def a_coefficient_fewer(files):
    put(of("rad"), "core", "coefficients", value=lambda v: v[:-1])(files)


@kind("items")
def a_coefficient_more(files):
    put(of("rad"), "core", "coefficients", value=lambda v: [*v, 0.1])(files)


@kind("worked case")
def a_sign_flipped(files):
    put(of("net"), "core", "coefficients", 0, value=lambda v: -v)(files)


@kind("worked case")
def two_coefficients_exchanged(files):
    put(of("nomo"), "core", "coefficients", value=lambda v: [v[1], v[0], *v[2:]])(files)


@kind("worked case")
def an_intercept_moved(files):
    put(of("rad"), "core", "intercept", value=lambda v: v + 1e-6)(files)


@kind("worked case")
def a_median_changed(files):
    def change(data):
        first = data["inputs"][0]
        first["median"] = (first["low"] + first["median"]) / 2

    edit(files, of("rad"), change)


@kind("does not list")
def a_level_renamed(files):
    def change(data):
        first = next(item for item in data["inputs"] if item["level"] is not None)
        first["level"] = "other"

    edit(files, of("nomo"), change)


@kind("twice among")
def an_input_named_twice(files):
    put(of("rad"), "inputs", 1, value=None)(files)
    edit(files, of("rad"), lambda data: data["inputs"].__setitem__(1, data["inputs"][0]))


@kind("unknown key")
def a_key_added(files):
    edit(files, of("rad"), lambda data: data.update(note="patient 7"))


@kind("unknown key")
def a_key_added_to_the_core(files):
    edit(files, of("rad"), lambda data: data["core"].update(rows=[[1.0]]))


@kind("patients' rows")
def a_model_of_patients_rows(files):
    def change(data):
        n = len(data["inputs"])
        data.update(learner="knn", core={"known": [[0.0] * n], "y": [True], "neighbours": 1})

    edit(files, of("rad"), change)


@kind("does not rise")
def a_curve_that_falls(files):
    curve = {"log_odds": [-1.0, 1.0], "probability": [0.9, 0.1]}
    edit(files, of("rad"), lambda data: data.update(curve=curve))


@kind("0 to 1")
def a_curve_above_1(files):
    curve = {"log_odds": [-1.0, 1.0], "probability": [0.1, 1.9]}
    edit(files, of("rad"), lambda data: data.update(curve=curve))


@kind("worked case")
def a_curve_added(files):
    curve = {"log_odds": [-1.0, 1.0], "probability": [0.1, 0.9]}
    edit(files, of("rad"), lambda data: data.update(curve=curve))


@kind("items")
def a_loading_fewer(files):
    put(of("parts"), "loadings", value=lambda v: v[:-1])(files)


@kind("items")
def a_weight_of_the_chain_fewer(files):
    put(of("bent"), "changes", 0, "rules", 0, "weights", value=lambda v: v[:-1])(files)


@kind("worked case")
def weights_of_the_chain_changed(files):
    def change(data):
        for rule in data["changes"][0]["rules"]:
            rule["weights"] = [[2 * w + 0.1 for w in row] for row in rule["weights"]]

    edit(files, of("bent"), change)


@kind("knots")
def knots_out_of_order(files):
    def change(data):
        bent = next(one for one in data["core"]["bent"] if one["knots"])
        bent["knots"] = bent["knots"][::-1]

    edit(files, of("bent"), change)


# Trees

WOOD, BOOST = "model/wood.forest.json", "model/boost.xgboost.json"
TREES = ("learner", "gradient_booster", "model", "trees")
put_kind("a_child_out_of_range", "between", WOOD, "trees", 0, "left", 0, value=10**6)
put_kind("a_child_below_0", "between", WOOD, "trees", 0, "left", 0, value=-7)
put_kind("a_child_that_is_no_whole_number", "whole", WOOD, "trees", 0, "left", 0, value=1.5)
put_kind("a_tree_in_a_circle", "no tree", WOOD, "trees", 0, "left", 0, value=0)
put_kind("a_tree_with_one_child_twice", "no tree", WOOD, "trees", 0, "left", 0, value=2)
put_kind("a_tree_that_asks_no_input", "between", WOOD, "trees", 0, "asks", 0, value=10**6)
put_kind("a_share_above_1", "share", WOOD, "trees", 0, "share", 0, value=1.5)
put_kind("a_limit_fewer", "items", WOOD, "trees", 0, "limit", value=lambda v: v[:-1])
put_kind("no_trees", "no tree", WOOD, "trees", value=[])
put_kind("a_tree_fewer", "worked case", WOOD, "trees", value=lambda v: v[1:])
put_kind(
    "a_boosted_child_out_of_range", "between", BOOST, *TREES, 0, "left_children", 0, value=10**6
)
put_kind("a_boosted_tree_in_a_circle", "no tree", BOOST, *TREES, 0, "left_children", 0, value=0)
put_kind(
    "a_boosted_tree_that_asks_no_input", "between", BOOST, *TREES, 0, "split_indices", 0, value=999
)
put_kind(
    "boosted_nodes_miscounted",
    "tree_param",
    BOOST,
    *TREES,
    0,
    "tree_param",
    "num_nodes",
    value="999999",
)
put_kind("a_boosted_tree_fewer", "counts", BOOST, *TREES, value=lambda v: v[1:])
put_kind(
    "boosted_inputs_miscounted",
    "num_feature",
    BOOST,
    "learner",
    "learner_model_param",
    "num_feature",
    value="999",
)
put_kind("a_boosted_parent_exchanged", "parents", BOOST, *TREES, 0, "parents", 1, value=2)
put_kind(
    "a_boosted_leaf_fewer", "items", BOOST, *TREES, 0, "split_conditions", value=lambda v: v[:-1]
)
put_kind(
    "boosted_leaves_turned",
    "worked case",
    BOOST,
    *TREES,
    value=lambda trees: [
        {
            **tree,
            "split_conditions": [
                -c if left < 0 else c
                for c, left in zip(tree["split_conditions"], tree["left_children"], strict=True)
            ],
        }
        for tree in trees
    ],
)
put_kind(
    "another_objective",
    "objective",
    BOOST,
    "learner",
    "objective",
    "name",
    value="reg:squarederror",
)
put_kind("another_booster", "gbtree", BOOST, "learner", "gradient_booster", "name", value="dart")
put_kind(
    "a_base_score_of_text",
    "base_score",
    BOOST,
    "learner",
    "learner_model_param",
    "base_score",
    value="half",
)
put_kind(
    "a_base_score_moved",
    "worked case",
    BOOST,
    "learner",
    "learner_model_param",
    "base_score",
    value="[4E-1]",
)
put_kind(
    "trees_told_in_another_order",
    "in order",
    BOOST,
    "learner",
    "gradient_booster",
    "model",
    "iteration_indptr",
    value=lambda v: v[::-1],
)
put_kind("boosted_trees_that_are_a_number", "no mapping", BOOST, "learner", value=7)

# What is said of models

put_kind(
    "a_worked_probability_changed",
    "worked case",
    CONTENT,
    "worked_cases",
    1,
    "probability",
    "rad",
    value=0.5,
)
put_kind("a_worked_case_fewer", "worked_cases", CONTENT, "worked_cases", value=lambda v: v[:2])
put_kind(
    "a_worked_case_without_a_column",
    "other columns",
    CONTENT,
    "worked_cases",
    0,
    "values",
    value={},
)
put_kind("a_column_not_described", "other columns", CONTENT, "columns", value=lambda v: v[1:])
put_kind("a_column_described_twice", "twice", CONTENT, "columns", value=lambda v: [v[0], *v])
put_kind("classes_of_one_name", "one name", CONTENT, "outcome", "negative", value="malignant")
put_kind("an_area_above_1", "auc", CONTENT, "models", "rad", "performance", "auc", value=1.4)
put_kind(
    "an_area_outside_its_interval",
    "interval",
    CONTENT,
    "models",
    "rad",
    "performance",
    "low",
    value=1.0,
)
MIX = (CONTENT, "models", "rad", "case_mix")
put_kind(
    "a_case_mix_removed",
    "case_mix",
    CONTENT,
    "models",
    "rad",
    value=lambda v: {key: value for key, value in v.items() if key != "case_mix"},
)
put_kind("a_mean_of_a_case_mix_that_is_nan", "NaN", *MIX, "mean", value=float("nan"))
put_kind("a_negative_spread", "case_mix", *MIX, "sd", value=-1.0)
put_kind(
    "a_case_mix_without_spread", "case_mix", *MIX, value={"n": 9, "n_positive": 3, "mean": 0.0}
)
put_kind("a_case_mix_of_one_class", "all positive", *MIX, "n_positive", value=lambda v: 10**6)
put_kind("a_case_mix_of_half_a_case", "case_mix", *MIX, "n", value=80.5)
put_kind("a_version_without_a_parent", "parent", CONTENT, "version", value=2)
put_kind(
    "cases_that_changed_a_first_version", "changed_on", CONTENT, "changed_on", value=["1" * 64]
)
put_kind("cases_that_are_no_hash", "changed_on", CONTENT, "changed_on", value=["p001"])
put_kind("a_version_of_0", "version", CONTENT, "version", value=0)
put_kind("a_parent_of_a_first_version", "parent", CONTENT, "parent", value="0" * 64)
put_kind("a_parent_that_is_no_checksum", "parent", CONTENT, "parent", value="../bundle")
SHIFT = {
    "kind": "intercept", "chosen_by": "user", "intercept": 0.2, "slope": 1.0,
    "cut_off": "carried over", "n": 90, "n_positive": 40, "n_patients": 45,
}  # fmt: skip
CHANGE = (CONTENT, "models", "rad", "change")
put_kind("a_change_without_a_parent", "no parent", *CHANGE, value=SHIFT)


def put_change(title: str, said: str, **other: Any) -> None:
    """A second version whose change is odd."""

    def change(files: Files) -> None:
        put(CONTENT, "version", value=2)(files)
        put(CONTENT, "parent", value="0" * 64)(files)
        put(CONTENT, "changed_on", value=["1" * 64])(files)
        put(*CHANGE, value=SHIFT | other)(files)

    KINDS[title] = Kind(change, said, True)


put_change("a_change_of_an_unknown_kind", "kind", kind="boosted")
put_change("a_slope_of_0", "slope", kind="intercept_slope", slope=0.0)
put_change("a_negative_slope", "slope", kind="intercept_slope", slope=-1.0)
put_change("a_shift_that_stretches", "stretches", slope=2.0)
put_change("a_refit_that_shifts", "shifts", kind="refit")
put_change("a_change_of_nothing", "nothing", kind="original", intercept=0.0)
put_change("a_change_by_more_patients_than_cases", "cannot be", n_patients=91)
put_change("a_change_by_one_class", "cannot be", n_positive=90)
put_change("a_change_that_is_nan", "NaN", intercept=float("nan"))
put_change("a_change_with_a_note", "note", note="patient 7")
put_kind(
    "a_model_not_described",
    "other models",
    CONTENT,
    "models",
    value=lambda v: {k: a for k, a in v.items() if k != "rad"},
)
put_kind(
    "a_recipe_of_no_learner", "learner", CONTENT, "models", "rad", "recipe", "learner", value="os"
)
put_kind("a_length_in_no_unit", "length_unit", CONTENT, "measurement", "length_unit", value="cm")


@kind("patient")
def a_key_added_to_the_content(files):
    edit(files, CONTENT, lambda data: data.update(patient="P-17"))
