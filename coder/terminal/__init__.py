"""The person at a terminal: drawing, keys, editor; may import run."""
