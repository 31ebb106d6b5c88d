from typing import Any

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
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=8,
)
_FIELDS = (
    "messages",
    "user_preferences",
    "account_update",
    "account_review_update",
    "message_template_status_update",
    "template_category_update",
)
#: What makes something be read at all; then one thing about it is anything.
_WHOLE = {"id": "wamid.1", "from": "34600111222", "wa_id": "34600111222", "timestamp": "1750000000"}
_KINDS = ("text", "image", "system", "interactive", "reaction", "order", "contacts", "edit")
_ODD = st.one_of(
    st.builds(lambda odd: {"type": odd, "status": odd, "value": odd, "event": odd}, _ANYTHING),
    st.builds(lambda kind, odd: {"type": kind, kind: odd}, st.sampled_from(_KINDS), _ANYTHING),
    st.builds(lambda odd: {"status": "failed", "errors": [odd, {"code": odd}]}, _ANYTHING),
    st.builds(
        lambda odd: {"value": "stop", "category": "marketing_messages"} | odd,
        st.dictionaries(_KEYS, _ANYTHING, max_size=3),
    ),
    st.builds(lambda key, odd: {key: odd}, _KEYS, _ANYTHING),
    st.dictionaries(_KEYS, _ANYTHING, max_size=5),
)


@settings(deadline=None)
@given(_ODD, _ANYTHING)
def test_whatever_a_change_holds_it_is_read(odd: dict[str, Any], anything: Any) -> None:
    listed = [_WHOLE | odd, odd, anything]
    for whole in (listed, anything):
        parts = {"messages": whole, "statuses": whole, "user_preferences": whole}
        value = odd | of_number(NUMBER, contacts=whole, **parts)
        for field in _FIELDS:
            for event in changed(field, value):
                repr(event).encode()


@settings(deadline=None)
@given(_ANYTHING)
def test_whatever_a_body_holds_it_is_read_or_unreadable(anything: object) -> None:
    for body in (anything, {"object": "whatsapp_business_account", "entry": anything}):
        try:
            read(body)
        except UnreadableError:
            continue
