"""Widths of text: signs that take two columns, none, or join to one; tables whose columns stay under each other."""

import os
import subprocess
import sys

import pytest
from places import ROOT

from coder.terminal.text import cut, fit, pad, row, split, width, wrap

CODER = "👩\u200d💻"  # a woman and a laptop, joined to one sign
FLAG, HEART, THUMB, ACCENT = "🇩🇪", "❤\ufe0f", "👍🏽", "e\u0301"


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        (CODER, 2),
        (FLAG, 2),
        (HEART, 2),
        (ACCENT, 1),
        ("漢字", 4),
        ("가나", 4),
        ("\uff21", 2),  # a wide A
        ("нет", 3),
        ("✓ … ·", 5),
        ("a\tb", 3),
        ("", 0),
    ],
)
def test_a_text_takes_the_columns_that_a_terminal_gives_it(text: str, columns: int) -> None:
    assert width(text) == columns


@pytest.mark.parametrize("sign", [CODER, FLAG, HEART, THUMB, ACCENT, "漢"])
def test_rows_of_a_table_end_in_the_same_column_and_no_sign_is_torn(sign: str) -> None:
    from rich.cells import cell_len  # what the widths are held against

    for columns in range(1, 12):
        assert cell_len(pad(sign * 4, columns)) == columns
        assert cell_len(pad(sign, columns)) == columns
    if sign != FLAG:  # half of one is shown as a letter
        assert cut(sign * 4, width(sign) * 2 + 1) == sign * 2 + "…"
        assert "".join(wrap(sign * 10, 8)) == sign * 10
        assert {width(line) % width(sign) for line in wrap(sign * 10, 8)} == {0}


def test_long_words_of_wide_signs_are_broken_where_the_line_ends() -> None:
    assert wrap("漢" * 6, 9) == ["漢" * 4, "漢" * 2]
    assert split(row("ab", ("漢" * 6, "red")), 9) == [
        (("ab", ""), ("漢" * 3, "red")),
        (("漢" * 3, "red"),),
    ]
    assert fit(row("ab", ("漢" * 6, "red")), 7) == (("ab", ""), ("漢漢…", "red"))


def test_measuring_loads_the_tables_of_widths_and_nothing_that_draws() -> None:
    script = (
        "import sys\nfrom coder.terminal.text import width\nwidth('plain ✓ … ×')\n"
        "print([name for name in sys.modules if name.startswith('rich')])\nwidth('漢字')\n"
        "print(*sorted(name for name in sys.modules if name.split('.')[0] in ('rich', 'pygments')))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", script], capture_output=True, text=True, check=True, env=environment
    )
    plain, wide = ran.stdout.splitlines()
    assert plain == "[]"
    loaded = set(wide.split())
    assert {name for name in loaded if not name.startswith("rich._unicode_data")} == {
        "rich",
        "rich._extension",
        "rich.cells",
    }
    assert len(loaded) <= 6, "the version of Unicode, and its one table"
