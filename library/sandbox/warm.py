"""Which modules a job is going to import, so that the zygote can load them once for all later jobs.

Found out on the agent's side, since the zygote must not hold what a job is made of.
"""

import re
from collections.abc import Mapping
from typing import Any

IMPORTS = re.compile(r"^[ \t]*(?:from[ \t]+(\w+)|import[ \t]+([\w., \t]+))", re.MULTILINE)
# Only modules that do nothing at import.
WARM = frozenset(
    """
    abc argparse array ast asyncio base64 bisect calendar cmath collections contextlib copy csv dataclasses
    datetime decimal difflib email enum fractions functools graphlib hashlib heapq hmac html http inspect io ipaddress
    itertools json keyword locale logging math numbers operator os pathlib pprint queue random re secrets shlex
    shutil sqlite3 statistics string struct subprocess tempfile textwrap threading time timeit tokenize traceback
    types typing unicodedata unittest urllib uuid warnings weakref xml zlib zoneinfo
    """.split()  # noqa: SIM905 – one word a line would take a page
)


def warm(job: Mapping[str, Any]) -> list[str]:
    """Names of modules worth loading before this job; "suite" stands for all that a pytest run needs."""
    text = f"{job['setup']}\n{job['code']}"
    wanted: set[str] = set()
    for source, names in IMPORTS.findall(text):
        wanted |= {source or name.strip().split(" ")[0].split(".")[0] for name in names.split(",")}
    wanted &= WARM
    if job["kind"] == "pytest":
        wanted |= {"pytest", "suite"}
    elif "pytest" in text:
        wanted.add("pytest")
    return sorted(wanted)
