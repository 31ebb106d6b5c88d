from typing import Any

import pytest

from providers.callbacks import Inbound, InboundMedia, Keyword, NumberChange
from tests.providers.whatsapp_cloud_callbacks import (
    AT,
    NOW,
    NUMBER,
    ZOE,
    changed,
    told,
)
from tests.stand_ins.whatsapp_cloud_webhooks import media_message, of_number, text_message


def written(**message: Any) -> Inbound:
    person = {"profile": {"name": "Zoë"}, "wa_id": "34600111222", "user_id": "ES.134"}
    base = {"from": "34600111222", "id": "wamid.in", "timestamp": "1750000000"}
    [event] = told(contacts=[person], messages=[base | message])
    assert isinstance(event, Inbound)
    return event


def test_a_text_says_who_wrote_what_to_whom() -> None:
    context = {"from": "15550783881", "id": "wamid.ours"}
    assert written(type="text", text={"body": "Yes, see you"}, context=context) == Inbound(
        provider_message_id="wamid.in",
        sender=ZOE,
        sender_id="ES.134",
        sender_name="Zoë",
        to="+15550783881",
        at=AT,
        text="Yes, see you",
        kind="text",
        answers="wamid.ours",
    )


@pytest.mark.parametrize(
    ("message", "kind", "text"),
    [
        ({"type": "button", "button": {"text": "Confirm", "payload": "p"}}, "button", "Confirm"),
        (
            {
                "type": "interactive",
                "interactive": {"type": "list_reply", "list_reply": {"title": "9:00"}},
            },
            "button",
            "9:00",
        ),
        (
            {
                "type": "interactive",
                "interactive": {"type": "nfm_reply", "nfm_reply": {"body": "Sent"}},
            },
            "button",
            "Sent",
        ),
        ({"type": "reaction", "reaction": {"message_id": "w", "emoji": "👍"}}, "reaction", "👍"),
        ({"type": "reaction", "reaction": {"message_id": "w"}}, "reaction", ""),
        (
            {"type": "location", "location": {"latitude": 1.5, "longitude": -2, "name": "Here"}},
            "location",
            "Here\n1.500000, -2.000000",
        ),
        (
            {
                "type": "contacts",
                "contacts": [
                    {"name": {"formatted_name": "Ravi"}, "phones": [{"phone": "+44 20 7946 0000"}]}
                ],
            },
            "contacts",
            "Ravi · +44 20 7946 0000",
        ),
        (
            {
                "type": "order",
                "order": {
                    "text": "Please",
                    "product_items": [
                        {
                            "product_retailer_id": "SODA",
                            "quantity": 2,
                            "item_price": 1.5,
                            "currency": "EUR",
                        }
                    ],
                },
            },
            "other",
            "Please\n2 × SODA · 1.5 EUR",
        ),
        ({"type": "unsupported", "errors": [{"code": 131051}]}, "other", ""),
        ({"type": "something_new"}, "other", ""),
        (
            {"type": "edit", "edit": {"message": {"type": "text", "text": {"body": "10:00"}}}},
            "text",
            "10:00",
        ),
    ],
)
def test_every_form_of_a_message_is_put_into_words(
    message: dict[str, Any], kind: str, text: str
) -> None:
    found = written(**message)
    assert (found.kind, found.text) == (kind, text)


def test_a_reaction_answers_what_it_is_about() -> None:
    assert written(type="reaction", reaction={"message_id": "wamid.o", "emoji": "👍"}).answers == (
        "wamid.o"
    )


@pytest.mark.parametrize(
    ("sent_as", "kind"),
    [
        ("image", "image"),
        ("video", "video"),
        ("audio", "audio"),
        ("voice", "audio"),
        ("document", "document"),
        ("sticker", "sticker"),
    ],
)
def test_a_file_can_be_fetched_later(sent_as: str, kind: str) -> None:
    file = {"id": "77", "mime_type": "a/b", "filename": "f.x", "caption": "Look", "sha256": "x"}
    found = written(**{"type": sent_as, sent_as: file})
    assert (found.kind, found.text) == (kind, "Look")
    assert found.media == (InboundMedia(reference="77", content_type="a/b", file_name="f.x"),)


def test_a_file_without_an_id_is_only_words() -> None:
    message = media_message(ZOE, "", message_id="m")
    [event] = told(messages=[message])
    assert isinstance(event, Inbound)
    assert event.media == ()


def test_who_has_no_number_is_known_by_an_id() -> None:
    person = {"profile": {"name": "Zoë", "username": "zoe"}, "user_id": "ES.134"}
    message = {
        "from_user_id": "ES.134",
        "id": "wamid.in",
        "timestamp": "1750000000",
        "type": "text",
        "text": {"body": "Hi"},
    }
    [event] = told(contacts=[person, {"user_id": "FR.2"}], messages=[message])
    assert isinstance(event, Inbound)
    assert (event.sender, event.sender_id, event.sender_name) == ("", "ES.134", "Zoë")


@pytest.mark.parametrize("kind", ["system", "request_welcome", "revoke"])
def test_what_nobody_wrote_is_no_message(kind: str) -> None:
    base = {"from": "34600111222", "id": "wamid.in", "timestamp": "1750000000"}
    assert told(messages=[base | {"type": kind}]) == []


def test_what_the_shop_itself_wrote_on_its_phone_is_no_message() -> None:
    value = of_number(NUMBER, message_echoes=[text_message(ZOE, "Hi", message_id="m")])
    assert changed("smb_message_echoes", value) == []


def test_a_new_number_is_told() -> None:
    system = {"type": "user_changed_number", "wa_id": "34600999888", "body": "Zoë changed"}
    message = {"from": "34600111222", "id": "m", "timestamp": "1750000000", "type": "system"}
    assert told(messages=[message | {"system": system}]) == [
        NumberChange(old=ZOE, new="+34600999888", at=AT)
    ]
    assert told(messages=[message | {"system": system | {"wa_id": "?"}}]) == []


@pytest.mark.parametrize(
    ("value", "keyword"), [("stop", Keyword.OPT_OUT), ("resume", Keyword.OPT_IN)]
)
def test_a_wish_about_marketing_is_told_once_and_the_same_each_time(
    value: str, keyword: Keyword
) -> None:
    wish = {
        "wa_id": "34600111222",
        "category": "marketing_messages",
        "value": value,
        "detail": "User asked",
        "timestamp": 1750000000,
    }
    payload = of_number(NUMBER, user_preferences=[wish])
    [event] = changed("user_preferences", payload)
    assert isinstance(event, Inbound)
    assert (event.sender, event.keyword, event.at) == (ZOE, keyword, AT)
    assert changed("user_preferences", payload) == [event]
    other = of_number(NUMBER, user_preferences=[wish | {"category": "something_else"}])
    assert changed("user_preferences", other) == []


@pytest.mark.parametrize("timestamp", [None, "", "soon", -1, 10**20, "1" * 500, [], "١٢٣"])
def test_without_a_moment_it_is_now(timestamp: object) -> None:
    assert written(type="text", text={"body": "Hi"}, timestamp=timestamp).at == NOW


def test_characters_no_database_takes_are_left_out() -> None:
    assert written(type="text", text={"body": "a\0b\ud83dc"}).text == "ab?c"
