package pyimport

import (
	"slices"
	"strings"
)

// standard are the modules of Python's own library, of 3.10 to 3.14, that a file of that
// name beside the program hides. Those that are built in or there before any program are
// not among them, nor those that Python itself no longer has.
const standard = `
argparse array ast asyncio base64 bdb binascii bisect bz2 cProfile calendar cmath cmd code codeop
collections colorsys compileall compression concurrent configparser contextlib contextvars copy
copyreg csv ctypes curses dataclasses datetime dbm decimal difflib dis doctest email ensurepip enum
fcntl filecmp fileinput fnmatch fractions ftplib functools getopt getpass gettext glob graphlib
grp gzip hashlib heapq hmac html http imaplib inspect ipaddress json keyword linecache locale
logging lzma mailbox math mimetypes mmap modulefinder multiprocessing netrc numbers opcode operator
optparse pathlib pdb pickle pickletools pkgutil platform plistlib poplib pprint profile pstats pty
py_compile pyclbr pydoc pyexpat queue quopri random re readline reprlib resource rlcompleter runpy
sched secrets select selectors shelve shlex shutil signal smtplib socket socketserver sqlite3 ssl
statistics string stringprep struct subprocess symtable sysconfig syslog tabnanny tarfile tempfile
termios textwrap threading timeit tkinter token tokenize tomllib trace traceback tracemalloc tty
turtle types typing unicodedata unittest urllib uuid venv warnings wave weakref webbrowser wsgiref
xml xmlrpc zipapp zipfile zlib zoneinfo`

// Standard tells whether a module of Python's own library has this name and is hidden by a
// file of that name beside the program.
func Standard(module string) bool {
	return slices.Contains(strings.Fields(standard), module)
}
