"""XGBoost's JSON, looked through before XGBoost sees it: damaged indices crash the process there.

Its layout: https://xgboost.readthedocs.io/en/stable/tutorials/saving_model.html.
"""

from __future__ import annotations

import json
from typing import Any

from radln.errors import InputError
from radln.models.fields import listed, mapping, number, numbers, refuse_no_tree, whole, wholes

OLDEST = 2  # XGBoost that wrote what radln reads
ROOT = 2147483647  # the parent of a tree's first node
OF_NODES = (
    "base_weights", "default_left", "left_children", "loss_changes", "parents", "right_children",
    "split_conditions", "split_indices", "split_type", "sum_hessian",
)  # fmt: skip
OF_CATEGORIES = ("categories", "categories_nodes", "categories_segments", "categories_sizes")


def verify_booster(data: Any, n_inputs: int) -> None:
    """Raise InputError unless these are boosted trees of numbers for two classes."""
    mapping(data, "the booster", ("learner", "version"))
    if wholes(data["version"], "version", 3, low=0, high=10**6)[0] < OLDEST:
        raise InputError(f"the booster was written by an XGBoost older than {OLDEST}.0")
    own = mapping(
        data["learner"],
        "the booster's learner",
        ("gradient_booster", "learner_model_param", "objective"),
        ("attributes", "feature_names", "feature_types"),
    )
    if own.get("attributes") or own.get("feature_names") or own.get("feature_types"):
        raise InputError("the booster has attributes or names of its own, which radln writes never")
    if not isinstance(own["objective"], dict) or own["objective"].get("name") != "binary:logistic":
        raise InputError("the booster's objective is not binary:logistic")
    _parameters(own["learner_model_param"], n_inputs)
    booster = mapping(own["gradient_booster"], "gradient_booster", ("model", "name"))
    if booster["name"] != "gbtree":
        raise InputError("the booster is not of the kind gbtree")
    _trees(booster["model"], n_inputs)


def _parameters(given: Any, n_inputs: int) -> None:
    if not isinstance(given, dict):
        raise InputError("learner_model_param is no mapping")
    wanted = {"num_feature": n_inputs, "num_class": 0, "num_target": 1}
    for key, count in wanted.items():
        if given.get(key) != str(count):
            raise InputError(f"the booster's {key} is {given.get(key)!r}; {count} is needed")
    try:
        score = json.loads(str(given.get("base_score")))
    except ValueError:
        raise InputError("the booster's base_score is no number") from None
    if isinstance(score, list) and len(score) == 1:
        score = score[0]
    if not 0 < number(score, "base_score") < 1:
        raise InputError("the booster's base_score lies outside 0 to 1")


def _trees(model: Any, n_inputs: int) -> None:
    """The trees, and the counts and lists beside them."""
    needed = ("gbtree_model_param", "iteration_indptr", "tree_info", "trees")
    mapping(model, "the booster's model", needed, ("cats",))
    cats = model.get("cats", {})
    if not isinstance(cats, dict) or any(cats.values()):
        raise InputError("the booster has categories, which radln writes never")
    trees = listed(model["trees"], "trees")
    counts = mapping(
        model["gbtree_model_param"], "gbtree_model_param", ("num_trees", "num_parallel_tree")
    )
    if counts != {"num_trees": str(len(trees)), "num_parallel_tree": "1"}:
        raise InputError(f"the booster counts other trees than its {len(trees)}")
    wholes(model["tree_info"], "tree_info", len(trees), low=0, high=0)
    n = len(trees)
    ends = wholes(model["iteration_indptr"], "iteration_indptr", n + 1, low=0, high=n)
    if ends.tolist() != list(range(n + 1)):
        raise InputError("the booster's iteration_indptr is not in order")
    for place, tree in enumerate(trees):
        try:
            _tree(tree, place, n_inputs)
        except InputError as error:
            raise InputError(f"tree {place} of the booster: {error}") from None


def _tree(tree: Any, place: int, n_inputs: int) -> None:
    """One tree: its nodes are counted, joined as a tree, and ask inputs that there are."""
    mapping(tree, "it", (*OF_NODES, *OF_CATEGORIES, "id", "tree_param"))
    whole(tree["id"], "its id", low=place, high=place)
    n = len(listed(tree["left_children"], "left_children"))
    wanted = {
        "num_deleted": "0", "num_feature": str(n_inputs), "num_nodes": str(n),
        "size_leaf_vector": "1",
    }  # fmt: skip
    if n < 1 or tree["tree_param"] != wanted:
        raise InputError("its tree_param does not fit its nodes and inputs")
    if any(listed(tree[key], key) for key in OF_CATEGORIES):
        raise InputError("it asks for categories")
    left, right = (
        wholes(tree[key], key, n, low=-1, high=n - 1) for key in ("left_children", "right_children")
    )
    refuse_no_tree(left, right)
    parents = wholes(tree["parents"], "parents", n, low=0, high=ROOT)
    for node in range(n):
        if left[node] >= 0 and not parents[left[node]] == parents[right[node]] == node:
            raise InputError("its parents do not fit its children")
    if parents[0] != ROOT:
        raise InputError("its first node has a parent")
    wholes(tree["split_indices"], "split_indices", n, low=0, high=n_inputs - 1)
    wholes(tree["split_type"], "split_type", n, low=0, high=0)
    wholes(tree["default_left"], "default_left", n, low=0, high=1)
    for key in ("base_weights", "loss_changes", "split_conditions", "sum_hessian"):
        numbers(tree[key], key, n)
        if not all(isinstance(item, float) for item in tree[key]):
            raise InputError(f"{key} holds a whole number, where XGBoost writes a decimal point")
