"""Drawing: arrays in, Axes out; computes nothing."""
