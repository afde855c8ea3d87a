"""Predictions in, every judged number out; it knows no cohort, no model and no image."""
