"""One file a branch of the boss flow; may import everything of coder but app and cli."""
