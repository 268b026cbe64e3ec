"""First-order mutants of a function; may import source."""
