"""The half that runs inside, started as a script with the standard library only; its files import only each other."""
