"""Values from R, where the folder with them lies beside the checkout."""

import json
from pathlib import Path

import pandas as pd
import pytest

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "reference" / "statistics"


class Reference:
    """Reads R's results and the data behind them."""

    def results(self, name):
        return json.loads((FOLDER / f"{name}.json").read_text())["results"]

    def data(self, name, **options):
        return pd.read_csv(FOLDER / f"{name}.csv", **options)


@pytest.fixture(scope="session")
def reference():
    if not FOLDER.is_dir():
        pytest.skip("the reference values from R (../shared/reference/statistics) are not here")
    return Reference()
