"""What `coder library` does, one file a command; may import drafting, integrations, settings and terminal."""
