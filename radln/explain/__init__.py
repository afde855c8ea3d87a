"""Attributions, nomograms and scores of fitted models."""
