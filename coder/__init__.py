"""Flows, and the program that runs them; may import library, memory and prompts."""
