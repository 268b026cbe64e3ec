"""The half that runs inside: standard library only, started as a script; its files import nothing but each other."""
