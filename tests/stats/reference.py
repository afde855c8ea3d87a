"""All families of values from R beside ours: ``python -m tests.stats.reference``.

One line a family: how many values were compared and the largest relative difference.
"""

from tests.stats import (
    reference_2x2,
    reference_agreement,
    reference_auc,
    reference_calibration,
    reference_own,
    reference_reader_designs,
    reference_readers,
    reference_sample_size,
    reference_survival,
)

MODULES = (
    reference_auc,
    reference_2x2,
    reference_calibration,
    reference_agreement,
    reference_survival,
    reference_sample_size,
    reference_own,
    reference_readers,
    reference_reader_designs,
)


def main():
    for module in MODULES:
        module.main()


if __name__ == "__main__":
    main()
