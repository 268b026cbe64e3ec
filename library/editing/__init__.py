"""Changes of a text: a draft spliced in, names renamed, imports merged, marks set; may import source."""
