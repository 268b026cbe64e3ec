"""Functions called by other programs with JSON; may import store."""
