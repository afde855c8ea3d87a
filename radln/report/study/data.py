"""What was wrong or doubtful with the data, and what the run stood on."""

from __future__ import annotations

from collections.abc import Iterator

from radln.report.chapter import Listing, Section, ShownTable
from radln.report.study.results import Judged, PageOptions, StudyParts

NOTHING = "Nothing wrong or doubtful was found."


def checks(results: StudyParts[Judged], options: PageOptions) -> Iterator[Section]:
    """The findings of the check, gravest first."""
    found = results.record.findings
    rows = [
        {
            "Grade": str(row["kind"]),
            "What was found": options.said(str(row["message"])),
            "What to do": options.said(str(row["remedy"])),
        }
        for row in found.to_dict("records")
    ]
    yield Section(
        "data",
        "Data checks",
        text=() if rows else (NOTHING,),
        tables=(ShownTable("Findings", rows, graded=True),) if rows else (),
        frames={"checks": found},
        behind=True,
    )


def settings(results: StudyParts[Judged], options: PageOptions) -> Iterator[Section]:
    """All settings and versions."""
    record = results.record
    versions = " · ".join(f"{name} {version}" for name, version in record.versions.items())
    yield Section(
        "settings",
        "Settings and versions",
        listings=(Listing("All settings", record.settings_text),),
        notes=(f"{versions}. Study {record.study_id}.",),
        behind=True,
    )
