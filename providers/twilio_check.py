"""Whether a Twilio account can be used as it is set up, without sending anything."""

import base64
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from providers.accounts import Check, Problem
from providers.base import NotSent, Uncertain
from providers.http import Answer, Http, check_of
from providers.twilio_account import Account

_PROBLEMS: Mapping[int, Problem] = MappingProxyType(
    {
        401: Problem.CREDENTIALS,
        403: Problem.PERMISSION,
        404: Problem.NOT_FOUND,
        429: Problem.LIMITED,
    }
)
_FORBIDDEN = frozenset({401, 403})


async def check(http: Http, account: Account) -> Check:
    """The account itself with its own token, then the API key, then what is sent from.

    The token is tried even where an API key sends: without it no callback could be believed.
    """
    answer = await http.request("GET", account.path + ".json", headers=_own_token(account))
    if not isinstance(answer, Answer):
        return check_of(answer)
    record = _record(answer)
    if record.get("sid") != account.sid:
        setting = "account_sid" if answer.status == 404 else "auth_token"
        return _problem(answer, setting)
    name = str(record.get("friendly_name") or account.sid)
    if record.get("status") != "active":
        return Check(problem=Problem.SUSPENDED, words=str(record.get("status")), found=name)
    found_wrong = await _check_key(http, account) or await _check_sender(http, account)
    return found_wrong or Check(found=name)


async def _check_key(http: Http, account: Account) -> Check | None:
    if not account.has_api_key:
        return None
    answer = await http.request("GET", f"{account.path}/Messages.json", params={"PageSize": "1"})
    if not isinstance(answer, Answer):
        return check_of(answer)
    return None if answer.status == 200 else _problem(answer, "api_key_secret")


async def _check_sender(http: Http, account: Account) -> Check | None:
    """What the key may not look up (a restricted one) is taken as it was typed."""
    if account.service_sid:
        url = f"{account.messaging_base_url}/v1/Services/{account.service_sid}"
        answer = await http.request("GET", url, trusted=True)
        return _missing(answer, "messaging_service_sid", answer_has="sid")
    if account.sends_from_number:
        path = f"{account.path}/IncomingPhoneNumbers.json"
        answer = await http.request("GET", path, params={"PhoneNumber": account.sender})
        return _missing(answer, "from_number", answer_has="incoming_phone_numbers")
    return None


def _missing(
    answer: Answer | NotSent | Uncertain, setting: str, *, answer_has: str
) -> Check | None:
    if not isinstance(answer, Answer):
        return check_of(answer)
    if answer.status in _FORBIDDEN or _record(answer).get(answer_has):
        return None
    if answer.status in {200, 404}:
        return Check(problem=Problem.SENDER, setting=setting, code=_code(answer))
    return _problem(answer, setting)


def _own_token(account: Account) -> Mapping[str, str]:
    pair = f"{account.sid}:{account.auth_token}".encode()
    return {"Authorization": "Basic " + base64.b64encode(pair).decode()}


def _problem(answer: Answer, setting: str) -> Check:
    problem = _PROBLEMS.get(answer.status)
    if problem is None:
        return Check(problem=Problem.ANSWER, setting="base_url", words=f"HTTP {answer.status}")
    words = str(_record(answer).get("message") or "")
    return Check(problem=problem, setting=setting, code=_code(answer), words=words)


def _code(answer: Answer) -> str:
    return str(_record(answer).get("code") or "")


def _record(answer: Answer) -> Mapping[str, Any]:
    return answer.json if isinstance(answer.json, dict) else {}
