"""Arrays in, results out: the statistics of diagnostic and prognostic models."""
