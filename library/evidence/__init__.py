"""What is known of each saved function: why it was let in, who uses it; may import store."""
