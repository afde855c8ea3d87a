"""Patients, nodes, outcome, sites and flow; the simulated cohort."""
