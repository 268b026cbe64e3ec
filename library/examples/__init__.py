"""Examples: read, judged, written as tests; may import sandbox and source."""
