"""Search by words: which functions of a library fit a question or a task, best first. Reads the index only.

First BM25 (SQLite's FTS5) picks candidates: by the question's words and by words that programmers use for them. Then
each candidate is looked at closely: how much of the question it covers, how much of its name and summary the question
covers, how alike the two are letter by letter. The weights of these features were learnt on every second of CoSQA's
development questions (`benchmarks/retrieval.py` measures on the others) by a listwise softmax.
"""

import math
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

from library.search.index import Index
from library.search.stemming import STOP, near_words, query_words, split_words, stem
from library.source.function import Function

HALF = 0.5  # of the letters of a question, in a writing without spaces: what has them fits strongly
_SUMMARY = 25  # so many words of the first line are looked at
# Words that are meant as names: with an underscore or a hump in them, before a bracket, in backticks.
_NAME = re.compile(r"\w+_\w+|\w*[a-z][A-Z]\w*|\w+(?=\()|(?<=`)\w+(?=`)")
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+"
)
_SILENT = frozenset(map(stem, STOP))


@dataclass(frozen=True)
class Hit:
    """A function that was found.

    Args:
        function: which.
        score: higher fits better; scores of different questions do not compare.
        strong: it fits so well that one who has to do what was asked for probably needs it.
    """

    function: Function
    score: float
    strong: bool = False


def least_score(size: int) -> float:
    """The score above which a function fits strongly; `benchmarks.reuse_pro --shown` measures what comes of it.

    Scores grow with how rare a word is, so with the logarithm of the library's size; among a few functions every word
    is common and scores say little.

    Args:
        size: so many functions are in the library.
    """
    return 1.2 * math.log(size) - 12 / size if size else 0.0


@dataclass(frozen=True)
class Weights:
    """What counts how much.

    Args:
        fields: of name, summary, rest and body in BM25.
        candidates: how many functions are looked at closely, by the words themselves and by words near them.
        common: words in more than this share of all functions pick no candidates.
        silent: what a word that says little counts.
        near: so many near words, the rarest ones, pick candidates.
        features: weight of each of `FEATURES`.
        exact: added if the question names the function.
    """

    fields: tuple[float, float, float, float] = (3.0, 2.0, 1.0, 0.7)
    candidates: tuple[int, int] = (200, 80)
    common: float = 0.25
    near: int = 30
    silent: float = 0.2
    features: tuple[float, ...] = (4.41, 1.42, 6.41, 0.72, 0.65, 0.32, 4.19, -3.80)
    exact: float = 50.0


FEATURES = (
    "the words: BM25 over the fields",
    "words near them: BM25 over name, summary and rest",
    "share of the question covered, near words too",
    "share of the question in the name",
    "share of the name asked for, near words too",
    "share of the summary asked for",
    "triples of letters shared",
    "length of the body",
)


@dataclass(frozen=True)
class WordQuery:
    """A question made ready.

    Args:
        words: its stems, each with what it counts: 1, or less for those that say little.
        near: for each of them the stems of words near it.
        triples: of letters in the words that say something.
    """

    words: dict[str, float]
    near: dict[str, frozenset[str]]
    triples: frozenset[str]

    @cached_property
    def around(self) -> frozenset[str]:
        """All near words that are not asked for themselves."""
        return frozenset[str]().union(*self.near.values()) - self.words.keys()


@dataclass(frozen=True)
class Fields:
    """A function's stems: of its name, the first line of its docstring, signature and rest of the docstring, body.

    `length` is the number of words in the body, `triples` are those of letters in name and first line.
    """

    name: tuple[str, ...]
    summary: tuple[str, ...]
    rest: frozenset[str]
    body: frozenset[str]
    length: int
    triples: frozenset[str]


def search(index: Index, words: str, limit: int, weights: Weights = Weights()) -> list[Hit]:
    """The functions that fit best, best first.

    Args:
        index: an index that is up to date.
        words: a question or a task in words; names of functions count.
        limit: at most so many.
        weights: what counts how much.
    """
    found = candidates(index, words, weights)
    scores = {id: sum(map(float.__mul__, weights.features, row)) for id, row in found.items()}
    for id in index.named(_names(words)):
        scores[id] = scores.get(id, 0.0) + weights.exact
    best = sorted(scores, key=lambda id: (-scores[id], id))[:limit]
    functions, least = index.functions(best), least_score(index.spread([])[0])
    return [Hit(functions[id], scores[id], scores[id] >= least) for id in best if id in functions]


def search_all(index: Index, words: str, limit: int, functions: Callable[[], Iterable[Function]]) -> list[Hit]:
    """As `search`; where writings put no spaces between words, also what has the same letters, among `functions`."""
    hits = search(index, words, limit)
    if not unspaced(words):
        return hits
    known = {hit.function.name for hit in hits}
    more = by_letters(words, [one for one in functions() if one.public and one.name not in known])
    return [*hits, *more][:limit]


def _names(words: str) -> list[str]:
    """Names of functions that a question may mention; a question of one word may be a name."""
    found = _NAME.findall(words)[:100]
    return [*found, words.strip()] if words.strip().isidentifier() else found


def unspaced(words: str) -> str:
    """The letters of writings that put no spaces between words: Chinese, Japanese, Thai and their like."""
    return "".join(_UNSPACED.findall(words))


def by_letters(words: str, functions: Iterable[Function]) -> list[Hit]:
    """Functions in whose name or docstring these letters follow one another as in the question, best first."""
    runs = _UNSPACED.findall(words)
    pairs = {run[place : place + 2] for run in runs for place in range(max(len(run) - 1, 1))}
    found: list[Hit] = []
    for function in functions:
        text = f"{function.name} {function.doc}"
        if share := sum(pair in text for pair in pairs) / (len(pairs) or 1):
            found.append(Hit(function, share, share >= HALF))
    return sorted(found, key=lambda hit: (-hit.score, hit.function.name))


def candidates(index: Index, words: str, weights: Weights) -> dict[int, tuple[float, ...]]:
    """Row ids of functions that may fit, each with its features."""
    question = _question(words, weights.silent)
    asked = [word for word, counts in question.words.items() if counts == 1.0]
    if not asked:
        return {}
    size, spread = index.spread([*question.words, *question.around])
    telling = [word for word in asked if spread.get(word, 0) <= size * weights.common]
    ids = index.find(_any_of(telling or asked), weights.fields, weights.candidates[0])
    rare = sorted((spread[word], word) for word in question.around if word in spread)[: weights.near]
    if rare:
        ids += index.find(_any_of([word for _, word in rare]), weights.fields, weights.candidates[1])
    fields = {id: _fields(texts) for id, texts in index.fields(list(dict(ids))).items()}
    others = {word for one in fields.values() for word in (*one.name, *one.summary)} - spread.keys()
    spread |= index.spread(list(others))[1]
    worth = {word: math.log(1 + (size - count + 0.5) / (count + 0.5)) for word, count in spread.items()}
    worth |= dict.fromkeys(question.words.keys() - worth.keys(), math.log(2 * size + 2))
    return {id: _features(question, one, worth) for id, one in fields.items()}


def _question(words: str, silent: float) -> WordQuery:
    asked = query_words(words)[:60]
    counts = dict.fromkeys(map(stem, dict.fromkeys(split_words(words[:2000]))), silent) | dict.fromkeys(asked, 1.0)
    near = {word: near_words(word) for word in counts}
    for first, second in pairwise(split_words(words[:2000])):  # "data frame" may be written dataframe
        for word in (stem(first), stem(second)):
            near[word] |= {stem(first + second)}
    return WordQuery(counts, near, _triples(asked))


@lru_cache(maxsize=4096)
def _fields(texts: tuple[str, str, str, str]) -> Fields:
    name, summary, rest, body = (text.split() for text in texts)
    summary, triples = summary[:_SUMMARY], _triples([*name[1:], *summary[:_SUMMARY]])
    return Fields(tuple(name[1:]), tuple(summary), frozenset(rest), frozenset(body), len(body), triples)


def _features(question: WordQuery, fields: Fields, worth: dict[str, float]) -> tuple[float, ...]:
    name, summary, rest, body = frozenset(fields.name), frozenset(fields.summary), fields.rest, fields.body
    shown = name | summary | rest
    in_name = 3.0 / (0.7 + 0.1 * len(name))
    in_summary = 2.0 / (0.5 + 0.0625 * len(summary))
    in_rest = 1.0 / (0.3 + 0.05 * len(rest))
    in_body = 0.7 / (0.3 + 0.0117 * fields.length)
    match = around = covered = named = total = 0.0
    for word, counts in question.words.items():
        value = counts * worth[word]
        total += value
        found = in_name * (word in name) + in_summary * (word in summary) + in_rest * (word in rest)
        found += in_body * (word in body)
        if found:
            match += value * found / (1.5 + found)
            covered += value
            named += value * (word in name)
        elif not question.near[word].isdisjoint(shown):
            covered += value
    for word in question.around & shown:
        found = in_name * (word in name) + in_summary * (word in summary) + in_rest * (word in rest)
        around += worth[word] * found / (1.5 + found)
    wide = question.around.union(question.words)
    own = fields.triples
    return (
        match / 10,
        around / 10,
        covered / (total or 1.0),
        named / (total or 1.0),
        _share(fields.name, wide, worth),
        _share([word for word in fields.summary if word not in _SILENT], question.words, worth),
        len(question.triples & own) / (math.sqrt(len(question.triples) * len(own)) or 1.0),
        math.log(1 + fields.length) / 5,
    )


def _share(words: Sequence[str], of: Collection[str], worth: dict[str, float]) -> float:
    """How much of what the words are worth is among others."""
    return sum(worth.get(word, 0.0) for word in words if word in of) / (
        sum(worth.get(word, 0.0) for word in words) or 1.0
    )


@lru_cache(maxsize=20000)
def _letters(word: str) -> frozenset[str]:
    marked = f"^{word}$"
    return frozenset(marked[place : place + 3] for place in range(len(word)))


def _triples(words: Iterable[str]) -> frozenset[str]:
    return frozenset[str]().union(*map(_letters, words))


def _any_of(words: list[str]) -> str:
    return " OR ".join(f'"{word}"' for word in words)
