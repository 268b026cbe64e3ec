# What the steps in hostile_folders.yaml are made of.
set -e
git() { command git -c user.name=them -c user.email=them@example.org -c commit.gpgsign=false -c core.hooksPath=/dev/null "$@"; }
write_library() { printf 'def alpha(a: int) -> int:\n    """Alpha.\n\n    >>> alpha(1)\n    1\n    """\n    return a\n' > $1/library.py; }
new() {
  mkdir src; cd src; command git init -q -b main .; printf 'def old() -> int:\n    return 1\n' > library.py; git add -A; git commit -qm zero
  write_library .; git add -A; git commit -qm "$(printf 'one\n\nCoder-Kind: save\n')"
}
config() { command git config -f .git/config "$@"; }
cloned() { git add -f -A; git commit -q --allow-empty -m two; cd ..; command git clone -q src lib; }
archived() { cd ..; mv src lib; }
program() { printf '#!/bin/sh\ntouch %s\n' $MARK > $1; chmod +x $1; }
pending() {
  printf 'echo planted' > .coder/payload; blob=$(git hash-object -w .coder/payload); head=$(git rev-parse HEAD)
  printf '{"version": 2, "commit": "%s", "parent": null, "files": {"%s": [null, [33188, "%s"]]}, "along": {}, "message": "x\\n\\nCoder-Kind: edit\\n", "key": "", "at": 1}' $head $1 $blob > .coder/pending
  cp .coder/payload .coder/next-0
}
other_repository() { (cd $OUT; mkdir repository; cd repository; command git init -q -b main .; echo mine > file; git add -A; git commit -qm mine); }
evil_recording() { printf '{"coder": 1, "goal": "a harmless goal", "model": "m"}\n' > $1; }
