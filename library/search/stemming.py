"""Stems: identifiers and prose cut into the words that are indexed and searched for. Pure."""

import re
from functools import cache, lru_cache

from library.search.synonyms import ALIKE
from library.source.literals import words

_WORD = re.compile(r"[^\W_]+")
_JOINED = re.compile(r"([a-z]{3,})(\d{2,})")
_HIGH, _LOW = "A-ZÀ-ÖØ-Þ", "a-zß-öø-ÿ"
_CAMEL = re.compile(rf"[{_HIGH}]+(?=[{_HIGH}][{_LOW}])|[{_HIGH}]?[{_LOW}]+|[{_HIGH}]+|\d+|[^\W\d_{_HIGH}{_LOW}]+")

_ENDS = (
    *(("ational", "ate"), ("ization", "ize"), ("ations", "ate"), ("ation", "ate"), ("iveness", "ive"), ("ness", "")),
    *(("ments", "ment"), ("ies", "y"), ("sses", "ss"), ("ings", ""), ("ing", ""), ("edly", ""), ("ed", "")),
    *(("ers", "er"), ("es", "e"), ("s", ""), ("ly", "")),
)
STOP = words("""
a an and any are as at be been being but by can could do does each every for from given has have he her his how i
if in into is it its just let like may me must my need needs no not of on one or other our out over please should
so some such than that the their them then there these they this those to too under up us use used uses using via
want was we were what when where which while who why will with without would you your python function write
program code method implement following called return returns returned
""")


def split_words(text: str) -> list[str]:
    """Lower-case words of a text; identifiers are cut at underscores and humps.

    "parseISODate_md5" -> parse, iso, date, md5; a word joined to a number counts whole and in parts (iso8601).
    """
    found: list[str] = []
    for word in _WORD.findall(text):
        if word.islower() or word.isdigit():
            found.append(word)
            if match := _JOINED.fullmatch(word):
                found += match.groups()
        else:
            found += [part.lower() for part in _CAMEL.findall(word)]
    return found


@lru_cache(maxsize=20000)
def stem(word: str) -> str:
    """What a word has in common with its other forms: parsing, parsed, parses -> pars; entries, entry -> entri."""
    if len(word) <= 3 or not word.isalpha():
        return word
    if not word.endswith("ss"):
        for end, instead in _ENDS:
            if word.endswith(end) and len(word) - len(end) >= 3:
                word = word[: -len(end)] + instead
                break
    if len(word) > 4 and word.endswith("e"):
        word = word[:-1]
    if len(word) > 4 and word.endswith("y"):
        word = word[:-1] + "i"
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
        word = word[:-1]
    return word


def stems(text: str) -> list[str]:
    """The stems of the words of a text, in order."""
    return [stem(word) for word in split_words(text)]


def query_words(text: str) -> list[str]:
    """The stems of a question's words that say something; of all words if none does."""
    words = list(dict.fromkeys(split_words(text)))
    telling = [word for word in words if word not in STOP]
    return list(dict.fromkeys(map(stem, telling or words)))


@cache
def _neighbours() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for row in ALIKE.strip().splitlines():
        words = {stem(word) for word in row.split()}
        for word in words:
            found.setdefault(word, set()).update(words)
    return {word: frozenset(others - {word}) for word, others in found.items()}


def near_words(word: str) -> frozenset[str]:
    """Stems of other words that programmers use for the one with this stem."""
    return _neighbours().get(word, frozenset())
