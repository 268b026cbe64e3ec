"""What a draft must pass before it may be saved, and what is asked of it; may import all that judges."""
