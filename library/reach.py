"""Which names of Python's own library reach beyond a function's arguments; data of the capability scan. Pure."""

FILES, NETWORK, PROCESSES = "files", "network", "processes"
EVAL, ENVIRONMENT, CLOCK, RANDOMNESS = "eval", "environment", "clock", "randomness"
PACKAGES, STATE = "packages", "state"
ALL = (FILES, NETWORK, PROCESSES, EVAL, ENVIRONMENT, CLOCK, RANDOMNESS, PACKAGES, STATE)

# Longest prefix wins; "" says that this part of a module reaches nowhere.
NAMES: dict[str, str] = {}
_TABLE = {
    FILES: """
        io.open io.open_code io.FileIO tempfile shutil glob fileinput sqlite3 dbm shelve mmap linecache
        tokenize.open codecs.open zipfile tarfile gzip.open gzip.GzipFile bz2.open bz2.BZ2File lzma.open
        lzma.LZMAFile zipimport filecmp netrc zoneinfo logging.FileHandler logging.handlers logging.config
        os.path.exists os.path.lexists os.path.isfile os.path.isdir os.path.islink os.path.ismount
        os.path.getsize os.path.getmtime os.path.getatime os.path.getctime os.path.realpath os.path.abspath
        os.path.samefile os.path.relpath pathlib.Path pathlib.PosixPath pathlib.WindowsPath sys.stdin
        mimetypes.init nturl2path importlib.resources importlib.metadata pkgutil plistlib.load tomllib.load
        xml.etree.ElementTree.parse xml.etree.ElementTree.iterparse xml.sax.parse xml.dom.minidom.parse
        argparse.FileType xml.dom.pulldom.parse posix nt _io.open _io.FileIO
        json.load wave aifc sndhdr imghdr fcntl readline curses cProfile.run profile tracemalloc dis.dis
    """,
    NETWORK: """
        socket ssl http.client http.server urllib.request urllib.robotparser ftplib smtplib smtpd poplib
        imaplib telnetlib nntplib xmlrpc socketserver asyncio.open_connection asyncio.start_server asyncore
        asynchat asyncio.open_unix_connection asyncio.start_unix_server webbrowser wsgiref select selectors
        cgi
    """,
    PROCESSES: """
        subprocess multiprocessing threading _thread concurrent.futures signal pty atexit sched ctypes
        _ctypes os.system os.popen os.fork os.forkpty os.kill os.killpg os.abort os._exit os.wait os.waitpid
        os.nice os.setuid os.setgid os.setsid os.posix_spawn os.posix_spawnp os.pipe resource faulthandler
        sys.exit sys.setrecursionlimit asyncio.create_subprocess_exec asyncio.create_subprocess_shell
        asyncio.to_thread venv ensurepip pdb bdb trace msvcrt winreg _winapi tkinter turtle idlelib
        logging.basicConfig
    """,
    EVAL: """
        builtins importlib runpy code codeop imp pickle cPickle _pickle marshal sys.modules sys.path
        sys.meta_path sys.path_hooks sys.settrace sys.setprofile sys._getframe sys._current_frames
        inspect.currentframe inspect.stack inspect.getsource inspect.getmodule gc types.FunctionType
        types.CodeType types.LambdaType sys.getrefcount shelve.open pickletools copyreg pydoc doctest
        unittest.mock sys.addaudithook typing.get_type_hints timeit logging.config.listen weakref.finalize
        traceback.walk_stack traceback.extract_stack traceback.print_stack traceback.walk_tb
        inspect.getmembers inspect.getattr_static inspect.getclosurevars inspect.unwrap types.FrameType
        types.TracebackType types.ModuleType types.resolve_bases string.Formatter
    """,
    ENVIRONMENT: """
        os.environ os.environb os.getenv os.putenv os.unsetenv os.getcwd os.getcwdb os.getpid os.getppid
        os.uname os.cpu_count os.getlogin os.getuid os.geteuid os.getgid os.umask os.chdir
        os.get_terminal_size os.path.expanduser os.path.expandvars sys.argv sys.executable sys.prefix
        sys.flags platform getpass pwd grp locale site sysconfig os.times os.getloadavg
        sys.getwindowsversion gettext sys._xoptions
    """,
    CLOCK: """
        time datetime.datetime.now datetime.datetime.utcnow datetime.datetime.today datetime.date.today
        os.utime
    """,
    RANDOMNESS: """
        random secrets uuid.uuid1 uuid.uuid4 uuid.getnode os.urandom os.getrandom ssl.RAND_bytes
        numpy.random tempfile.mktemp crypt.mksalt
    """,
    "": """
        threading.Lock threading.RLock threading.local _thread.RLock _thread.get_ident threading.get_ident
        sys.stdout sys.stderr time.struct_time time.strptime os.path os.sep os.linesep os.altsep os.extsep
        os.pathsep os.curdir os.pardir os.fspath os.fsencode os.fsdecode os.PathLike os.strerror os.name
        os.devnull os.error http.HTTPStatus http.cookies urllib.parse urllib.error concurrent.futures.Future
        sys.maxsize sys.version_info sys.float_info sys.int_info sys.byteorder sys.getsizeof sys.intern
        sys.hash_info sys.exc_info sys.maxunicode sys.getrecursionlimit sys.implementation sys.version
        sys.hexversion sys.getdefaultencoding sys.platform pathlib.PurePath pathlib.PurePosixPath
        pathlib.PureWindowsPath io.StringIO io.BytesIO io.TextIOBase io.IOBase asyncio.run asyncio.gather
        logging.getLogger
    """,
}
for _category, _names in _TABLE.items():
    NAMES.update(dict.fromkeys(_names.split(), _category))
WHOLE = {"os": (FILES, ENVIRONMENT, PROCESSES), "sys": (EVAL,), "io": (FILES,), "importlib": (EVAL,)}
# What is not listed of `os` works on files (os.listdir, os.remove, ...); of `sys` it is harmless.
REST = {"os": FILES, "posix": FILES, "nt": FILES}
BUILTINS = {
    "open": FILES, "eval": EVAL, "exec": EVAL, "compile": EVAL, "__import__": EVAL, "globals": EVAL, "breakpoint": EVAL,
    "__build_class__": EVAL, "__file__": ENVIRONMENT, "__path__": ENVIRONMENT,
    "input": ENVIRONMENT, "__builtins__": EVAL, "__loader__": EVAL, "__spec__": EVAL, "exit": PROCESSES,
    "quit": PROCESSES, "help": ENVIRONMENT,
}  # fmt: skip
# Of any object: what pathlib's paths do, and the way from an object to everything there is.
_METHODS_WORDS = """
    read_text write_text read_bytes write_bytes unlink rmdir iterdir rglob symlink_to hardlink_to is_file is_dir
"""
METHODS = dict.fromkeys(
    _METHODS_WORDS.split(),
    FILES,
)
_BACK_DOORS_WORDS = """
    __subclasses__ __globals__ __builtins__ __code__ __closure__ __loader__ __bases__ __base__ __mro__
    __import__ f_globals f_locals f_back f_builtins gi_frame cr_frame tb_frame __getattribute__ __reduce__
    __reduce_ex__ func_globals gi_code cr_code ag_frame ag_code tb_next __traceback__ __self__
    __spec__ __kwdefaults__ __defaults__ mro
"""
BACK_DOORS = frozenset(_BACK_DOORS_WORDS.split())
# Modules of Python's own that reach nowhere, but for what is listed above. One that stands in no list counts as "eval".
_CALM_WORDS = """
    __future__ abc argparse array ast base64 binascii bisect calendar cmath cmd collections colorsys configparser
    contextlib contextvars copy csv dataclasses datetime decimal difflib email encodings enum errno fnmatch fractions
    functools getopt graphlib hashlib heapq hmac html ipaddress itertools json keyword linecache math numbers opcode
    operator optparse pprint queue quopri re reprlib shlex sre_compile sre_constants sre_parse stat statistics string
    stringprep struct symtable textwrap token tokenize traceback types typing unicodedata uuid warnings xml zlib
    asyncio codecs dis gzip bz2 lzma http logging mimetypes plistlib tomllib urllib weakref sys os io posixpath ntpath
    genericpath concurrent nturl2path unittest
    _collections_abc _markupbase _string _weakref _weakrefset
"""
CALM = frozenset(_CALM_WORDS.split())


def is_calm(module: str) -> bool:
    """Whether a module of Python's own reaches nowhere; one in C behind another ("_csv") is as calm as that."""
    return module in CALM or (module.startswith("_") and module[1:] in CALM and module not in ("_io", "_os"))


# Methods that reach out when an object of that module may be at hand: ConfigParser().read(path).
WITH_MODULE = {
    "configparser": {"read": FILES},
    "argparse": {"parse_args": ENVIRONMENT, "parse_known_args": ENVIRONMENT},
    "optparse": {"parse_args": ENVIRONMENT},
    "datetime": {"now": CLOCK, "utcnow": CLOCK, "today": CLOCK},
}
# Builtins that find an attribute by a name that is only made when they run.
BY_NAME = frozenset(("getattr", "setattr", "delattr", "vars", "operator.attrgetter", "operator.methodcaller"))
