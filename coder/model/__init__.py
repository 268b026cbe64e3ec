"""Models and their vendors, one file each; may import errors and settings only."""
