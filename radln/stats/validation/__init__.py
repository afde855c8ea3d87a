"""A model judged on the patients that it was fitted to."""
