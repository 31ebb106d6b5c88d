"""Templates as Meta lists them."""

import zlib
from collections.abc import Mapping, Sequence
from typing import Any


def template(name: str, body: str, *others: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    example = changes.pop("example", None)
    text = {"type": "BODY", "text": body, **({"example": example} if example else {})}
    return {
        "id": f"9{zlib.crc32(name.encode()):014}",
        "name": name,
        "language": "en_US",
        "category": "UTILITY",
        "status": "APPROVED",
        "parameter_format": "POSITIONAL",
        "components": [text, *others],
        **changes,
    }


TEMPLATES: Sequence[Mapping[str, Any]] = (
    template(
        "appointment_reminder",
        "Hi {{1}}, we expect you at {{2}}.",
        {"type": "FOOTER", "text": "Salon Zoë"},
        example={"body_text": [["Zoë", "9:00"]]},
    ),
    template(
        "receipt_ready",
        "Hi {{1}}, here is your receipt.",
        {"type": "HEADER", "format": "DOCUMENT", "example": {"header_handle": ["https://…"]}},
        example={"body_text": [["Zoë"]]},
    ),
    template(
        "order_shipped",
        "Your order {{order}} is on its way, {{first_name}}. {{order}}!",
        {
            "type": "HEADER",
            "format": "TEXT",
            "text": "For {{first_name}}",
            "example": {
                "header_text_named_params": [{"param_name": "first_name", "example": "Zoë"}]
            },
        },
        {
            "type": "BUTTONS",
            "buttons": [
                {"type": "QUICK_REPLY", "text": "Thanks"},
                {
                    "type": "URL",
                    "text": "Follow it",
                    "url": "https://example.com/o/{{1}}",
                    "example": ["https://example.com/o/A17"],
                },
            ],
        },
        parameter_format="NAMED",
        example={
            "body_text_named_params": [
                {"param_name": "order", "example": "A17"},
                {"param_name": "first_name", "example": "Zoë"},
            ]
        },
    ),
    template("coming_soon", "Hello", status="PENDING"),
    template("bad_words", "Hello", status="REJECTED", rejected_reason="INVALID_FORMAT"),
    template("too_many_reports", "Hello", status="PAUSED", rejected_reason="NONE"),
)
