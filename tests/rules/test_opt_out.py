import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.opt_out import OPT_OUT, Meaning, meaning
from tests.shared_folder import Vector, vectors


def told(vector: Vector) -> tuple[str, str]:
    """What was written, and what it is expected to mean."""
    content = vector.content
    if form := content.get("form"):
        return form["Body"], content["expect"]
    message = content["payload"]["entry"][0]["changes"][0]["value"]["messages"][0]
    return message["text"]["body"], content["expect"]


@pytest.mark.parametrize(
    "vector", [*vectors("meta", "inbound_keyword_*"), *vectors("twilio", "inbound_keyword_*")]
)
def test_words_mean_what_the_vectors_say(vector: Vector) -> None:
    text, expected = told(vector)
    assert meaning(text) == {"none": ""}.get(expected, expected)


@pytest.mark.parametrize("word", sorted(OPT_OUT))
@pytest.mark.parametrize("written", ["{}", "  {}\n", "{}.", "“{}!!”", "{} 🛑", "*{}*"])
def test_a_word_alone_opts_out_however_it_is_written(word: str, written: str) -> None:
    for way in (str.upper, str.title, str.lower):
        assert meaning(written.format(way(word))) is Meaning.OPT_OUT


@pytest.mark.parametrize("text", ["opt-out", "Opt out.", "ARRÊT", "stop\u200b", "ＳＴＯＰ"])
def test_other_ways_to_write_the_same_word(text: str) -> None:
    assert meaning(text) is Meaning.OPT_OUT


@pytest.mark.parametrize("text", ["START", "yes", "Unstop!"])
def test_words_that_ask_to_hear_again(text: str) -> None:
    assert meaning(text) is Meaning.OPT_IN


@pytest.mark.parametrize("text", ["HELP", "info?"])
def test_words_that_ask_for_help(text: str) -> None:
    assert meaning(text) is Meaning.HELP


@pytest.mark.parametrize(
    "text",
    [
        "please stop",
        "STOP PLEASE!!",
        "Stop texting me",
        "unsubscribe me pls",
        "can you unsubscribe this number",
        "Please don't send me these messages",
        "take me off the list",
        "no more texts",
        "remove me",
        "stpo",
        "S.T.O.P.",
        "unsuscribe",
        "not interested, thanks",
        "ALTO",
        "darme de baja por favor",
        "No me escriban más",
        "no quiero recibir mensajes",
        "dejen de enviarme esto",
        "arrêtez",
        "Ne m'écrivez plus svp",
        "me désabonner",
        "je ne veux plus de vos messages",
        "bitte abmelden",
        "Keine Nachrichten mehr",
        "Bitte nicht mehr schreiben",
        "Hören Sie auf",
        "sair",
        "não quero mais receber",
        "Não me mande mensagens",
        "non scrivetemi più",
    ],
)
def test_what_comes_near_goes_to_a_person(text: str) -> None:
    assert meaning(text) is Meaning.NEAR_OPT_OUT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "👍",
        "Stop by at 5pm?",
        "The bus stop is right outside",
        "I'll stop over on Friday",
        "Can I cancel my appointment on Tuesday?",
        "At the end of the week",
        "yes please",
        "Please help me find your shop",
        "shop",
        "no",
        "Gracias, hasta mañana",
        "Don't worry, see you at nine",
        "Please send more information",
        "¿Queda más alto el precio?",
        "Ende der Woche passt mir gut",
        "Merci, à demain",
    ],
)
def test_a_message_is_only_a_message(text: str) -> None:
    assert meaning(text) is Meaning.NOTHING


@given(st.text(max_size=600))
@settings(deadline=None)
def test_whatever_is_written_means_one_of_these(text: str) -> None:
    assert meaning(text) in Meaning
