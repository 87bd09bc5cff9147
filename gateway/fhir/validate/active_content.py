"""Find attributes of a narrative that could run something when a page shows it.

Browsers ignore control characters, blanks and the case of an address, and resolve the escapes of CSS in a style; so
does this check. https://url.spec.whatwg.org/#concept-basic-url-parser
"""

import html
import re
import unicodedata

_ADDRESSES = frozenset(
    """action background cite classid codebase data dynsrc formaction href icon longdesc lowsrc manifest ping poster
    profile src srcset usemap base""".split()  # noqa: SIM905
)
_SCRIPT = re.compile(r"(?:javascript|vbscript|livescript|mocha|jar|view-source):")
_DATA = re.compile(r"data:(?!image/(?:png|jpe?g|gif|webp|bmp|x-icon)[;,])")
_SVG_IMAGE = re.compile(r"data:image/svg\+xml[;,]")
_CSS_ESCAPE = re.compile(r"\\(?:([0-9a-f]{1,6})\s?|(.))", re.IGNORECASE | re.DOTALL)
_CSS_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)  # without an end, up to the last character
_CSS_ACTIVE = re.compile(r"expression\(|-moz-binding|(?<![a-z-])behaviou?r:|@import")
_CSS_SUSPICIOUS = re.compile(r"[\\&]|/\*|url|expression|binding|behavi|import", re.IGNORECASE)
_CSS_PICTURE = re.compile(r"url\(['\"]?data:image/(?:png|jpe?g|gif|webp|bmp);base64,[A-Za-z0-9+/=]*['\"]?\)")
_CSS_ADDRESS = re.compile(r"url\(['\"]?([^)]*)")

_BEGINNING, _MAX_STYLE = 4_000, 20_000
"""Characters of an address that are read to find its scheme; of the longest style that is not refused unread."""


def attribute_fault(name: str, value: str) -> str | None:
    """Return what is wrong with an attribute, None if it is harmless. `name` may begin with a namespace and a blank."""
    local = name.rpartition(" ")[2].lower()
    if local.startswith("on"):
        return f"holds a script in the attribute {local}"
    if local == "style" and _is_active_style(value):
        return "holds active content in the attribute style"
    if local in _ADDRESSES and _is_active_address(value, image=local == "src"):
        return f"holds active content in the attribute {local}"
    return None


def _is_active_address(value: str, *, image: bool) -> bool:
    """Return whether an address may run something. An SVG image runs nothing inside `img`, but does behind a link."""
    beginning = value[:_BEGINNING]
    for address in (_plain(beginning), _plain(html.unescape(beginning))):  # a page may unescape it again
        if len(address) < 64 and len(value) > _BEGINNING:
            return True  # nobody needs thousands of blanks, but they could hide a scheme
        if image and _SVG_IMAGE.match(address):
            continue
        if _SCRIPT.match(address) or _DATA.match(address):
            return True
    return False


def _is_active_style(value: str) -> bool:
    value = _CSS_PICTURE.sub("", value)
    if not _CSS_SUSPICIOUS.search(value):
        return False
    if len(value) > _MAX_STYLE:
        return True
    style = _plain(_CSS_ESCAPE.sub(_css_character, _CSS_COMMENT.sub("", html.unescape(value))))
    if _CSS_ACTIVE.search(style):
        return True
    return any(_is_active_address(address, image=True) for address in _CSS_ADDRESS.findall(style))


def _css_character(escape: re.Match[str]) -> str:
    code = int(escape[1], 16) if escape[1] else 0
    return escape[2] or (chr(code) if 0 < code < 0x110000 else "")


def _plain(value: str) -> str:
    """Return `value` in lower case, without blanks and invisible characters."""
    return "".join(sign for sign in value if not unicodedata.category(sign).startswith(("C", "Z"))).lower()
