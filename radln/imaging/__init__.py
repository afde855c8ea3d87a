"""Pure image work: volumes with their geometry, crops, quality, simulated node images."""
