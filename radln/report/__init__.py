"""Results -> tables, figures and one document; computes nothing."""
