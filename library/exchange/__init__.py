"""Functions out as a package, and in from files and packages; may import the library and the gate."""
