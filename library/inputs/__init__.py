"""Inputs made for a function from its signature, docstring and examples; may import examples."""
