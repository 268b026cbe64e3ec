"""What a text could reach beyond its arguments, keep, or do at import; may import source."""
