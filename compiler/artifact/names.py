"""Names in C for what the user named in Python."""

from __future__ import annotations

import re

WORDS = """
auto break case char const continue default do double else enum extern float for goto if inline
int long register restrict return short signed sizeof static struct switch typedef union
unsigned void volatile while alignas alignof and and_eq asm bitand bitor bool catch char16_t
char32_t char8_t class co_await co_return co_yield compl concept const_cast consteval constexpr
constinit decltype delete dynamic_cast explicit export false friend mutable namespace new
noexcept not not_eq nullptr operator or or_eq private protected public reinterpret_cast requires
static_assert static_cast template this thread_local throw true try typeid typename using
virtual wchar_t xor xor_eq main NULL errno
"""
KEYWORDS = frozenset(WORDS.split())
"""What C99 and C++20 reserve, and words that headers define."""

MATH = """
acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh erf erfc exp exp2 expm1 fabs fdim
floor fma fmax fmin fmod frexp hypot ilogb ldexp lgamma llrint llround log log10 log1p log2 logb
lrint lround modf nan nearbyint nextafter pow remainder remquo rint round scalbn sin sinh sqrt tan
tanh tgamma trunc gamma j0 j1 jn y0 y1 yn significand drem
"""
OTHERS = """
abort abs accept access atexit atof atoi atol bind bsearch calloc clock close connect div dup
execve exit fclose feof ferror fflush fgetc fgets fopen fork fputc fputs fread free freopen
fscanf fseek ftell fwrite getc getchar getenv gets index isalnum isalpha isdigit isspace kill
labs ldiv link listen longjmp lseek malloc memchr memcmp memcpy memmove memset mktime open
perror pipe poll printf putc putchar puts qsort raise rand read realloc recv remove rename
rewind rindex scanf select send setjmp setlocale shutdown signal sleep snprintf socket sprintf
srand sscanf stat strcat strchr strcmp strcpy strlen strncmp strncpy strstr strtod strtol system
tee time tmpfile tolower toupper ungetc unlink usleep vprintf wait write
"""
LIBRARY = frozenset(n + end for n in MATH.split() for end in ("", "f", "l")) | set(OTHERS.split())
"""Functions of the C library and of POSIX: another of that name would stand in for them."""


class Names:
    """Gives each thing in one scope a C identifier of its own, close to its name."""

    def __init__(self, *taken: str) -> None:
        self._taken = set(taken)

    def take(self, name: str, default: str) -> str:
        """Return the identifier for a name; for '' the default's."""
        base = identifier(name or default)
        found, count = base, 2
        while found in self._taken:
            found, count = f"{base}_{count}", count + 1
        self._taken.add(found)
        return found


def identifier(name: str) -> str:
    """Return a name as a C identifier that neither C nor C++ reserves."""
    text = re.sub(r"[^0-9A-Za-z_]", "_", name)
    text = re.sub(r"_{2,}", "_", text).lstrip("_") or "x"
    if text[0].isdigit():
        text = f"x{text}"
    return f"{text}_" if text in KEYWORDS or text.lower().startswith("symc_") else text


def function_identifier(name: str) -> str:
    """Return a function's name as a C identifier that is not the C library's either."""
    found = identifier(name)
    return f"{found}_" if found in LIBRARY else found
