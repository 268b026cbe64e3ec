"""Search by words: which functions of a library fit a question or a task, best first. Reads the index only."""

from dataclasses import dataclass

from library.function import Function
from library.index import Index
from library.words import near_words, query_words


@dataclass(frozen=True)
class Hit:
    """A function that was found; a higher score fits better, scores of different questions do not compare."""

    function: Function
    score: float


@dataclass(frozen=True)
class Weights:
    """What counts how much.

    Args:
        fields: of name, signature, doc and body in BM25.
        near: what a synonym counts beside the word itself.
        name: added if the name's words are all in the question, times their number.
        exact: added if the question names the function.
        candidates: how many functions are looked at closely.
    """

    fields: tuple[float, float, float, float] = (4.0, 1.0, 2.0, 0.5)
    near: float = 0.3
    name: float = 0.5
    exact: float = 20.0
    candidates: int = 60


def search(index: Index, words: str, limit: int, weights: Weights = Weights()) -> list[Hit]:
    """The functions that fit best, best first.

    Args:
        index: an index that is up to date.
        words: a question or a task in words; names of functions count.
        limit: at most so many.
        weights: what counts how much.
    """
    asked = query_words(words)
    if not asked:
        return []
    scores = dict(index.find(_any_of(asked), weights.fields, weights.candidates))
    near = sorted({other for word in asked for other in near_words(word)} - set(asked))
    if near and weights.near:
        for id, score in index.find(_any_of(near), weights.fields, weights.candidates):
            scores[id] = scores.get(id, 0.0) + weights.near * score
    fields = index.fields(list(scores))
    named = {word.strip("`'\"().,:;?") for word in words.split()}
    for id, (name, _, _, _) in fields.items():
        parts = name.split()
        whole, rest = parts[0], parts[1:] or parts
        if set(rest) <= set(asked):
            scores[id] += weights.name * len(rest)
        if whole in named or whole.replace(" ", "") in {word.lower().split("(")[0] for word in named}:
            scores[id] += weights.exact
    best = sorted(fields, key=lambda id: (-scores[id], id))[:limit]
    functions = index.functions(best)
    return [Hit(functions[id], scores[id]) for id in best if id in functions]


def _any_of(words: list[str]) -> str:
    return " OR ".join(f'"{word}"' for word in words)
