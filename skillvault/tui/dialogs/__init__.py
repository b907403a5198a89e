"""What is asked on top of a place: one module each."""
