"""Functions as text and their judgement, never imported or run here; may import memory."""
