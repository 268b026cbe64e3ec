"""Harness: what runs inside the sandbox, after a draft and in its module, to try many calls of many variants; text."""

# What runs inside, after the setup and in the same module. Each call may take some processor time (SIGVTALRM, which the
# sandbox leaves alone); a call inside a C function cannot be interrupted, then SIGPROF ends the process.
HARNESS = r'''
def _try(order):
    import io, json, re, signal, sys, zlib
    annotations = __import__("__future__").annotations  # types in a variant may name what comes later
    from time import process_time as clock
    order = json.loads(order)
    class TooSlow(BaseException):
        pass
    def ring(*_):
        raise TooSlow
    each, spare, whole = order["pace"]
    signal.signal(signal.SIGVTALRM, ring)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, whole)
    timer, virtual = signal.setitimer, signal.ITIMER_VIRTUAL
    address = re.compile(r" at 0x[0-9a-f]+")
    def shown(value, depth=0):
        kind = type(value)
        if kind is float:
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else "%.9g" % value
        if depth < 20:
            if kind is list:
                return "[" + ",".join([shown(item, depth + 1) for item in value]) + "]"
            if kind is tuple:
                return "(" + ",".join([shown(item, depth + 1) for item in value]) + ",)"
            if kind in (set, frozenset):
                return kind.__name__ + ",".join(sorted(shown(item, depth + 1) for item in value))
            if kind is dict:
                pairs = [shown(key, depth + 1) + ":" + shown(item, depth + 1) for key, item in value.items()]
                return "{" + ",".join(sorted(pairs)) + "}"
        return address.sub("", repr(value))
    def result(code, space):
        timer(virtual, each)
        try:
            try:
                value = eval(code, space)
                told = shown(value)
                text = (repr(value) if wanted else "")
                timer(virtual, 0)
                return "=%x" % zlib.crc32(told.encode("utf-8", "replace")), text
            except TooSlow:
                return "~", ""
            except BaseException as error:
                timer(virtual, 0)
                return "!" + type(error).__name__, ("raises " + type(error).__name__)
            finally:
                timer(virtual, 0)
        except TooSlow:
            return "~", ""
    look = order.get("look", False)
    wanted = look or order.get("texts", False)
    arcs = {}
    def watch(code, space):
        way, last, count = set(), {}, [0]
        def line(frame, event, _):
            if event == "line":
                count[0] += 1
                way.add((last.get(id(frame), 0), frame.f_lineno))
                last[id(frame)] = frame.f_lineno
            return line
        def call(frame, event, _):
            return line if frame.f_code.co_filename == "<setup>" else None
        sys.settrace(call)
        try:
            said = result(code, space)
        finally:
            sys.settrace(None)
        return said, [arcs.setdefault(arc, len(arcs)) for arc in sorted(way)], count[0]
    def arguments(space, call):
        """Whether the call leaves its literal arguments as they were: tried with names in their place."""
        import ast
        tree = ast.parse(call, mode="eval")
        given = [c for c in ast.walk(tree) if isinstance(c, ast.Call)]
        nodes = [n for c in given for n in c.args if isinstance(n, (ast.List, ast.Dict, ast.Set))]
        if not nodes:
            return False
        try:
            held = {"_a%d" % i: ast.literal_eval(n) for i, n in enumerate(nodes)}
        except (ValueError, TypeError):
            return False
        before = {name: shown(value) for name, value in held.items()}
        for c in given:
            c.args = [ast.Name("_a%d" % nodes.index(n), ast.Load()) if n in nodes else n for n in c.args]
        code = compile(ast.fix_missing_locations(tree), "<call>", "eval")
        result(code, {**space, **held})
        return any(shown(value) != before[name] for name, value in held.items())
    class Deaf(io.StringIO):
        def write(self, text):
            return len(text)
    out, sys.stdout, sys.stderr = sys.stdout, Deaf(), Deaf()
    calls = []
    for call in order["calls"]:
        try:
            calls.append(compile(call, "<call>", "eval"))
        except (SyntaxError, ValueError):
            calls.append(None)
    here = dict(globals())
    report = []
    for variant in order["variants"]:
        space, left = dict(here), spare
        said = {"marks": [], "texts": [], "paths": [], "lines": [], "changed": [], "unsteady": []}
        try:
            if variant:
                exec(compile(variant, "<variant>", "exec", annotations.compiler_flag), space)
        except Exception:
            left = 0
        for number, code in enumerate(calls):
            way, lines, began = [], 0, clock()
            if code is None or left <= 0:
                mark, text = "?", ""
            elif look:
                mark, text = result(code, space)
                spent = clock() - began
                lines = int(spent * 1e7)
                if mark != "~" and spent < each / 5:  # watching is ten times slower
                    (again, _), way, count = watch(code, space)
                    lines = max(count, lines if spent > 0.0002 else 0)
                    if again not in (mark, "~"):
                        said["unsteady"].append(number)
                    elif mark[0] == "=" and arguments(space, order["calls"][number]):
                        said["changed"].append(number)
            else:
                mark, text = result(code, space)
            if look:
                said["paths"].append(way)
                said["lines"].append(lines)
            if not look or mark == "~":
                left -= clock() - began
            said["marks"].append(mark)
            if wanted:
                said["texts"].append(text if len(text) <= 200 else "")
        report.append({key: value for key, value in said.items() if value})
    sys.stdout = out
    timer(signal.ITIMER_PROF, 0)
    print(order["mark"] + json.dumps(report, separators=(",", ":")), flush=True)
'''
