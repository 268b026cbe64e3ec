"""Which operator, call or method is easily taken for which; data of the mutation operators. Pure."""

import ast

from library.source.literals import words

BOUNDARY: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE,),
    ast.LtE: (ast.Lt, ast.Eq),
    ast.Gt: (ast.GtE,),
    ast.GtE: (ast.Gt, ast.Eq),
    ast.Eq: (ast.LtE, ast.GtE),
    ast.NotEq: (ast.Lt, ast.Gt),
}
NEGATION: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.Gt, ast.NotEq),
    ast.LtE: (ast.GtE,),
    ast.Gt: (ast.Lt, ast.NotEq),
    ast.GtE: (ast.LtE,),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
OPERATORS: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub, ast.Mult, ast.Mod),
    ast.Sub: (ast.Add, ast.Mod),
    ast.Mult: (ast.Add, ast.FloorDiv, ast.Pow, ast.Mod),
    ast.Div: (ast.Mult, ast.FloorDiv, ast.Mod),
    ast.FloorDiv: (ast.Mult, ast.Mod, ast.Div, ast.Sub),
    ast.Mod: (ast.FloorDiv, ast.Mult, ast.Sub),
    ast.Pow: (ast.Mult, ast.Add),
    ast.BitAnd: (ast.BitOr, ast.BitXor),
    ast.BitOr: (ast.BitAnd, ast.BitXor),
    ast.BitXor: (ast.BitAnd, ast.BitOr),
    ast.LShift: (ast.RShift,),
    ast.RShift: (ast.LShift,),
}
CALLS: dict[str, tuple[str, ...]] = {
    "min": ("max",),
    "max": ("min",),
    "any": ("all",),
    "all": ("any",),
    "sum": ("len", "max"),
    "len": ("sum",),
    "sorted": ("list", "set"),
    "set": ("list",),
    "list": ("set",),
    "round": ("int",),
    "int": ("round", "float"),
    "floor": ("ceil",),
    "ceil": ("floor",),
    "divmod": (),
}
DROPPED_CALLS = words("""
    abs sorted set list reversed int float str round tuple sum
""")
METHODS: dict[str, tuple[str, ...]] = {
    "lower": ("upper",),
    "upper": ("lower",),
    "swapcase": ("upper", "lower"),
    "title": ("capitalize",),
    "capitalize": ("title",),
    "strip": ("lstrip", "rstrip"),
    "lstrip": ("strip", "rstrip"),
    "rstrip": ("strip", "lstrip"),
    "startswith": ("endswith",),
    "endswith": ("startswith",),
    "isupper": ("islower", "isalpha"),
    "islower": ("isupper", "isalpha"),
    "isalpha": ("isalnum",),
    "isalnum": ("isalpha",),
    "isdigit": ("isalpha", "isalnum"),
    "isdecimal": ("isdigit",),
    "find": ("rfind",),
    "rfind": ("find",),
    "index": ("count",),
    "count": ("find",),
    "append": ("extend",),
    "extend": ("append",),
    "keys": ("values",),
    "values": ("keys",),
    "ljust": ("rjust",),
    "rjust": ("ljust",),
    "split": ("rsplit", "splitlines"),
    "floor": ("ceil",),
    "ceil": ("floor",),
    "union": ("intersection",),
    "intersection": ("union",),
    "popleft": ("pop",),
}
PLAIN_METHODS = words("""
    lower upper strip lstrip rstrip swapcase title capitalize replace copy zfill ljust rjust removeprefix
    removesuffix
""")
