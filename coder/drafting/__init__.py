"""What write_code needs beside the model: offers, reuse, questions, second opinion; may import run and version."""
