"""Predicted risks against what happened: calibration, Brier, net benefit, reclassification."""
