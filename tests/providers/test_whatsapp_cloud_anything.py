import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.errors import UnreadableError
from tests.providers.whatsapp_cloud_callbacks import NOW, NUMBER, changed, meta, posted, read
from tests.stand_ins.whatsapp_cloud_webhooks import of_number


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff", b"null", b"[]", b"3", b"{}", b'{"entry": {}}', b"[" * 100_000, b"{" * 100_000],
)
def test_what_meta_would_not_say_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableError):
        meta.read(posted(body), NOW)


def test_another_of_meta_s_products_is_not_ours() -> None:
    assert read({"object": "page", "entry": [{"changes": []}]}) == []


_KEYS = (
    st.sampled_from(["type", "text", "body", "from", "id", "timestamp", "system", "wa_id", "value"])
    | st.sampled_from(["interactive", "button_reply", "title", "image", "errors", "code", "name"])
    | st.sampled_from(["error_data", "details", "context", "reaction", "emoji", "contacts"])
    | st.sampled_from(["profile", "user_id", "order", "product_items", "edit", "message", "event"])
    | st.sampled_from(["location", "latitude", "status", "ban_info", "category"])
)
_WORDS = st.sampled_from(
    ["text", "image", "system", "user_changed_number", "interactive", "reaction", "order", "1"]
) | st.sampled_from(
    ["edit", "failed", "sent", "stop", "marketing_messages", "contacts", "location", "DISABLE"]
)
_LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | _WORDS
_ANYTHING = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=6),
    max_leaves=20,
)
_LISTS = st.lists(st.dictionaries(_KEYS, _ANYTHING, max_size=8), max_size=3) | _ANYTHING
_FIELDS = st.sampled_from(
    ["messages", "user_preferences", "account_update", "account_review_update"]
) | st.sampled_from(["message_template_status_update", "template_category_update"])


@settings(deadline=None)
@given(_FIELDS, _LISTS, _LISTS, _LISTS, _LISTS)
def test_whatever_a_change_holds_it_is_read(
    field: str, messages: object, statuses: object, contacts: object, wishes: object
) -> None:
    value = of_number(
        NUMBER, messages=messages, statuses=statuses, contacts=contacts, user_preferences=wishes
    )
    more = messages if isinstance(messages, dict) else {}
    for event in changed(field, more | value):
        repr(event).encode()


@settings(deadline=None)
@given(_ANYTHING)
def test_whatever_a_body_holds_it_is_read_or_unreadable(anything: object) -> None:
    for body in (anything, {"object": "whatsapp_business_account", "entry": anything}):
        try:
            read(body)
        except UnreadableError:
            continue
