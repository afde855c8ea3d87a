"""Model, regression and readers joined by rules, cross-fitted by patient."""
