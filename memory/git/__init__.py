"""The git repository under the memory files: commits, trust, undo; may import alive and disk."""
