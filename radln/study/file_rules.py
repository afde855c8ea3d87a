"""From the name of a case to its image and its mask: the plainest rule that finds them all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

import pandas as pd

from radln.data_settings import NameRule
from radln.errors import InputError
from radln.io.tables import stable_strings
from radln.study.files import (
    FileIndex,
    further_masks,
    image_files,
    ordinary_folders,
    stem,
    without_suffix,
)
from radln.study.request import Request

SHOWN = 3
PROBES, TRIED = 5, 60  # cases that rules are read off, rules that are tried on all cases


@dataclass(frozen=True)
class Files:
    """The rules of images and masks, and what was decided, as sentences."""

    image: NameRule
    mask: NameRule
    decisions: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Found:
    """A rule, the names that it finds by case, and the files under them."""

    rule: NameRule
    names: Mapping[str, str]
    index: FileIndex

    def path(self, case: str) -> Path:
        return self.index.by_name[self.names[case]][0]


def decide_files(request: Request, cases: Sequence[str], table: pd.DataFrame) -> Files:
    """The rules of images and masks, and what was decided; no image is ever its own mask.

    Raises
    ------
    InputError
        No rule, several rules that fit equally well, or files that are missing and were not
        accepted as missing.
    """
    image_folder, mask_folder = ordinary_folders(*request.folders)
    images = _found(request, cases, table, "image", image_folder, {})
    taken = {images.path(case): case for case in images.names}
    masks = _found(request, cases, table, "mask", mask_folder, taken)
    decisions = [
        _said("image", images, request.image_column, cases),
        _said("mask", masks, request.mask_column, cases),
    ]
    lost = [case for case in cases if case not in images.names or case not in masks.names]
    if lost and not request.accept_partial:
        raise InputError(
            f"{len(lost)} of {len(cases)} cases have no image or no mask, such as {lost[0]!r}. "
            + " ".join(decisions)
            + " Add the files, name the masks (--mask-suffix _tumor) or the columns that hold file "
            "names (--image-column, --mask-column); or leave these cases out: --accept-partial."
        )
    if lost:
        decisions.append(f"left out: {len(lost)} case(s) without image or mask, as accepted.")
    used = {images.path(case) for case in images.names if case in masks.names}
    used |= {masks.path(case) for case in masks.names if case in images.names}
    further, said = _further(request, images, masks)
    decisions += said
    every = {path.resolve() for root in request.folders for path in image_files(root)}
    over = sorted(path.name for path in every - used - further)
    if over:
        more = ", ..." if len(over) > SHOWN else ""
        decisions.append(
            f"left over: {len(over)} file(s) of no case: {', '.join(over[:SHOWN])}{more}."
        )
    return Files(images.rule, masks.rule, tuple(decisions))


def _further(request: Request, images: _Found, masks: _Found) -> tuple[set[Path], list[str]]:
    """The files of further, numbered masks, and what is said of them."""
    both = [case for case in images.names if case in masks.names]
    pairs = [images.names[case] for case in both], [masks.names[case] for case in both]
    more = further_masks(masks.rule, images.index, masks.index, pairs)
    if not more:
        return set(), []
    example = next(iter(more))
    named = ", ".join(Path(name).name for name in (example, *more[example][:1]))
    how = "united to one region" if request.several_masks == "unite" else "each a node of its own"
    other = "nodes" if request.several_masks == "unite" else "unite"
    said = (
        f"several masks: {len(more)} image(s), as in {named}: {how} (--several-masks {other} for "
        "the other way)."
    )
    return {masks.index.by_name[name][0] for names in more.values() for name in names}, [said]


def _found(
    request: Request,
    cases: Sequence[str],
    table: pd.DataFrame,
    what: str,
    folder: str,
    taken: Mapping[Path, str],
) -> _Found:
    """The rule, and the file of every case that has one; files of images are never masks."""
    root = request.folders[0 if what == "image" else 1]
    column = request.image_column if what == "image" else request.mask_column
    place = NameRule(folder=folder)
    best, rivals = _Found(place, {}, FileIndex(root, place)), list[NameRule]()
    rows = table[stable_strings(table[request.case]).notna().to_numpy()]
    for anywhere in (False, True):
        place = NameRule(folder=folder, anywhere=anywhere)
        index = FileIndex(root, place)
        names = [name for name, paths in index.by_name.items() if paths[0] not in taken]
        if request.mask_suffix:
            images, masks = without_suffix(names, request.mask_suffix)
            names = images if what == "image" else masks
        if column is not None:
            rule, found = NameRule(), _in_column(cases, rows[column], index, names)
            also = list[NameRule]()
        else:
            rule, found, also = best_rule(cases, names)
        if len(found) > len(best.names):
            kept = rule.model_copy(update={"folder": folder, "anywhere": anywhere})
            best, rivals = _Found(kept, found, index), also
        if len(best.names) == len(cases) or not any("/" in name for name in index.by_name):
            break
    if column is None:
        refuse_doubtful(what, cases, best.names, list(best.index.by_name), best.rule, rivals)
    return best


def _in_column(
    cases: Sequence[str], cells: pd.Series, index: FileIndex, names: Sequence[str]
) -> dict[str, str]:
    """The file that a column names, of every case where it is there."""
    present = set(names)
    named = [stem(index.from_here(str(name))) for name in cells.fillna("")]
    return {case: name for case, name in zip(cases, named, strict=True) if name in present}


def _said(what: str, found: _Found, column: str | None, cases: Sequence[str]) -> str:
    how = f"column {column}" if column is not None else found.rule.describe()
    example = next(iter(found.names), None)
    shown = f", as in {found.path(example).name}" if example is not None else ""
    return f"{what} of a case: {how} ({len(found.names)} of {len(cases)} found{shown})."


def best_rule(
    cases: Sequence[str], names: Sequence[str]
) -> tuple[NameRule, dict[str, str], list[NameRule]]:
    """The plainest rule from a case's name to a file's: same name, prefix, suffix or folder.

    Also the file of each case that it finds, and equally plain rules that find other files.
    """
    present = set(names)
    best, files, rivals = NameRule(), dict[str, str](), list[NameRule]()
    for rule in _candidates(cases, names):
        found = {case: rule.apply(case) for case in cases}
        if not _fits(rule, cases) or len(set(found.values())) < len(found):
            continue  # two cases would share one file, or some names lack what is cut
        found = {case: name for case, name in found.items() if name in present}
        order = (len(found), -rule.length)
        if order > (len(files), -best.length):
            best, files, rivals = rule, found, []
        elif order == (len(files), -best.length) and found != files:
            rivals.append(rule)
    return best, files, rivals


def _fits(rule: NameRule, cases: Sequence[str]) -> bool:
    """Whether every case's name has what the rule cuts from it."""
    ends = rule.drop_prefix, rule.drop_suffix
    return all(case.startswith(ends[0]) and case.endswith(ends[1]) for case in cases)


def refuse_doubtful(
    what: str,
    cases: Sequence[str],
    files: Mapping[str, str],
    names: Sequence[str],
    rule: NameRule,
    rivals: Sequence[NameRule],
) -> None:
    """Raise InputError where no rule finds most files, or two rules find different ones."""
    if len(files) < 0.5 * len(cases):
        example = f"; a file is named {names[0]!r}" if names else "; the folder holds no image"
        raise InputError(
            f"no rule matches the {what} files to the cases: a case is named {cases[0]!r}"
            f"{example}. Rename the files so that each contains its case's name, or name the "
            f"column that holds file names (--{what}-column)."
        )
    if rivals:
        raise InputError(
            f"two rules name a {what} of every case: {rule.describe()}, and "
            f"{rivals[0].describe()}. Say which files are the masks with --mask-suffix, or name "
            f"the column of file names with --{what}-column."
        )


def _candidates(cases: Sequence[str], names: Sequence[str]) -> Iterable[NameRule]:
    """Rules that fit some of the cases, those first that fit most of the probes, plainest first."""
    yield NameRule()
    votes = Counter[NameRule]()
    step = max(1, len(cases) // PROBES)
    for case in dict.fromkeys([*cases[::step], cases[-1]]):
        fitting = set()
        for name in names:
            matcher = SequenceMatcher(None, case, name, autojunk=False)
            a, b, size = matcher.find_longest_match()
            if size >= max(1, len(case) // 2):
                fitting.add(
                    NameRule(
                        drop_prefix=case[:a],
                        drop_suffix=case[a + size :],
                        prefix=name[:b],
                        suffix=name[b + size :],
                    )
                )
        votes.update(fitting)
    ranked = sorted(votes, key=lambda rule: (-votes[rule], rule.length))
    yield from (rule for rule in ranked[:TRIED] if rule != NameRule())
