"""Functions found by words, by signature and by example; may import examples and execution."""
