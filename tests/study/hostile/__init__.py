"""Studies that are spoilt in one way each, and what must become of them."""
