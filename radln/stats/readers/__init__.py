"""Physicians: what they said, how they compare, and what they gain from a model."""
