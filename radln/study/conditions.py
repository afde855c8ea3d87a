"""What can be wrong or doubtful with the data of a study: every condition and its remedy.

Four kinds. A refused study does not run. A refused case is left out and counted. A stopping finding
ends `check` and `run` until `acknowledge` in study.yaml names it; a finding is listed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from radln.cohort.core import MIN_PATIENTS
from radln.study.seen import SEEN

Kind = Literal["refused study", "refused case", "stopping finding", "finding"]
KINDS: tuple[Kind, ...] = ("refused study", "refused case", "stopping finding", "finding")
SHARED_PICTURE = "same_picture"
SMALL_NODE = 64  # voxels; below this texture and shape are mostly noise
MIN_BINS = 8
HALF, MOSTLY = 0.5, 0.8  # of an image; of the masks of a study
STRONG = 0.95
ODD_PIXEL, ODD_GREYS = 5, 10  # times the median pixel size, and the median largest grey value
SMALLEST_NODE_MM, LARGEST_NODE_MM = 3, 80  # of the median long axis


@dataclass(frozen=True)
class Condition:
    """One thing that can be wrong: ``{n}`` in the text is the count, ``{names}`` the columns,
    ``{first}`` what was found first.
    """

    kind: Kind
    text: str
    remedy: str


CONDITIONS: dict[str, Condition] = {
    "unreadable_file": Condition(
        "refused case",
        "{n} case(s) have no image or no mask, or a file that cannot be read.",
        "Add or re-export the files, or drop the rows; until then these cases are left out.",
    ),
    "empty_mask": Condition(
        "refused case",
        "{n} mask(s) are empty.",
        "Draw the node, or drop the row; until then these cases are left out.",
    ),
    "geometry_mismatch": Condition(
        "refused case",
        "{n} mask(s) do not lie on their image's grid.",
        "Export the mask again on the image's grid; until then these cases are left out.",
    ),
    "colours_as_volume": Condition(
        "refused case",
        "{n} case(s) would measure the colours of a picture as slices of a volume.",
        "Export one grey (or label) channel; until then these cases are left out.",
    ),
    "too_large": Condition(
        "refused case",
        "{n} case(s) have an image or mask of more pixels than are read.",
        "Cut it to the part around the node; until then these cases are left out.",
    ),
    "damaged_header": Condition(
        "refused case",
        "{n} case(s) have a file whose header contradicts itself.",
        "Export it again; until then these cases are left out.",
    ),
    "data_elsewhere": Condition(
        "refused case",
        "{n} case(s) have a header that leaves its voxels to another file, which is not opened.",
        "Export header and voxels as one file; until then these cases are left out.",
    ),
    "unknown_unit": Condition(
        "refused case",
        "{n} case(s) have a voxel size in a unit that radln does not read.",
        "Export it in mm; until then these cases are left out.",
    ),
    "sheared_grid": Condition(
        "refused case",
        "{n} case(s) have a voxel grid whose axes are not at right angles.",
        "Resample image and mask onto a rectangular grid; until then these cases are left out.",
    ),
    "complex_values": Condition(
        "refused case",
        "{n} case(s) have a file of complex numbers, of which one part would be lost.",
        "Export the magnitude; until then these cases are left out.",
    ),
    "missing_values": Condition(
        "refused case",
        "{n} case(s) have missing or infinite values in image or mask.",
        "Export it again with a number in every voxel; until then these cases are left out.",
    ),
    "inexact_pixels": Condition(
        "refused case",
        "{n} case(s) have a file whose values would be rounded or misread (such as 16 bits in "
        "each colour).",
        "Save one grey channel of 16 bits, or a NIfTI; until then these cases are left out.",
    ),
    "not_labels": Condition(
        "refused case",
        "{n} mask(s) hold greys, colours or probabilities that are no labels.",
        "Save them with 0 for background and one value a node; until then these cases are left "
        "out.",
    ),
    "lossy_labels": Condition(
        "refused case",
        "{n} mask(s) are JPEGs whose labels were changed by it.",
        "Save them as PNG from where they were drawn; until then these cases are left out.",
    ),
    "no_background": Condition(
        "refused case",
        "{n} mask(s) have several values and no background of 0.",
        "Save them with 0 for background; until then these cases are left out.",
    ),
    "exchanged": Condition(
        "refused case",
        "{n} case(s) seem to have image and mask exchanged.",
        "Put each into its place; until then these cases are left out.",
    ),
    "no_features": Condition(
        "refused case",
        "{n} case(s) have no row in the file of features.",
        "Add the rows; until then these cases are left out.",
    ),
    "one_class": Condition(
        "refused study",
        "All cases with an outcome are in one class.",
        "Check data.outcome and data.positive in study.yaml.",
    ),
    "few_patients": Condition(
        "refused study",
        "There are only {n} patients.",
        f"At least {MIN_PATIENTS} are needed to run, and hundreds for a usable model.",
    ),
    "mixed_patient": Condition(
        "refused study",
        "{n} patient(s) carry both outcomes, but the patient is the unit.",
        "Set data.unit to node or image, or correct the outcomes.",
    ),
    "perfect_predictor": Condition(
        "refused study",
        "{n} predictor column(s) alone tell the classes apart (almost) without error: {names}.",
        "Remove them from data.clinical (they usually hold the outcome), or list them under "
        "`acknowledge`.",
    ),
    "strong_predictor": Condition(
        "stopping finding",
        f"{{n}} clinical column(s) alone reach an AUC of {STRONG:g}: {{names}}.",
        "Such a column is often a consequence of the outcome, or a code for it. Leave it out, or "
        "acknowledge it.",
    ),
    "strange_reads": Condition(
        "stopping finding",
        "{n} reader column(s) hold a value apart from their scale, such as 0, 9 or 99: {names}.",
        "If it stands for a case that was not read, leave the cell blank: it counts as a read.",
    ),
    "pixel_size_conflict": Condition(
        "stopping finding",
        "{n} image(s) have another pixel size in their header than in study.yaml or its table; "
        "first: {first}.",
        "Correct the one that is wrong (a header of 1 mm is often one that nobody filled in); the "
        "header's is used.",
    ),
    "odd_sizes": Condition(
        "stopping finding",
        f"The median long axis of {{n}} node(s) is {{first}}, outside "
        f"{SMALLEST_NODE_MM} to {LARGEST_NODE_MM} mm.",
        "Check the unit of the pixel sizes: a column in cm (0.0078) counts as mm.",
    ),
    SHARED_PICTURE: Condition(
        "stopping finding",
        "{n} images have the same pixels as an image of another patient.",
        "Find out which row is wrong: a shared picture leaks from training into test.",
    ),
    SEEN: Condition(
        "refused study",
        "{n} case(s) show a picture that the encoder learned from: its deep features already know "
        "their outcomes.",
        "Leave deep features out (features: deep: null in study.yaml), name an encoder that "
        "learned elsewhere (features.deep.encoder), or drop these rows.",
    ),
    "repeated_picture": Condition(
        "finding",
        "{n} images have the same pixels as another image of the same patient.",
        "Keep one of each, unless two nodes of one picture are meant.",
    ),
    "other_problem": Condition(
        "refused case",
        "{n} case(s) cannot be used for another reason.",
        "Write the cases behind it with --out and read their messages.",
    ),
    "no_outcome": Condition(
        "finding", "{n} row(s) have no outcome and are left out.", "Fill it in where it is known."
    ),
    "unlisted_image": Condition(
        "finding",
        "{n} image(s) in the folder, or row(s) of the features, have no row in the table.",
        "Add the rows if these cases belong to the study.",
    ),
    "odd_pixel_size": Condition(
        "finding",
        f"The pixel size of {{n}} image(s) is {ODD_PIXEL:g} times that of most others or more, or "
        "as much smaller; first: {first}.",
        "Correct it if it is in another unit (cm, pixels a mm).",
    ),
    "odd_greys": Condition(
        "finding",
        f"The grey values of {{n}} image(s) reach {ODD_GREYS:g} times as far as those of most "
        "others or more, or as much less far; first: {first}.",
        "Export all images with one depth and scale (8 bits here and 16 there change all "
        "grey-level features).",
    ),
    "same_mask": Condition(
        "finding",
        "{n} case(s) have the same mask, pixel by pixel, as another image.",
        "Find out whether a file was named or copied twice.",
    ),
    "no_pixel_size": Condition(
        "finding",
        "The pixel size of {n} image(s) is not known: sizes are in pixels and depend on the zoom.",
        "Give data.pixel_size_mm in study.yaml (a number, or a column's name), of volumes in "
        "their header.",
    ),
    "caliper_marks": Condition(
        "finding",
        "{n} image(s) seem to carry caliper marks at the node, which change texture and betray the "
        "reader.",
        "Export the pictures without marks if you can, or set features.ignore to marks.",
    ),
    "measurement_lines": Condition(
        "finding",
        "{n} image(s) carry what looks like a drawn line, outline, box or arrow; first: {first}.",
        "Export the pictures without marks if you can, or set features.ignore to marks.",
    ),
    "burned_in_text": Condition(
        "finding",
        "{n} image(s) seem to carry text; it may name the patient, or the finding.",
        "Look at them (`radln check --html`), and export the pictures without text.",
    ),
    "colour_overlay": Condition(
        "finding",
        "{n} image(s) have colours, which became grey; first: {first}.",
        "If a colour Doppler or elastography box lies on the node, export the grey picture.",
    ),
    "black_frame": Condition(
        "finding",
        "{n} image(s) have an empty frame of more than a tenth of the picture.",
        "Cut it off, image and mask alike, unless all pictures have the same: deep features and "
        "normalisation see it.",
    ),
    "touches_border": Condition(
        "finding",
        "{n} node(s) reach the edge of their image and may be cut off.",
        "Size and shape of these are too small; look at them.",
    ),
    "small_node": Condition(
        "finding",
        f"{{n}} node(s) have fewer than {SMALL_NODE} pixels.",
        "Texture and shape say little there; check the masks.",
    ),
    "few_grey_levels": Condition(
        "finding",
        f"{{n}} node(s) fill fewer than {MIN_BINS} grey-level bins, so that texture says little.",
        "Raise features.radiomics.bin_count (or lower bin_width), or leave texture of these aside.",
    ),
    "whole_image": Condition(
        "finding",
        "{n} mask(s) cover more than half of the image.",
        "The picture may be cut too close for the rim and the filters; look at them.",
    ),
    "inverted": Condition(
        "finding",
        "{n} mask(s) cover all corners and more than half of the image, so that the background "
        "would be measured as the node.",
        "Invert them if that is so.",
    ),
    "islands": Condition(
        "finding",
        "{n} mask(s) have small parts apart from the node, which stretch its axes; first: {first}.",
        "Erase them, or set features.mask to largest.",
    ),
    "several_parts": Condition(
        "finding",
        "{n} mask(s) have one label in several large parts, measured as one node.",
        "Give each node a label of its own, unless one node is meant.",
    ),
    "holes": Condition(
        "finding",
        "{n} mask(s) have holes; first: {first}.",
        "Fill them, or set features.mask to fill, unless the hole is meant.",
    ),
    "rim_only": Condition(
        "finding",
        "{n} mask(s) are an outline that encloses at least its own area, and only the line is "
        "measured; first: {first}.",
        "Fill them, or set features.mask to fill.",
    ),
    "stray_line": Condition(
        "finding",
        "{n} mask(s) have a thin line that leaves the node, as of a slipped brush; first: {first}.",
        "Erase it: it lengthens the axes and the outline.",
    ),
    "box_masks": Condition(
        "finding", "{n} masks fill their bounding box.", "Draw outlines: here shape is the box's."
    ),
    "soft_mask": Condition(
        "finding",
        "{n} mask(s) have soft edges (JPEG, or resized) and were cut at half.",
        "Export them without smoothing if you can: the edge may be off by a pixel.",
    ),
    "one_sided": Condition(
        "finding",
        "{n} clinical column(s) have a level, or missing cells, that go with one outcome only: "
        "{names}.",
        "Ask when this is written down: a model may learn the work-up in place of the disease.",
    ),
    "strong_feature": Condition(
        "finding",
        f"{{n}} feature(s) of the file alone reach an AUC of {STRONG:g}: {{names}}.",
        "A measurement seldom does; make sure that none was made with the outcome in sight.",
    ),
    "few_values": Condition(
        "finding",
        "{n} clinical column(s) of numbers hold few different whole numbers: {names}.",
        "If these are codes of groups, give the column the type category (data.clinical).",
    ),
    "odd_number": Condition(
        "finding",
        "{n} column(s) hold numbers far from all others, or such as stand for no value: {names}.",
        "Correct them, leave the cells blank, or declare them (missing: ['999'] beside the column "
        "in data.clinical).",
    ),
    "doubtful_level": Condition(
        "finding",
        "{n} clinical column(s) hold a level that one patient alone has, or a word for no value: "
        "{names}.",
        "Correct it, declare it (missing: [unknown] beside the column in data.clinical), or leave "
        "it as a level of its own.",
    ),
    "constant_column": Condition(
        "finding",
        "{n} clinical column(s) do not vary: {names}.",
        "They are left out of all models.",
    ),
    "like_a_number_of_the_row": Condition(
        "finding",
        "{n} column(s) look like running numbers: {names}.",
        "Leave them out: the order of the rows is no property of a patient.",
    ),
    "date_column": Condition(
        "finding",
        "{n} clinical column(s) hold dates, which count as days since the first one: {names}.",
        "A model may learn when, in place of what; better give an age or an interval.",
    ),
    "differing_values": Condition(
        "finding",
        "{n} clinical column(s) hold different values within one unit, of which the mean or the "
        "commonest is taken: {names}.",
        "Correct them if they should be the same.",
    ),
    "missing_clinical": Condition(
        "finding",
        "{n} row(s) lack a clinical value; it is filled with the training median or level.",
        "Complete the table where you can.",
    ),
    "missing_read": Condition(
        "finding",
        "{n} row(s) lack a reader's value; readers are judged on the rows they read.",
        "Complete the reads where you can.",
    ),
    "site_outcome": Condition(
        "finding",
        "The outcome differs between the {n} sites by more than chance.",
        "A model may learn the device instead of the disease: read the results by site.",
    ),
    "image_is_patient": Condition(
        "finding",
        "Nobody knows which of the {n} images show the same patient: each counts as one.",
        "Name the patients (data.patient) if you can: images of one patient on both sides of a "
        "split make every result too good.",
    ),
    "several_masks": Condition(
        "finding",
        "{n} image(s) have several masks, numbered as in a_mask, a_mask_1: {first}.",
        "Set data.several_masks to the other way (unite or nodes) if that is meant.",
    ),
    "like_names": Condition(
        "finding",
        "{n} row(s) have a name that differs from another one as 007 from 7, 1.10 from 1.1 or P-03 "
        "from P03, in column {names}.",
        "They count as different; write one name in one way if they are the same.",
    ),
    "unnamed": Condition(
        "finding",
        "{n} row(s) are blank in column {names}: such a row counts as a node of its own, or as of "
        "a site that is not known.",
        "Write the names where they are known.",
    ),
    "few_events": Condition(
        "finding",
        "Only {n} patients are in the smaller class; expect wide intervals.",
        "Plan for more patients before claiming anything.",
    ),
    "table_read_so": Condition("finding", "{names}", "Nothing to do, unless another was meant."),
    "several_rows": Condition(
        "finding",
        "{n} patient(s) have several rows; they are kept on one side of every split, and "
        "intervals allow for it.",
        "Nothing to do.",
    ),
    "mixed_outcomes": Condition(
        "finding",
        "{n} patient(s) have nodes of both outcomes, which is normal at node level.",
        "Nothing to do.",
    ),
    "several_labels": Condition(
        "finding",
        "{n} further node(s) share a mask with another one.",
        "Check that each is a node.",
    ),
    "mask_read_as_one": Condition(
        "finding",
        "{n} mask(s) use another value than 1 (such as 255); read as 1.",
        "Nothing to do.",
    ),
}


def stops(code: str, count: int, names: Sequence[str], acknowledged: Sequence[str]) -> list[str]:
    """What must be written under ``acknowledge`` before this finding lets a study run.

    A finding of columns is acknowledged column by column (``code:column``), one of cases with its
    count (``code:count``), so that it stops again when the count grows.

    Examples
    --------
    >>> stops("same_picture", 4, [], ["same_picture:2"])
    ['same_picture:4']
    >>> stops("strong_predictor", 1, ["age"], ["strong_predictor:age"])
    []
    """
    if CONDITIONS[code].kind != "stopping finding":
        return []
    if names:
        return [f"{code}:{name}" for name in names if f"{code}:{name}" not in acknowledged]
    counts = [item.rpartition(":") for item in acknowledged]
    allowed = max((int(n) for held, _, n in counts if held == code and n.isdigit()), default=0)
    return [f"{code}:{count}"] if count > allowed else []
