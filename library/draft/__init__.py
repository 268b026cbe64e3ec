"""A draft out of a reply or an edited text; may import source, examples and capabilities."""
