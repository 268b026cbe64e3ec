"""Functions that are the same or nearly so; may import execution and what lies below it."""
