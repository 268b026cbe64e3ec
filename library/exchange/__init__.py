"""Functions out as a package, and in from files and packages; may import draft and suite."""
