"""Selection, estimators and cross-fitting on tables of features."""
