"""Python source as text: taken apart, edited, put together again; imports nothing else of the library."""
