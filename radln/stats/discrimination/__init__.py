"""Areas under ROC curves, thresholds, folds and more than two classes."""
