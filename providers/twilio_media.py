"""Files that came with a message: kept at Twilio's API, which points to a store of its own."""

import re

from yarl import URL

from providers.callbacks import InboundMedia, Media
from providers.errors import LookupFailedError
from providers.http import Answer, Http
from providers.twilio_account import BASE_URL, Account

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: Twilio's own servers, and Amazon's S3 for what is older.
_STORE = re.compile(r"([\w-]+\.)*twiliocdn\.com|([\w-]+\.)*s3[\w.-]*\.amazonaws\.com")


async def fetch(http: Http, account: Account, media: InboundMedia, *, at_most: int) -> Media:
    """One redirect is followed, to a known store and without the account's key.

    Raises LookupFailedError.
    """
    url = _at_twilio(media.reference, account)
    answer = await http.request("GET", str(url), longest=at_most, trusted=True)
    if isinstance(answer, Answer) and answer.status in _REDIRECTS:
        store = _in_store(url, answer.headers.get("location", ""), account)
        answer = await http.request("GET", str(store), longest=at_most)
    if not isinstance(answer, Answer):
        raise LookupFailedError(answer.why)
    if answer.status != 200:
        raise LookupFailedError(f"HTTP {answer.status}")
    return Media(
        content=answer.body,
        content_type=media.content_type or answer.headers.get("content-type", ""),
        file_name=media.file_name,
    )


def _at_twilio(reference: str, account: Account) -> URL:
    """The account's key goes to no other server than Twilio's."""
    url = _url(reference)
    ours = {URL(account.base_url).origin(), URL(BASE_URL)}
    if url.origin() not in ours or not url.path.startswith("/2010-04-01/Accounts/"):
        raise LookupFailedError("the file is not at Twilio")
    return url


def _in_store(url: URL, location: str, account: Account) -> URL:
    store = _url(str(url.join(_relative(location))))
    in_store = store.scheme == "https" and _STORE.fullmatch(store.host or "")
    if not in_store and store.host != URL(account.base_url).host:
        raise LookupFailedError("the file is not in Twilio's store")
    return store


def _relative(location: str) -> URL:
    try:
        return URL(location, encoded=True)
    except ValueError as error:
        raise LookupFailedError("Twilio points nowhere") from error


def _url(text: str) -> URL:
    try:
        url = URL(text, encoded=True)
        url.origin()
    except ValueError as error:
        raise LookupFailedError("this is not an address") from error
    return url
