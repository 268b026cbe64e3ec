"""Examples: read, judged, and written as tests; may import source and sandbox."""
