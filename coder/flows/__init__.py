"""Flows, structures made of them, and how a tree of them is built and checked; may import run and yaml_text."""
