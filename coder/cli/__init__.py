"""The command line: parsing, what each command does, exit codes; may import app and terminal."""
