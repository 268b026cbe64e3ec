"""The commands of `coder library`, one file each; may import everything of coder but the rest of cli."""
