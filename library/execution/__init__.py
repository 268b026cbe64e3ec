"""Functions and variants of drafts called in bulk in the sandbox; may import source, capabilities, sandbox."""
