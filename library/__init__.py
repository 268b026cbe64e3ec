"""Functions as text, and their judgement; may import memory. Never imports or runs the functions in this process."""
