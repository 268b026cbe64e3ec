"""test_library.py as text, and its tests as jobs; may import editing and examples."""
