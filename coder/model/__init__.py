"""Models, one file a vendor; streams, retries, calls written as text, tokens; may import memory and prompts."""
