"""Agreement of raters and of measurements."""
