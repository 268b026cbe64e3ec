"""The version of the program, in a file of its own so that --version reads nothing else."""

VERSION = "0.1.0"
