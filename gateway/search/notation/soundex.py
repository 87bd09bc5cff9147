"""Daitch-Mokotoff Soundex, codes for how names sound (https://www.jewishgen.org/infofiles/soundex.html).

It is made for spellings of different countries: Meier, Mayer and Meyer have one code, and so have Schmidt and Smith,
Catherine and Katherine. A letter that can sound in two ways gives a name two codes; names sound alike if they share
one.
"""

import re
from functools import lru_cache

_LENGTH = 6

# Letters, and their codes at the beginning of a name, before a vowel, and elsewhere; `|` separates several sounds.
_RULES = """
    schtsch schtsh schtch shtch shtsh stsch zhdzh shch stch strz strs stsh szcz szcs zdzh zdz sc: 2 4 4
    ttsch ttch tsch ttsz zsch csz czs drz drs dsh dsz dzh dzs sch tch trz trs tsh tts ttz tzs tsz zsh: 4 4 4
    cz cs ds dz sh sz ts tc tz zh zs s z: 4 4 4
    scht schd sht szt shd szd zhd st sd zd: 2 43 43
    chs ks x: 5 54 54
    ai aj ay ei ej ey oi oj oy ui uj uy ue: 0 1 -
    au: 0 7 -
    eu: 1 1 -
    ia ie io iu y: 1 - -
    a e i o u: 0 - -
    dt th d t: 3 3 3
    kh g k q: 5 5 5
    h: 5 5 -
    l: 8 8 8
    m n: 6 6 6
    mn nm: 66 66 66
    r: 9 9 9
    fb pf ph b f p v w: 7 7 7
    c ch: 4|5 4|5 4|5
    ck: 5|45 5|45 5|45
    rs rz: 4|94 4|94 4|94
    j: 1|4 -|4 -|4
"""


def _table() -> dict[str, tuple[tuple[str, ...], ...]]:
    table = {}
    for line in _RULES.strip().splitlines():
        letters, codes = line.split(":")
        sounds = tuple(tuple(sound.replace("-", "") for sound in code.split("|")) for code in codes.split())
        table.update(dict.fromkeys(letters.split(), sounds))
    return table


_SOUNDS = _table()
_LETTERS = re.compile("|".join(sorted(_SOUNDS, key=len, reverse=True)))
# Letters that fold does not take apart.
_LATIN = str.maketrans({"ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
_NAME = re.compile(r"[a-z]+")


@lru_cache(maxsize=65_536)
def codes(word: str) -> tuple[str, ...]:
    """Return the codes of one folded word, of six digits each; () if it has other than Latin letters."""
    latin = word.translate(_LATIN)
    if not _NAME.fullmatch(latin):
        return ()
    variants: dict[tuple[str, str], None] = {("", ""): None}  # the code so far, and the sound that was added last
    for letters in _LETTERS.finditer(latin):
        sounds = _SOUNDS[letters[0]][_place(latin, letters.start(), letters.end())]
        variants = {_with(code, last, sound): None for code, last in variants for sound in sounds}
    return tuple(dict.fromkeys(code[:_LENGTH].ljust(_LENGTH, "0") for code, _ in variants))


def _place(word: str, start: int, end: int) -> int:
    """Return which of the three codes counts."""
    return 0 if start == 0 else 1 if word[end : end + 1] in tuple("aeiou") else 2


def _with(code: str, last: str, sound: str) -> tuple[str, str]:
    """Add a sound to a code. Adjacent sounds of one code count once; m and n beside each other have their own rule."""
    return (code if len(code) >= _LENGTH or sound == last else code + sound), sound
