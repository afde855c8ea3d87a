"""What can be wrong or doubtful with a study's table, or its table of features."""

from __future__ import annotations

from radln.cohort.core import MIN_PATIENTS
from radln.study.condition import Condition

STRONG = 0.95  # an area under the curve that one column alone seldom reaches

TABLE_CONDITIONS: dict[str, Condition] = {
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
    "like_levels": Condition(
        "stopping finding",
        "{n} clinical column(s) hold levels that may be one written in two ways: {names}.",
        "Write it in one way, or merge them (merge: {female: [F]} beside the column in "
        "data.clinical).",
    ),
    "same_features": Condition(
        "stopping finding",
        "{n} rows of the file of features hold the same numbers as a row of another case.",
        "Find out which row is wrong: features that were copied leak from training into test.",
    ),
    "strange_reads": Condition(
        "stopping finding",
        "{n} reader column(s) hold a value apart from their scale, such as 0, 9 or 99: {names}.",
        "If it stands for a case that was not read, leave the cell blank: it counts as a read.",
    ),
    "no_outcome": Condition(
        "finding", "{n} row(s) have no outcome and are left out.", "Fill it in where it is known."
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
        "{n} clinical column(s) hold a level that one patient alone has, a word for no value, or "
        "levels that may be one: {names}.",
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
        "{n} clinical column(s) hold dates, which count as days since the first one, or days as "
        "Excel numbers them: {names}.",
        "A model may learn when, in place of what; better give an age or an interval.",
    ),
    "differing_values": Condition(
        "finding",
        "{n} clinical column(s) hold different values within one unit (of which the mean or the "
        "commonest is taken), or within a patient where nearly all patients have one: {names}.",
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
        "{n} patient(s) have nodes of different outcomes, which is normal at node level.",
        "Nothing to do.",
    ),
}
