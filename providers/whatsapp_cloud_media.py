"""Files to and from Meta. A file is at Meta before the message that shows it is sent."""

import asyncio
import base64
import hashlib
import re
from io import BufferedReader
from pathlib import PurePath

import aiohttp
from yarl import URL

from providers.base import Attachment, NotSent, Refused, Uncertain
from providers.callbacks import InboundMedia, Media
from providers.errors import ErrorKind, LookupFailedError
from providers.http import Answer, Http
from providers.untrusted import mapping, text
from providers.whatsapp_cloud_errors import error_of, outcome_of_error
from providers.whatsapp_cloud_requests import LARGEST_DOCUMENT, Shown, media_kind

#: 16 MB over a shop's line.
WITHIN_S = 75.0
#: Besides the account's own server, who may be asked for a file with the account's token.
MEDIA_HOSTS = frozenset({"lookaside.fbsbx.com", "lookaside.facebook.com"})

_MEDIA_ID = re.compile(r"[A-Za-z0-9_-]{1,200}")


async def shown(http: Http, path: str, file: Attachment) -> Shown | NotSent | Refused:
    """Where Meta finds the file: at its own address, or at Meta once it is there."""
    try:
        size = (await asyncio.to_thread(file.path.stat)).st_size
    except OSError as error:
        return _unreadable(error)
    if size > LARGEST_DOCUMENT:
        return Refused(code="", reason="the file is larger than 100 MB", kind=ErrorKind.CONTENT)
    place = {"link": file.url} if file.url else await _uploaded(http, path, file)
    if not isinstance(place, dict):
        return place
    kind = media_kind(file.content_type, size)
    return Shown(kind=kind, place=place, file_name=file.file_name)


async def _uploaded(http: Http, path: str, file: Attachment) -> dict[str, str] | NotSent | Refused:
    """No message has gone, whatever becomes of it."""
    try:
        opened = await asyncio.to_thread(file.path.open, "rb")
    except OSError as error:
        return _unreadable(error)
    with opened:
        answer = await http.request("POST", path, data=_form(file, opened), within_s=WITHIN_S)
    if not isinstance(answer, Answer):
        return _not_sent(answer)
    media_id = text(mapping(answer.json).get("id")) if answer.status < 300 else ""
    return {"id": media_id} if media_id else _not_sent(outcome_of_error(answer))


def _form(file: Attachment, opened: BufferedReader) -> aiohttp.FormData:
    """The name people see goes with the message; this one must only survive a header."""
    suffix = PurePath(file.file_name).suffix
    name = f"file{suffix}" if suffix[1:].isalnum() and suffix.isascii() else "file"
    form = aiohttp.FormData({"messaging_product": "whatsapp", "type": file.content_type})
    form.add_field("file", opened, content_type=file.content_type, filename=name)
    return form


async def download(http: Http, path: str, media: InboundMedia, *, at_most: int) -> Media:
    """Its address is asked for first, and is good for five minutes. Raises LookupFailedError."""
    if not _MEDIA_ID.fullmatch(media.reference):
        raise LookupFailedError("this is no id of a file")
    told = mapping(_found(await http.request("GET", f"{path}/{media.reference}")).json)
    if _size(told.get("file_size")) > at_most:
        raise LookupFailedError("the file is too large")
    address = text(told.get("url"))
    if not _may_have_the_token(address, http.base_url):
        raise LookupFailedError("Meta names a server that is not its own")
    answer = await http.request("GET", address, longest=at_most, within_s=WITHIN_S, trusted=True)
    content = _found(answer).body
    if not _is_intact(content, text(told.get("sha256"))):
        raise LookupFailedError("the file is not what was sent")
    return Media(
        content=content,
        content_type=text(told.get("mime_type")) or media.content_type,
        file_name=media.file_name,
    )


def _not_sent(outcome: Refused | NotSent | Uncertain) -> NotSent | Refused:
    if isinstance(outcome, Uncertain):
        return NotSent(why=outcome.why, code=outcome.code)
    return outcome


def _unreadable(error: OSError) -> Refused:
    return Refused(code="", reason=f"the file: {error.strerror}", kind=ErrorKind.CONTENT)


def _found(answer: Answer | NotSent | Uncertain) -> Answer:
    if not isinstance(answer, Answer):
        raise LookupFailedError(answer.why)
    if answer.status != 200:
        raise LookupFailedError(error_of(answer).words)
    return answer


def _may_have_the_token(address: str, base_url: str) -> bool:
    """The token opens the whole account: it goes to the account's server and to Meta's own."""
    try:
        url = URL(address)
        is_ours = url.origin() == URL(base_url).origin()
    except ValueError:
        return False
    return is_ours or (url.scheme == "https" and url.host in MEDIA_HOSTS and url.port == 443)


def _size(value: object) -> int:
    """Meta says it as a number or as text."""
    told = text(value)
    return int(told) if told.isascii() and told.isdigit() and len(told) < 16 else 0


def _is_intact(content: bytes, sha256: str) -> bool:
    """Meta writes the digest in hex here and in base64 there; where it says none, all is well."""
    digest = hashlib.sha256(content).digest()
    return sha256 in {"", digest.hex(), base64.b64encode(digest).decode()}
