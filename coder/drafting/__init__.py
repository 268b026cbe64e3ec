"""What write_code needs beside the model: what is offered, asked and looked up; may import library, run."""
