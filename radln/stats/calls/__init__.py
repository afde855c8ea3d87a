"""Positive or negative: shares, 2x2 tables, paired calls, the confusion matrix."""
