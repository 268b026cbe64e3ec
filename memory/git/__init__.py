"""The git repository under the memory files; may import memory's own files."""
