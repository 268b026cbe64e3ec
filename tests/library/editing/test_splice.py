"""Drafts spliced into a library: everything that is not their business stays, and what comes out always parses."""

import ast
import textwrap

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from library.editing.rename import rename_names
from library.editing.splice import remove, splice, splice_parsed
from library.errors import NameTaken, SourceError
from library.source.function import parse

LIBRARY = '''"""My functions."""

import os
from typing import Any  # kept by hand

LIMIT = 3

# ---- sizes ----

# careful with this one
def area(x: int) -> int:
    """Size."""
    return _double(x)   # odd   spacing

def _double(x): return 2*x



def volume(x: Any) -> int:
    return area(x) * LIMIT + len(os.sep)
'''


def text(source: str) -> str:
    return textwrap.dedent(source).lstrip("\n")


def test_a_new_function_comes_at_the_end_after_two_blank_lines() -> None:
    assert splice(LIBRARY, "def new(): pass") == LIBRARY + "\n\ndef new(): pass\n"


def test_an_empty_library_becomes_the_draft() -> None:
    assert splice("", "import re\ndef f(x): return re.escape(x)\n") == text("""
        import re


        def f(x): return re.escape(x)
        """)


@pytest.mark.parametrize("ending", ["", "\n", "\n\n", "\n\n\n", "\n\n\n\n", "\n    ", "\n# the end"])
def test_whatever_a_library_ends_with_stays(ending: str) -> None:
    source = LIBRARY.rstrip() + ending
    out = splice(source, "def new(): pass\n")
    assert out.startswith(source)
    assert out.endswith("\n\ndef new(): pass\n")
    assert ast.parse(out)


def test_replacing_touches_nothing_but_the_function() -> None:
    out = splice(LIBRARY, "def area(x: int) -> int:\n    return _double(x) + 1\n", replace=True)
    before, _, after = LIBRARY.partition(
        'def area(x: int) -> int:\n    """Size."""\n    return _double(x)   # odd   spacing\n'
    )
    assert out == before + "def area(x: int) -> int:\n    return _double(x) + 1\n" + after


def test_the_persons_comment_above_a_function_outlives_a_draft_without_one() -> None:
    assert "# careful with this one\ndef area" in splice(LIBRARY, "def area(x): return 1\n", replace=True)
    out = splice(LIBRARY, "# now simple\ndef area(x): return 1\n", replace=True)
    assert "# now simple\ndef area" in out
    assert "careful" not in out


def test_a_public_name_that_exists_is_never_defined_twice_in_silence() -> None:
    with pytest.raises(NameTaken, match=r"area\(x: int\) -> int") as caught:
        splice(LIBRARY, "def area(): pass")
    assert caught.value.names == ("area",)
    with pytest.raises(NameTaken):
        splice(LIBRARY, "LIMIT = 4\ndef f(): return LIMIT")


def test_the_same_text_again_changes_nothing() -> None:
    once = splice(LIBRARY, "import re\n\n\ndef new(x): return re.escape(_own(x))\n\n\ndef _own(x): return x\n")
    assert splice(once, "import re\n\n\ndef new(x): return re.escape(_own(x))\n\n\ndef _own(x): return x\n") == once


def test_replacing_removes_what_only_the_old_function_needed() -> None:
    source = splice(
        LIBRARY,
        "import re\ndef f(x): return re.sub(_MARK, _mend(x), x)\n_MARK = 'a'\n"
        "def _mend(x): return _deep(x)\ndef _deep(x): return x\n",
    )
    out = splice_parsed(parse(source), "def f(x): return x\n", replacing=True)
    assert out.removed == ("_MARK", "_deep", "_mend", "re")
    assert out.text == LIBRARY + "\n\ndef f(x): return x\n"


def test_helpers_that_others_use_stay() -> None:
    out = splice(LIBRARY + "\n\ndef other(x): return _double(x)\n", "def area(x): return 1\n", replace=True)
    assert "def _double" in out


def test_helpers_that_tests_use_stay() -> None:
    out = splice_parsed(parse(LIBRARY), "def area(x): return 1\n", replacing=True, keep={"_double"})
    assert "def _double" in out.text


def test_an_import_with_the_persons_comment_stays_although_unused() -> None:
    out = remove(remove(LIBRARY, "volume"), "area")
    assert "from typing import Any  # kept by hand" in out
    assert "import os" not in out


def test_a_helper_whose_name_is_taken_gets_a_free_one_everywhere_in_the_draft() -> None:
    draft = text('''
        def triple(x):
            """
            >>> triple(_double(1))
            6
            """
            return f"{_double(x)}" + x._double + g(_double=1)


        def _double(x): return 3 * x
        ''')
    out = splice_parsed(parse(LIBRARY), draft)
    assert out.renamed == (("_double", "_double_2"),)
    assert 'f"{_double_2(x)}" + x._double + g(_double=1)' in out.text
    assert ">>> triple(_double_2(1))" in out.text
    assert "def _double(x): return 2*x" in out.text
    again = splice_parsed(out.parsed, draft.replace("def triple", "def thrice").replace("triple(", "thrice("))
    assert again.text.count("def _double_2(") == 1
    assert "_double_3" not in again.text


def test_a_helper_that_is_there_already_is_shared() -> None:
    out = splice(LIBRARY, "def four(x): return _double(_double(x))\n\n\ndef _double(x):\n    return 2 * x\n")
    assert out.count("def _double") == 1


def test_a_helper_of_the_replaced_function_is_replaced_with_it() -> None:
    out = splice(LIBRARY, "def area(x): return _double(x)\n\n\ndef _double(x): return x + x\n", replace=True)
    assert out.count("def _double") == 1
    assert "def _double(x): return x + x" in out


def test_imports_are_merged_one_line_for_each_module() -> None:
    source = text("""
        import os
        from typing import (
            Any,  # anything
            List,
        )
        from re import sub  # for f
        """)
    draft = text("""
        import os
        import sys
        from typing import Any, Dict as D
        from re import escape
        from json import dumps, loads
        def f(): return os, sys, Any, D, escape, dumps, loads
        """)
    assert splice(source, draft).split("\n\n")[0] == text("""
        import os
        from typing import (
            Any,  # anything
            List,
            Dict as D,
        )
        from re import sub  # for f
        import sys
        from re import escape
        from json import dumps, loads""")


def test_imports_that_the_draft_does_not_use_are_left_out() -> None:
    assert "import re" not in splice(LIBRARY, "import re\nimport os\ndef f(): return os.sep\n")


def test_imports_go_below_the_docstring_the_coding_line_and_future_imports() -> None:
    out = splice(
        '#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n"""Doc."""\n\nx = 1\n',
        "from __future__ import annotations\nimport re\ndef f(): return re\n",
    )
    assert out == text('''
        #!/usr/bin/env python
        # -*- coding: utf-8 -*-
        """Doc."""

        from __future__ import annotations

        import re

        x = 1


        def f(): return re
        ''')
    assert splice("# a licence\n\nx = 1\n", "import re\ndef f(): return re\n").startswith(
        "# a licence\n\nimport re\n\nx = 1\n"
    )


def test_a_future_import_goes_above_the_other_imports() -> None:
    out = splice("import os\n\nx = os\n", "from __future__ import annotations\nimport re\ndef f(): return re\n")
    assert out.startswith("from __future__ import annotations\n\nimport os\nimport re\n\nx = os\n")


def test_an_import_in_a_guard_is_not_doubled_but_one_for_typing_only_does_not_do() -> None:
    guarded = "try:\n    import numpy as np\nexcept ImportError:\n    np = None\n"
    assert splice(guarded, "import numpy as np\ndef f(): return np\n").count("import numpy") == 1
    typed = "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from pathlib import Path\n"
    assert splice(typed, "from pathlib import Path\ndef f(): return Path()\n").count("from pathlib import Path") == 2


@pytest.mark.parametrize(
    ("draft", "said"),
    [
        ("import json as os\ndef f(): return os", "means another 'os' than the library's 'import os'"),
        ("from math import area\ndef f(): return area", "would hide the library's own 'area'"),
        ("def os(): pass", "'os' is a name that the library imports"),
        ("from . import x\ndef f(): return x", "a library has none"),
        ("from library import nothing\ndef f(): return nothing", "does not work inside the library"),
        ("def f(:", "the draft, line 1"),
        ("print('hello')\ndef f(): pass", "line 1: \"print('hello')\" would do work at import"),
        ("", "is empty"),
        ("# nothing but a remark", "is empty"),
    ],
)
def test_a_draft_that_does_not_fit_is_refused_with_the_reason(draft: str, said: str) -> None:
    with pytest.raises(SourceError) as caught:
        splice(LIBRARY, draft)
    assert said in str(caught.value)


def test_a_draft_may_import_what_the_library_itself_has() -> None:
    out = splice(LIBRARY, "from library import area\ndef twice(x): return area(x) * 2\n")
    assert "from library" not in out


def test_what_only_a_script_needs_is_left_out() -> None:
    draft = '"""A draft."""\n__all__ = ["f"]\ndef f(): pass\n\nif __name__ == "__main__":\n    print(f())\n'
    assert splice(LIBRARY, draft) == LIBRARY + "\n\ndef f(): pass\n"


def test_new_functions_go_before_the_persons_main_block() -> None:
    source = LIBRARY + '\n\nif __name__ == "__main__":\n    print(area(1))\n'
    out = splice(source, "def f(): pass\n")
    assert out.endswith('def f(): pass\n\n\nif __name__ == "__main__":\n    print(area(1))\n')


def test_constants_of_a_replacing_draft_stand_before_their_use() -> None:
    out = splice(LIBRARY, "SCALE = 7\n\ndef area(x, by=SCALE): return _double(x) * by\n", replace=True)
    exec(out, {})  # a text of this test's own
    assert out.index("SCALE = 7") < out.index("def area")


def test_loose_comments_of_the_draft_come_along() -> None:
    out = splice(LIBRARY, "import os\n\n# part one\n\ndef f(): return os\n# after all\n")
    assert out.endswith("def f(): return os\n\n# after all\n")


def test_windows_line_ends_and_tabs_stay_what_they_are() -> None:
    source = LIBRARY.replace("    ", "\t").replace("\n", "\r\n")
    out = splice(source, "import re\ndef f():\n    return re\n")
    assert "\n" not in out.replace("\r\n", "")
    assert out.replace("\r\n", "\n") == splice(LIBRARY.replace("    ", "\t"), "import re\ndef f():\n    return re\n")


def test_an_all_goes_on_naming_what_there_is() -> None:
    source = '__all__ = ["area", "volume"]\n' + LIBRARY
    out = splice(source, "def new(): return _hidden()\n\n\ndef _hidden(): pass\n")
    assert '__all__ = ["area", "volume", "new"]\n' in out
    assert '__all__ = ["area"]\n' in remove(source, "volume")
    lines = "__all__ = [\n    'area',\n]\n" + LIBRARY
    assert "__all__ = [\n    'area',\n    'new',\n]\n" in splice(lines, "def new(): pass\n")


def test_an_overloaded_function_is_replaced_as_a_whole_and_by_a_whole() -> None:
    overloaded = (
        "@overload\ndef area(x: int) -> int: ...\n@overload\ndef area(x: str) -> str: ...\ndef area(x): return x\n"
    )
    out = splice(LIBRARY, "from typing import overload\n" + overloaded, replace=True)
    assert out.count("def area") == 3
    assert splice(out, "def area(x): return 1\n", replace=True).count("def area") == 1


def test_earlier_definitions_of_a_replaced_name_go() -> None:
    out = splice("def f(): return 1\n\n\nx = 1\n\n\ndef f(): return 2\n", "def f(): return 3\n", replace=True)
    assert out == "x = 1\n\n\ndef f(): return 3\n"


def test_removing_takes_the_function_its_comment_and_its_helpers() -> None:
    source = LIBRARY.split("\n\n\n\ndef volume")[0] + "\n"
    assert remove(source, "area") == text('''
        """My functions."""

        import os
        from typing import Any  # kept by hand

        LIMIT = 3

        # ---- sizes ----
        ''')


def test_removing_what_is_not_there_says_what_is() -> None:
    with pytest.raises(SourceError, match="There is no 'aera'"):
        remove(LIBRARY, "aera")
    with pytest.raises(SourceError, match="together with others"):
        remove("a, b = 1, 2\n", "a")


def test_renaming_follows_uses_and_leaves_namesakes() -> None:
    source = text('''
        def f(x):
            """
            >>> f(1)
            """
            return f(x - 1) if x.f else g(f=1)

        def g(f): return f

        def h(x: "f"): return [f for f in x], f"{f(1)} f", "f"

        __all__ = ["f"]
        ''')
    assert rename_names(source, {"f": "new"}) == text('''
        def new(x):
            """
            >>> new(1)
            """
            return new(x - 1) if x.f else g(f=1)

        def g(f): return f

        def h(x: "new"): return [f for f in x], f"{new(1)} f", "f"

        __all__ = ["new"]
        ''')


FRAGMENTS = [
    "import os",
    "import os.path",
    "from typing import Any, List",
    "from re import (\n    sub,  # s\n)",
    "# a remark",
    "    ",
    "\f",
    "X = [\n    1,\n]",
    "A = 1; B = 2",
    "def f(x):\n    return os.sep + _h(x)\n    # tail",
    "# on f\n@d\ndef f(x): return X",
    "def _h(x):\n\t'''def f(): pass'''\n\treturn x",
    "async def g():\n    '''\ndef not_here():\n'''",
    "class K:\n    def f(self): return f",
    "if A:\n    def q(): pass\nelse:\n    q = None",
    "X[0] = 2",
]
DRAFTS = [
    "def f(x): return 1",
    "import os\nfrom re import sub, escape\ndef n(x): return os, sub, escape, _h(x)\ndef _h(x): return x + 1",
    "# why\ndef g(y: Any) -> Any: return K\nfrom typing import Any",
    "LIMIT = 1\n\n# loose\n\nclass K:\n    pass\n",
    "@d\ndef f(a,\n      b): return a\n",
]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    parts=st.lists(st.sampled_from(FRAGMENTS), max_size=8),
    gaps=st.lists(st.sampled_from(["\n", "\n\n", "\n\n\n", "\n  \n"]), min_size=9, max_size=9),
    draft=st.sampled_from(DRAFTS),
    end=st.sampled_from(["", "\n", "\r\n"]),
)
def test_whatever_is_spliced_parses_and_keeps_every_other_function(
    parts: list[str], gaps: list[str], draft: str, end: str
) -> None:
    source = "".join(part + gap for part, gap in zip(parts, gaps, strict=False)).rstrip("\n") + end
    source = source.replace("\n", "\r\n") if end == "\r\n" else source
    before = parse(source)
    try:
        out = splice_parsed(before, draft, replacing=True)
    except SourceError:  # a clash of imports, say; nothing may have come of it
        assert parse(source) == before
        return
    assert out.parsed == parse(out.text)
    there = {function.name: function for function in out.parsed.functions}
    for function in before.functions:
        if function.name not in (*out.replaced, *out.removed):
            assert there[function.name].source.rstrip() == function.source.rstrip()
    for function in parse(draft).functions:
        name = dict(out.renamed).get(function.name, function.name)
        assert name in there
    assert len(out.parsed.functions) == len(there)
