"""What can be wrong or doubtful with the images and masks of a study."""

from __future__ import annotations

from radln.imaging.regions import SMALL_NODE
from radln.study.condition import Condition
from radln.study.seen import SEEN

SHARED_PICTURE = "same_picture"
MIN_BINS = 8
HALF, MOSTLY = 0.5, 0.8  # of an image; of the masks of a study
ODD_PIXEL, ODD_GREYS = 5, 10  # times the median pixel size, and the median largest grey value
SMALLEST_NODE_MM, LARGEST_NODE_MM = 3, 80  # of the median long axis

IMAGE_CONDITIONS: dict[str, Condition] = {
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
    "mixed_dimensions": Condition(
        "stopping finding",
        "{n} case(s) are volumes where the others are single pictures, or the other way; first: "
        "{first}.",
        "Their features are others (shape, sums over slices). Export one slice, or all as volumes.",
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
    "unlisted_image": Condition(
        "finding",
        "{n} image(s) in the folder, or row(s) of the features, have no row in the table.",
        "Add the rows if these cases belong to the study.",
    ),
    "unlisted_mask": Condition(
        "finding",
        "{n} mask(s) in their folder have no row in the table.",
        "Add the rows if these cases belong to the study; if a mask is a second one of a row, "
        "number it (a_mask, a_mask_1).",
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
        "The pixel size of {n} image(s) is not known: sizes of all nodes are in pixels then, and "
        "depend on the zoom.",
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
    "covered_node": Condition(
        "finding",
        "{n} node(s) lie in part under a box of one grey, such as a bar over a name; first: "
        "{first}.",
        "Export the pictures without it, or leave these cases out: what lies below is not there.",
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
        "finding",
        "{n} masks fill their bounding box.",
        "Draw outlines: the shape that is measured here is that of the box.",
    ),
    "soft_mask": Condition(
        "finding",
        "{n} mask(s) have soft edges (JPEG, or resized) and were cut at half.",
        "Export them without smoothing if you can: the edge may be off by a pixel.",
    ),
    "several_masks": Condition(
        "finding",
        "{n} image(s) have several masks, numbered as in a_mask, a_mask_1: {first}.",
        "Set data.several_masks to the other way (unite or nodes) if that is meant.",
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
