"""From the name of a case to its image and its mask: the plainest rule that finds them all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path

import pandas as pd

from radln.errors import InputError, UnreadableFileError
from radln.io.tables import stable_strings
from radln.settings import NameRule
from radln.study.files import image_files, stem
from radln.study.request import Request

SHOWN = 3


def decide_files(
    request: Request, cases: Sequence[str], table: pd.DataFrame
) -> tuple[NameRule, NameRule, list[str]]:
    """The rules of images and masks, and what was decided; no image is ever its own mask.

    Raises
    ------
    InputError
        No rule, several rules that fit equally well, or files that are missing and were not
        accepted as missing.
    """
    image_stems, mask_stems = _stems(request.images), _stems(request.masks)
    if request.mask_suffix:
        image_stems = [name for name in image_stems if not name.endswith(request.mask_suffix)]
        mask_stems = [name for name in mask_stems if name.endswith(request.mask_suffix)]
    image_rule, images = _found(request, cases, table, image_stems, "image", {})
    lost = [case for case in cases if case not in images]
    roots = request.images.resolve(), request.masks.resolve()
    taken = {
        case: (roots[0] / name).relative_to(roots[1]).as_posix()
        for case, name in images.items()
        if (roots[0] / name).is_relative_to(roots[1])
    }
    mask_rule, masks = _found(request, cases, table, mask_stems, "mask", taken)
    lost += [case for case in cases if case not in masks and case in images]
    decisions = [
        _said("image", image_rule, request.image_column, cases, images),
        _said("mask", mask_rule, request.mask_column, cases, masks),
    ]
    if lost and not request.accept_partial:
        raise InputError(
            f"{len(lost)} of {len(cases)} cases have no image or no mask, such as {lost[0]!r}. "
            + " ".join(decisions)
            + " Add the files, name the masks (--mask-suffix _tumor) or the columns that hold file "
            "names (--image-column, --mask-column); or leave these cases out: --accept-partial."
        )
    if lost:
        decisions.append(f"left out: {len(lost)} case(s) without image or mask, as accepted.")
    used = {roots[0] / images[case] for case in images if case in masks}
    used |= {roots[1] / masks[case] for case in masks if case in images}
    every = {roots[0] / name for name in _stems(request.images)}
    every |= {roots[1] / name for name in _stems(request.masks)}
    over = sorted(path.name for path in every - used)
    if over:
        more = ", ..." if len(over) > SHOWN else ""
        decisions.append(
            f"left over: {len(over)} file(s) of no case: {', '.join(over[:SHOWN])}{more}."
        )
    return image_rule, mask_rule, decisions


def _found(
    request: Request,
    cases: Sequence[str],
    table: pd.DataFrame,
    stems: Sequence[str],
    what: str,
    taken: Mapping[str, str],
) -> tuple[NameRule, dict[str, str]]:
    """The rule, and the file of every case that has one."""
    column = request.image_column if what == "image" else request.mask_column
    if column is None:
        return decide_rule(cases, stems, what, taken)
    present = set(stems)
    rows = table[stable_strings(table[request.case]).notna().to_numpy()]
    named = [stem(str(name).replace("\\", "/")) for name in rows[column].fillna("")]
    pairs = zip(cases, named, strict=True)
    return NameRule(), {case: name for case, name in pairs if name in present - {taken.get(case)}}


def _said(
    what: str, rule: NameRule, column: str | None, cases: Sequence[str], found: Mapping[str, str]
) -> str:
    how = f"column {column}" if column is not None else rule.describe()
    example = next(iter(found.values()), None)
    shown = f", as in {example}" if example is not None else ""
    return f"{what} of a case: {how} ({len(found)} of {len(cases)} found{shown})."


def decide_rule(
    cases: Sequence[str], stems: Sequence[str], what: str, taken: Mapping[str, str] | None = None
) -> tuple[NameRule, dict[str, str]]:
    """The plainest rule from a case's name to a file's: same name, prefix, suffix or folder.

    ``taken`` are files that are no answer: the image of a case cannot be its mask.

    Raises
    ------
    InputError
        No rule finds a file for most cases, or two equally plain rules find different files.
    """
    present, taken = set(stems), taken or {}
    best, files, rivals = NameRule(), dict[str, str](), list[NameRule]()
    for rule in _candidates(cases, stems):
        found = {case: rule.apply(case) for case in cases}
        found = {
            case: name
            for case, name in found.items()
            if name in present and name != taken.get(case)
        }
        order = (len(found), -rule.length)
        if order > (len(files), -best.length):
            best, files, rivals = rule, found, []
        elif order == (len(files), -best.length) and found != files:
            rivals.append(rule)
    if len(files) < 0.5 * len(cases):
        example = f"; a file is named {stems[0]!r}" if stems else "; the folder holds no image"
        raise InputError(
            f"no rule matches the {what} files to the cases: a case is named {cases[0]!r}"
            f"{example}. Rename the files so that each contains its case's name, or name the "
            f"column that holds file names (--{what}-column)."
        )
    if rivals:
        raise InputError(
            f"two rules name a {what} of every case: {best.describe()}, and "
            f"{rivals[0].describe()}. Say which files are the masks with --mask-suffix, or name "
            f"the column of file names with --{what}-column."
        )
    return best, files


def _candidates(cases: Sequence[str], stems: Sequence[str]) -> Iterable[NameRule]:
    yield NameRule()
    seen = {NameRule()}
    for case in dict.fromkeys((cases[0], cases[len(cases) // 2], cases[-1])):
        for name in stems:
            matcher = SequenceMatcher(None, case, name, autojunk=False)
            a, b, size = matcher.find_longest_match()
            rule = NameRule(
                drop_prefix=case[:a],
                drop_suffix=case[a + size :],
                prefix=name[:b],
                suffix=name[b + size :],
            )
            if size >= max(1, len(case) // 2) and rule not in seen:
                seen.add(rule)
                yield rule


def _stems(folder: Path) -> list[str]:
    if not folder.is_dir():
        raise UnreadableFileError(f"the folder {folder.name!r} was not found.")
    return [stem(path.relative_to(folder).as_posix()) for path in image_files(folder)]
