"""Many calls of functions and of variants of a draft in the sandbox; may import capabilities and sandbox."""
