"""The memory files (plan, log, library) in a git repository of their own; imports nothing of ours."""
