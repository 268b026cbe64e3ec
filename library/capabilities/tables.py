"""Which names of Python's own library reach beyond a function's arguments; data of the capability scan. Pure."""

from library.source.literals import words

FILES, NETWORK, PROCESSES = "files", "network", "processes"
EVAL, ENVIRONMENT, CLOCK, RANDOMNESS = "eval", "environment", "clock", "randomness"
PACKAGES, STATE = "packages", "state"

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
        zoneinfo.ZoneInfo.from_file
        json.load wave aifc sndhdr imghdr fcntl readline curses cProfile.run profile tracemalloc dis.dis
        contextlib.chdir mimetypes.MimeTypes mimetypes.read_mime_types mimetypes.knownfiles
        xml.etree.ElementTree.ElementTree xml.etree.ElementTree.canonicalize xml.etree.ElementInclude
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
        logging.basicConfig pytest.main pytest.exit
    """,
    EVAL: """
        builtins importlib runpy code codeop imp pickle cPickle _pickle marshal sys.modules sys.path
        sys.meta_path sys.path_hooks sys.settrace sys.setprofile sys._getframe sys._current_frames
        inspect.currentframe inspect.stack inspect.getsource inspect.getmodule gc types.FunctionType
        types.CodeType types.LambdaType sys.getrefcount shelve.open pickletools copyreg pydoc doctest
        unittest.mock sys.addaudithook typing.get_type_hints timeit logging.config.listen weakref.finalize
        typing.ForwardRef typing.evaluate_forward_ref dataclasses.make_dataclass pytest.importorskip
        inspect.getmembers inspect.getattr_static inspect.getclosurevars inspect.unwrap types.FrameType
        types.TracebackType types.ModuleType types.resolve_bases string.Formatter
    """,
    ENVIRONMENT: """
        os.environ os.environb os.getenv os.putenv os.unsetenv os.getcwd os.getcwdb os.getpid os.getppid
        os.uname os.cpu_count os.getlogin os.getuid os.geteuid os.getgid os.umask os.chdir
        os.get_terminal_size os.path.expanduser os.path.expandvars sys.argv sys.executable sys.prefix
        sys.flags platform getpass pwd grp locale site sysconfig os.times os.getloadavg
        sys.getwindowsversion gettext sys._xoptions cmd.Cmd
    """,
    CLOCK: """
        time datetime.datetime.now datetime.datetime.utcnow datetime.datetime.today datetime.date.today
        os.utime email.utils.formatdate email.utils.localtime email.utils.make_msgid
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
        pathlib.PureWindowsPath io.StringIO io.BytesIO io.TextIOBase io.IOBase
        zoneinfo.ZoneInfo zoneinfo.ZoneInfoNotFoundError zoneinfo.InvalidTZPathWarning
        unittest.mock.Mock unittest.mock.MagicMock unittest.mock.call unittest.mock.ANY unittest.mock.sentinel
    """,
}
for _category, _names in _TABLE.items():
    NAMES.update(dict.fromkeys(_names.split(), _category))
# Modules in which so much lies that only these of their names reach nowhere; any other counts as "eval".
_GUARDED_TABLE = {
    "asyncio": """
        run gather sleep wait wait_for timeout shield as_completed create_task ensure_future iscoroutine isfuture
        iscoroutinefunction Task TaskGroup Future Queue PriorityQueue LifoQueue QueueEmpty QueueFull Lock Event
        Condition Semaphore BoundedSemaphore Barrier BrokenBarrierError Timeout TimeoutError CancelledError
        InvalidStateError FIRST_COMPLETED FIRST_EXCEPTION ALL_COMPLETED
    """,
    "email": """
        message message_from_string message_from_bytes message_from_file message_from_binary_file policy header
        headerregistry mime charset encoders errors parser feedparser generator base64mime quoprimime
        utils.parseaddr utils.formataddr utils.getaddresses utils.parsedate utils.parsedate_tz utils.mktime_tz
        utils.parsedate_to_datetime utils.format_datetime utils.quote utils.unquote utils.encode_rfc2231
        utils.decode_rfc2231 utils.collapse_rfc2231_value utils._has_surrogates _encoded_words
    """,
    "http": "HTTPStatus HTTPMethod cookies",
    "inspect": """
        signature Signature Parameter BoundArguments isfunction ismethod isclass ismodule isbuiltin isroutine
        isgenerator isgeneratorfunction iscoroutine iscoroutinefunction isawaitable isasyncgen isasyncgenfunction
        isabstract isdatadescriptor ismethoddescriptor cleandoc getdoc getmro get_annotations
    """,
    "logging": """
        getLogger Logger LoggerAdapter Handler NullHandler StreamHandler Formatter Filter LogRecord makeLogRecord
        debug info warning error critical exception log getLevelName addLevelName
        NOTSET DEBUG INFO WARNING WARN ERROR CRITICAL FATAL
    """,
    "traceback": "format_exception_only",
    "unittest": """
        TestCase IsolatedAsyncioTestCase SkipTest main skip skipIf skipUnless expectedFailure enterModuleContext
    """,
    "xml": """
        etree.ElementTree.fromstring etree.ElementTree.fromstringlist etree.ElementTree.XML etree.ElementTree.XMLID
        etree.ElementTree.tostring etree.ElementTree.tostringlist etree.ElementTree.Element
        etree.ElementTree.SubElement etree.ElementTree.ParseError etree.ElementTree.QName
        etree.ElementTree.Comment etree.ElementTree.ProcessingInstruction etree.ElementTree.PI
        etree.ElementTree.indent etree.ElementTree.iselement etree.ElementTree.TreeBuilder
        etree.ElementTree.XMLParser etree.ElementTree.XMLPullParser etree.ElementTree.register_namespace
        sax.saxutils.escape sax.saxutils.unescape sax.saxutils.quoteattr sax.SAXParseException
        dom.minidom.parseString dom.minidom.Document dom.minidom.Element dom.minidom.Node dom.minidom.Text
        dom.minidom.getDOMImplementation dom.Node dom.DOMException parsers.expat.ExpatError
    """,
}
GUARDED = frozenset(_GUARDED_TABLE)
for _module, _names in _GUARDED_TABLE.items():
    NAMES.update(dict.fromkeys((f"{_module}.{_name}" for _name in _names.split()), ""))
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
METHODS = dict.fromkeys(words("""
    read_text write_text read_bytes write_bytes unlink rmdir iterdir rglob symlink_to hardlink_to is_file is_dir
"""), FILES)  # fmt: skip
BACK_DOORS = words("""
    __subclasses__ __globals__ __builtins__ __code__ __closure__ __loader__ __bases__ __base__ __mro__
    __import__ f_globals f_locals f_back f_builtins gi_frame cr_frame tb_frame __getattribute__ __reduce__
    __reduce_ex__ func_globals gi_code cr_code ag_frame ag_code tb_next __traceback__ __self__
    __spec__ __kwdefaults__ __defaults__ mro
""")
# Modules of Python's own that reach nowhere, but for what is listed above. One that stands in no list counts as "eval".
CALM = words("""
    __future__ abc argparse array ast base64 binascii bisect calendar cmath cmd collections colorsys configparser
    contextlib contextvars copy csv dataclasses datetime decimal difflib email encodings enum errno fnmatch fractions
    functools getopt graphlib hashlib heapq hmac html ipaddress itertools json keyword linecache math numbers opcode
    operator optparse pprint queue quopri re reprlib shlex sre_compile sre_constants sre_parse stat statistics string
    stringprep struct symtable textwrap token tokenize traceback types typing unicodedata uuid warnings xml zlib
    asyncio codecs dis gzip bz2 lzma http logging mimetypes plistlib tomllib urllib weakref sys os io posixpath ntpath
    genericpath concurrent nturl2path unittest
    _collections_abc _markupbase _string _weakref _weakrefset
""")


def is_calm(module: str) -> bool:
    """Whether a module of Python's own reaches nowhere; one in C behind another ("_csv") is as calm as that."""
    return module in CALM or (module.startswith("_") and module[1:] in CALM and module not in ("_io", "_os"))


# Methods that reach out when an object of that module may be at hand: ConfigParser().read(path).
WITH_MODULE = {
    "configparser": {"read": FILES},
    "argparse": {"parse_args": ENVIRONMENT, "parse_known_args": ENVIRONMENT},
    "optparse": {"parse_args": ENVIRONMENT},
    "datetime": {"now": CLOCK, "utcnow": CLOCK, "today": CLOCK},
    # A task knows its loop, and that starts processes and connections; a record knows where in the code it was made.
    "asyncio": {"get_loop": PROCESSES, "_loop": PROCESSES},
    "logging": {"findCaller": EVAL, "pathname": EVAL, "manager": EVAL},
    "warnings": {"filename": EVAL},
    "pytest": {"filename": EVAL},
}
# Arguments with which a harmless call is none: texts are run, files are read.
WITH_ARGUMENT = {"eval_str": EVAL, "fromfile_prefix_chars": FILES}
# What reads the clock or the command line only where nobody says what to take; how many arguments say the moment.
GIVEN = {"time.strftime": 2, "time.asctime": 1, "time.gmtime": 1}
CHECKED_WHERE_CALLED = frozenset(("random.Random", *GIVEN))  # whether they reach anywhere is not seen before
READS_ARGV = frozenset(("parse_args", "parse_known_args"))
# Builtins that find an attribute by a name that is only made when they run.
BY_NAME = frozenset(("getattr", "setattr", "delattr", "vars", "operator.attrgetter", "operator.methodcaller"))
# Words without one of which, and without an import or a builtin of those above, a text reaches nowhere.
SPELT_OUT = (
    BACK_DOORS | METHODS.keys() | WITH_ARGUMENT.keys() | {name for many in WITH_MODULE.values() for name in many}
)
