"""The only place where untrusted code runs: levels, canaries, launcher, zygote; imports nothing of ours outside."""
