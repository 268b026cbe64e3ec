# Shortcuts, with https://just.systems or `uvx --from rust-just just`. CONTRIBUTING.md names the same commands without it.

# Everything that has to hold before a commit
default: check test

# Format, lint, types
check:
    uv run ruff format --check .
    uv run ruff check .
    uv run pyright

# The tests; `just test tests/memory -k undo` for some of them
test *ARGS:
    uv run pytest {{ ARGS }}

# Put right what ruff can put right
fix:
    uv run ruff format .
    uv run ruff check --fix .

# One benchmark
bench NAME *ARGS:
    uv run python -m benchmarks.{{ NAME }} {{ ARGS }}
