"""What a customer's reply says about whether they want to hear from us.

A word that means "no more" means it only alone: "Stop by at 5?" is a question. What comes near
("please stop", "unsubscribe me pls") decides nothing by itself and is shown to a person.
"""

import re
import unicodedata
from difflib import SequenceMatcher
from enum import StrEnum


class Meaning(StrEnum):
    """The values of `InboundMessage.Meant`."""

    NOTHING = ""
    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    HELP = "help"
    NEAR_OPT_OUT = "near_opt_out"


#: The words that carriers and providers agree on; the last two are French and Spanish.
OPT_OUT = frozenset(
    {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke"}
    | {"optout", "opt out", "arret", "baja"}
)
OPT_IN = frozenset({"start", "yes", "unstop"})
HELP = frozenset({"help", "info"})

#: Nobody who wants no more messages says it at greater length than this.
_LONGEST = 400
_ALIKE = 0.85


def meaning(text: str) -> Meaning:
    said = _plain(text)
    if said in OPT_OUT:
        return Meaning.OPT_OUT
    if said in OPT_IN:
        return Meaning.OPT_IN
    if said in HELP:
        return Meaning.HELP
    return Meaning.NEAR_OPT_OUT if _is_near(said) else Meaning.NOTHING


def _plain(text: str) -> str:
    """Lower case without accents, punctuation and emoji: single spaces between words."""
    folded = unicodedata.normalize("NFKD", text[:_LONGEST]).casefold()
    kept = (_letter(character) for character in folded)
    return " ".join("".join(kept).split())


def _letter(character: str) -> str:
    if character in "'’`" or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return ""
    return character if character.isalnum() else " "


def _is_near(said: str) -> bool:
    rest = " ".join(word for word in said.split() if word not in _COURTESY)
    return (
        rest in OPT_OUT | _NEAR_WORDS
        or _misspelt(rest)
        or any(phrase.search(said) for phrase in _PHRASES)
    )


def _misspelt(word: str) -> bool:
    """Only of long words: "shop" is no slip for "stop"."""
    if " " in word or len(word) < 7:
        return False
    return any(
        SequenceMatcher(a=word, b=meant).ratio() >= _ALIKE for meant in ("unsubscribe", "stopall")
    )


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# English, Spanish, French, German, Portuguese, Italian.
_COURTESY = _words("""
    please pls plz thanks thank thx you u now ok okay hi hello hey just the it all me sms text texts
    por favor gracias hola ya ahora todo todos
    merci svp sil vous te plait bonjour maintenant tout
    bitte danke hallo jetzt alles
    obrigado obrigada ola agora tudo
    grazie per favore ciao adesso tutto
""")

#: Alone, or among courtesies. The first line are slips of the finger.
_NEAR_WORDS = _words("""
    stpo sotp stopp stp stoop tsop stopit stopped stops
    remove delete unsub unsubscribed leave spam enough
    alto parar pare para paren basta cancelar cancela salir bajar eliminar
    arreter arretez arrete stopper desabonner desinscrire
    abmelden abbestellen aufhoren austragen halt ende kundigen loschen
    sair parem descadastrar remover
    disiscrivimi disiscrizione cancellami fermati annulla
""") | {"s t o p"}

#: Anywhere in what is said, one to a line.
_PHRASES = tuple(
    re.compile(rf"\b(?:{line.strip()})")
    for line in r"""
    stop (all|these|this|those|it|that|me|now|please|sms|texts?|whatsapps?)\b
    stop (sending|texting|messag\w+|writing|contacting|calling|bothering|spamming)\b
    (please|pls|plz|just|must|to|u|you|and) stop$
    unsub|opt(ing|ed)? ?out\b
    (take|remove|delete) (me|my number|this number)\b
    no more (text|messag|sms|whatsapp|spam|of these|of this)
    (dont|do not|never|not) (text|message|contact|write|send|sms|whatsapp|spam)\b
    (dont|do not) want (to (get|receive|hear)|any|these|this|more|your)\b
    leave me alone\b|not interested\b
    (dar\w*|doy|deme|denme) de baja\b|baja\b.{0,20}\b(lista|mensajes|sms|whatsapp)\b
    no (me )?(escrib|envi|mand)\w|no quiero (mas|recibir|que me)\b|no mas mensajes\b
    (deja|deje|dejen|dejad) de (escrib|envi|mand|molest)
    ne (m|me|nous) ?(ecri|envo|contact)|plus de (message|sms|texto)|ne veux plus\b
    desabonn|desinscri|arrete[rz]? (de|les|vos|ces)\b
    keine? (weitere\w* |mehr )?(nachricht|sms|whatsapp|werbung)|nachrichten mehr\b
    (nicht|nichts|nie) mehr (schreib|schick|send|kontakt)|horen sie auf\b|hor auf\b
    nao (me )?(mand|envi|escrev)\w|nao quero (mais|receber)\b|parem? de (mand|envi)
    non (mi )?(scriv|mand|invi|contatt)\w|non voglio (piu|ricevere)\b|disiscri
    """.strip().splitlines()
)
