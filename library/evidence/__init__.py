"""What is known of each saved function; may import the library and its sources."""
