"""Functions called by other programs with JSON; may import source, execution and the library."""
