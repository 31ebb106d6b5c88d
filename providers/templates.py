"""Message templates that a provider has to approve before they are used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class TemplateState(StrEnum):
    APPROVED = "approved"
    PENDING = "pending"
    REJECTED = "rejected"
    PAUSED = "paused"  # for its quality, for a while
    DISABLED = "disabled"
    DELETED = "deleted"  # or not listed any more
    UNKNOWN = "unknown"  # a word we do not know


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A place to be filled in.

    `key` is unique in its template: "body.1", "body.first_name", "header.1", "button.0.1"; `mark`
    is how it stands in the text: "{{1}}", "{{first_name}}". `part` is header, body or button.
    """

    key: str
    mark: str
    part: str
    example: str = ""


@dataclass(frozen=True, kw_only=True)
class Template:
    """A template as its provider lists it.

    `reference` is the provider's own id. `header_format` is "", "text", "image", "video",
    "document" or another that we cannot fill; `buttons` are their words, for show.
    """

    reference: str
    name: str
    language: str
    category: str
    state: TemplateState
    body: str
    header: str = ""
    header_format: str = ""
    footer: str = ""
    buttons: tuple[str, ...] = ()
    slots: tuple[Slot, ...] = ()
    rejected_because: str = ""


@dataclass(frozen=True, kw_only=True)
class TemplateUse:
    """A template and what is filled in; `values` is by the keys of its slots, all of them."""

    reference: str
    name: str
    language: str
    values: Mapping[str, str] = field(default_factory=dict, repr=False)


class TemplateSource(Protocol):
    """What a provider that has templates offers besides sending."""

    async def templates(self) -> Sequence[Template]:
        """All of the account's, in every state. Raises LookupFailedError."""
