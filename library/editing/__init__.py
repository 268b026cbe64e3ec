"""Changes of a text: a draft spliced in, renaming, imports merged, marks set; may import source."""
