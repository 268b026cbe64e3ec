"""Which names of Python's own library reach beyond a function's arguments; data of the capability scan. Pure."""

FILES, NETWORK, PROCESSES = "files", "network", "processes"
EVAL, ENVIRONMENT, CLOCK, RANDOMNESS = "eval", "environment", "clock", "randomness"
PACKAGES = "packages"
ALL = (FILES, NETWORK, PROCESSES, EVAL, ENVIRONMENT, CLOCK, RANDOMNESS, PACKAGES)

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
    __reduce_ex__ func_globals
"""
BACK_DOORS = frozenset(_BACK_DOORS_WORDS.split())
