"""Arrays in, results out: the statistics of diagnostic and prognostic models."""

from radln.stats.auc import AucComparison, AucResult, auc, compare_auc

__all__ = ["AucComparison", "AucResult", "auc", "compare_auc"]
