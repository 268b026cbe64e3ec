"""Functions that do the same or nearly so; may import inputs and search."""
