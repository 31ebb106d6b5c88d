"""The forms in which Meta is told files and tells errors."""

import email.parser
import email.policy
from collections.abc import Mapping
from typing import Any

#: By HTTP status, the code that Meta usually says with it.
USUAL_CODES = {400: 100, 401: 190, 403: 10, 404: 100, 429: 130429, 500: 131000, 503: 131016}
#: By code, the HTTP status where it is not 400.
STATUSES = {1: 500, 2: 500, 3: 500, 10: 403, 190: 401, 200: 403, 368: 403, 613: 429} | {
    130429: 429,
    131000: 500,
    131016: 503,
}


def form_parts(content_type: str, body: bytes) -> dict[str, Any]:
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
    return {
        str(part.get_param("name", header="content-disposition")): part
        for part in message.iter_parts()  # type: ignore[attr-defined]
    }


def text_of(parts: Mapping[str, Any], name: str) -> str:
    return parts[name].get_payload(decode=True).decode() if name in parts else ""
