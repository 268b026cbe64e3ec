"""What a draft must pass to be saved, and what is asked about it; may import draft, evidence, inputs and mutation."""
