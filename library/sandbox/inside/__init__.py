"""The half that runs inside the sandbox: plain standard library, started as a script, imports nothing of ours but each other."""
