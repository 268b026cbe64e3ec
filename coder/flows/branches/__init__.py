"""The branches of the boss flow, one file each; may import drafting and flows."""
