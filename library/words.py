"""Words: identifiers and prose cut into the words that are indexed and searched for. Pure."""

import re

_WORD = re.compile(r"[^\W_]+")
_JOINED = re.compile(r"([a-z]{3,})(\d{2,})")
_HIGH, _LOW = "A-ZÀ-ÖØ-Þ", "a-zß-öø-ÿ"
_CAMEL = re.compile(rf"[{_HIGH}]+(?=[{_HIGH}][{_LOW}])|[{_HIGH}]?[{_LOW}]+|[{_HIGH}]+|\d+|[^\W\d_{_HIGH}{_LOW}]+")

_SILENT = """
a an and any are as at be been being but by can could do does each every for from given has have he her his how i
if in into is it its just let like may me must my need needs no not of on one or other our out over please should
so some such than that the their them then there these they this those to too under up us use used uses using via
want was we were what when where which while who why will with without would you your python function write
program code method implement following called return returns returned
"""
STOP = frozenset(_SILENT.split())

# Words that programmers use for one another. The first of a row is what the row is about.
ALIKE = """
remove delete drop strip discard erase eliminate exclude
length len size count number total amount
string str text word sentence
list array sequence vector elements items
dict dictionary map mapping hash
integer int number digit
float decimal real number
boolean bool true false flag
parse read decode load deserialize interpret
convert to transform translate cast change turn
write save store dump serialize output
check is has test verify validate whether determine
find search locate lookup get index
maximum max largest biggest greatest highest
minimum min smallest least lowest
sum add total plus sum
average mean avg
multiply product times mul
divide quotient division split
join concatenate concat merge combine append glue
split separate tokenize divide break partition
sort order sorted rank arrange ascending descending
reverse reversed backwards invert flip mirror
unique distinct duplicate dedupe dedup set
create make build generate new construct
print show display output
copy clone duplicate
open read file load
directory folder dir path
file path filename
random rand shuffle choice
date time datetime timestamp day
upper uppercase capital capitalize
lower lowercase
first begin start head leading front
last end tail trailing
prime primes factor
even odd parity
equal same match identical equals
different difference diff unequal differ
empty blank none null
repeat times duplicate
replace substitute swap exchange
filter select keep pick
vowel vowels consonant letter character char
bracket parenthesis parentheses paren brackets
matrix grid table array 2d
row line rows
column col columns field
binary bin bit bits
hexadecimal hex
round ceil floor nearest
closest nearest near
power exponent pow square cube
root sqrt
intersection common shared both
prefix start startswith starts
suffix end endswith ends
image picture img photo
plot draw chart graph figure
url link uri http web
connect connection socket
run execute call exec launch
request fetch download get http
encrypt encode cipher
decrypt decode decipher
median middle
palindrome reverse
nested deep depth recursive flatten
""".strip()


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


def _neighbours() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for row in ALIKE.splitlines():
        words = row.split()
        for word in words:
            found.setdefault(word, set()).update(words)
    return {word: frozenset(others - {word}) for word, others in found.items()}


_NEAR = _neighbours()


def near_words(word: str) -> frozenset[str]:
    """Other words that programmers use for this one."""
    return _NEAR.get(word, frozenset())


def query_words(text: str) -> list[str]:
    """The words of a question that say something; all of them if none does."""
    words = list(dict.fromkeys(split_words(text)))
    telling = [word for word in words if word not in STOP]
    return telling or words
