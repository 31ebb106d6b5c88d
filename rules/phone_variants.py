"""The same telephone under the other number it is known by.

Three countries have changed how their mobiles are written, and WhatsApp's name for a person is
whichever way was right when they joined: `5511…` with or without the ninth digit in Brazil, `521…`
or `52…` in Mexico, `549…` or `54…` in Argentina. All of them ring the same phone.
"""

import re


def number_variants(e164: str) -> tuple[str, ...]:
    """Every E.164 form it may be known by, the given one first; in most countries no other."""
    others = (re.sub(form, other, e164) for form, other in _FORMS if re.fullmatch(form, e164))
    return (e164, *others)


_FORMS = (
    # Brazil: mobiles of eight digits began with 6 to 9 and were given a 9 in front. What begins
    # with 2 to 5 is a landline, and somebody else's.
    (r"(\+55[1-9][0-9])9([6-9][0-9]{7})", r"\1\2"),
    (r"(\+55[1-9][0-9])([6-9][0-9]{7})", r"\g<1>9\2"),
    # Mexico: the 1 for mobiles was abolished in 2019. No area code begins with it.
    (r"\+521([2-9][0-9]{9})", r"+52\1"),
    (r"\+52([2-9][0-9]{9})", r"+521\1"),
    # Argentina: the 9 says that it is a mobile. No area code begins with it.
    (r"\+549([1-8][0-9]{9})", r"+54\1"),
    (r"\+54([1-8][0-9]{9})", r"+549\1"),
)
