"""test_library.py as text, and its tests as jobs; may import source, examples and draft."""
