"""What to call a person whose whole name is all we have."""

import re
import unicodedata
from functools import lru_cache


@lru_cache(maxsize=8192)
def first_name(full: str) -> str:
    """The name a message would greet them by; the whole where no part of it can be told to be it.

    "Dr. Ana Maria" → Ana, "O'Neill, Zoë" → Zoë, "Mr Patel" → Mr Patel, "Acme Ltd" → Acme Ltd.
    """
    name = " ".join(full.split())
    if is_company(name) or _family_name_first(name):
        return name
    words = _given_then_family(name).split()
    given = [word for word in words if _bare(word) not in _TITLES]
    only_family = len(given) < len(words) and len(given) == 1
    if not given or only_family or _is_initial(given[0]):
        return " ".join(words) or name
    return given[0].strip(",;")


def is_company(name: str) -> bool:
    words = [_bare(word) for word in name.split()]
    return len(words) > 1 and (
        words[-1] in _COMPANY_ENDINGS or not _COMPANY_WORDS.isdisjoint(words)
    )


def _given_then_family(name: str) -> str:
    """ "Smith, John" turned round, but not "John Smith, Jr."."""
    family, _, given = name.partition(",")
    if not given.strip() or _bare(given) in _SUFFIXES:
        return family
    return f"{given.strip()} {family}"


def _bare(word: str) -> str:
    return re.sub(r"[^\w&]", "", word).lower()


def _is_initial(word: str) -> bool:
    return len(_bare(word)) <= 1 or bool(re.fullmatch(r"(\w\.)+\w?", word))


def _family_name_first(name: str) -> bool:
    """Chinese, Japanese and Korean writing puts the family first and greets by the whole."""
    return any(unicodedata.name(c, "").startswith(_EAST_ASIAN) for c in name)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_EAST_ASIAN = ("CJK UNIFIED", "HIRAGANA", "KATAKANA", "HANGUL")

_TITLES = _words(
    "mr mrs ms miss mx dr prof professor doctor sir dame lord lady rev fr "
    "herr frau dipl ing mag "
    "m mme mlle monsieur madame me "
    "sr sra srta don doña dña señor señora señorita "
    "sig sigra signor signora dott dottssa dottoressa avv "
    "dra dona senhor senhora "
    "dhr mevr mw hr fru pan pani"
)

_SUFFIXES = _words("jr sr ii iii iv phd md esq dds mba")

_COMPANY_ENDINGS = _words(
    "ltd limited llc llp lp inc incorporated corp corporation co company plc pty gmbh ag kg ug ohg "
    "gbr ev bv nv vof sa sarl sas sasu eurl sl slu scl srl srls spa sc lda ltda eireli mei ab as "
    "asa aps oy oyj sp zoo sro doo dd kft zrt bt ooo zao ао ооо pvt bhd sdn kk"
)

_COMPANY_WORDS = _words("& gmbh ltd llc inc group holding holdings sons bros brothers")
