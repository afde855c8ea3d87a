"""What the cases look like, variable by variable, place by place, centre by centre."""
