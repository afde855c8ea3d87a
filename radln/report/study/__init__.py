"""The page of a study: one module a section, each from results to words, tables and figures."""
