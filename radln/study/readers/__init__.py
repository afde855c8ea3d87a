"""The report of a reader study, from tables to a page."""
