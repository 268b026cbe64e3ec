"""Search by words: what a person or a plan would call a function finds it, whatever the exact words."""

import pytest

from library.search.by_words import search
from library.search.index import Index
from library.search.stemming import query_words, split_words, stem

TEXT = '''
def remove_duplicates(items: list) -> list:
    """Keep the first of equal elements."""
    return list(dict.fromkeys(items))


def parse_iso_duration(text: str) -> int:
    """Seconds in an ISO 8601 duration such as P3DT4H."""
    return _total(text)


def _total(text: str) -> int:
    """Seconds in an ISO 8601 duration."""
    return 0


def longestWord(sentence: str) -> str:
    """The word with the most letters."""
    return max(sentence.split(), key=len)


def moving_average(values: list[float], size: int) -> list[float]:
    """Mean of each window."""
    return [sum(values[i : i + size]) / size for i in range(len(values) - size + 1)]


def slugify(title: str) -> str:
    """Turn a title into part of a web address."""
    return "-".join(title.lower().split())


def read_csv(path: str) -> list[dict[str, str]]:
    """Rows of a comma separated file, one mapping each."""
    return []


def is_leap_year(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
'''


@pytest.fixture(scope="module")
def index() -> Index:
    index = Index(None, "library.py")
    index.read("library.py", TEXT)
    return index


def first(index: Index, words: str) -> str:
    hits = search(index, words, 5)
    return hits[0].function.name if hits else ""


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("parse_iso_duration", "parse_iso_duration"),
        ("parse ISO durations into seconds", "parse_iso_duration"),
        ("how do I find the longest words of a text?", "longestWord"),
        ("longestWord(s)", "longestWord"),
        ("drop duplicate entries from an array", "remove_duplicates"),
        ("rolling mean over a window", "moving_average"),
        ("make a URL slug from a headline title", "slugify"),
        ("load a comma separated file as dictionaries", "read_csv"),
        ("check whether a year is a leap year", "is_leap_year"),
        ("leapYear", "is_leap_year"),
        ("divisible by 400", "is_leap_year"),
    ],
)
def test_a_function_is_found_by_what_one_would_say(index: Index, words: str, name: str) -> None:
    assert first(index, words) == name


@pytest.mark.parametrize(
    "words", ["", "   ", "!?;", "the of and", '"', "NEAR(", "a OR b AND (", "-*:^", "naïve ✓", "x" * 5000]
)
def test_no_question_is_an_error(index: Index, words: str) -> None:
    search(index, words, 5)


def test_nothing_is_found_where_nothing_fits(index: Index) -> None:
    assert search(index, "kubernetes ingress controller", 5) == []


def test_a_plain_word_that_happens_to_be_a_name_does_not_win() -> None:
    index = Index(None, "library.py")
    source = (
        "def text(x):\n    return x\n\n\ndef count_words(text):\n    '''How many words a text has.'''\n    return 1\n"
    )
    index.read("library.py", source)
    assert first(index, "count the words of a text") == "count_words"
    assert (
        first(index, "text") == first(index, "what `text` gives for words") == first(index, "words text(x)") == "text"
    )


def test_no_more_than_asked_for_and_the_best_first(index: Index) -> None:
    hits = search(index, "list of values in a text", 2)
    assert len(hits) == 2
    assert hits[0].score >= hits[1].score


def test_private_helpers_are_not_offered(index: Index) -> None:
    assert "_total" not in [hit.function.name for hit in search(index, "seconds in an ISO duration", 10)]


def test_the_same_question_has_the_same_answer(index: Index) -> None:
    answers = {tuple(hit.function.name for hit in search(index, "list of text", 10)) for _ in range(3)}
    assert len(answers) == 1


def test_identifiers_are_cut_into_words() -> None:
    assert split_words("parseISODate_md5 HTTPServer naïveCafé iso8601 x1") == [
        "parse", "iso", "date", "md5", "http", "server", "naïve", "café", "iso8601", "iso", "8601", "x1",
    ]  # fmt: skip


def test_words_that_say_nothing_are_left_out_unless_there_are_no_others() -> None:
    assert query_words("write a function that returns the median of a list") == ["median", "list"]
    assert query_words("what is this") == [stem("what"), stem("is"), stem("this")]


@pytest.mark.parametrize(
    "forms",
    [
        ("parse", "parses", "parsed", "parsing"),
        ("entry", "entries"),
        ("class", "classes"),
        ("normalize", "normalization"),
        ("stop", "stopped", "stopping"),
        ("convert", "converts", "converting", "converted"),
    ],
)
def test_forms_of_a_word_have_one_stem(forms: tuple[str, ...]) -> None:
    assert len(set(map(stem, forms))) == 1


def test_short_words_and_numbers_are_their_own_stems() -> None:
    assert [stem(word) for word in ("is", "md5", "42", "bus", "ids")] == ["is", "md5", "42", "bus", "ids"]
