"""What happens to whom, the same for the same seed."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

#: What a provider does with a message, and how often in a hundred. See tests/stand_ins/base.py.
CHANCES: Sequence[tuple[float, Sequence[str]]] = (
    (3.0, ("lost",)),
    (1.5, ("half",)),
    (1.5, ("drop",)),
    (0.5, ("garbage",)),
    (1.0, ("answer:500",)),
    (1.0, ("answer:503", "accept")),
    (0.05, ("answer:429", "accept")),  # each holds the whole account for a quarter of a minute
    (3.0, ("slow:1.5",)),
)


@dataclass(frozen=True, kw_only=True)
class Weather:
    """`kills` of workers, evenly spread over the storm but for chance; so `database_kills`."""

    seed: int
    messages: int
    workers: int
    kills: int
    database_kills: int = 0

    def recipients(self) -> list[str]:
        """E.164, one for each message."""
        return [f"+3461{number:07}" for number in range(self.messages)]

    def script(self) -> dict[str, list[str]]:
        """By recipient; whoever is not in it has a quiet day."""
        chance = random.Random(self.seed)  # noqa: S311
        drawn = {recipient: _draw(chance.uniform(0, 100)) for recipient in self.recipients()}
        return {recipient: list(steps) for recipient, steps in drawn.items() if steps}

    @cached_property
    def moments(self) -> random.Random:
        """When something dies, and who."""
        return random.Random(self.seed + 1)  # noqa: S311


def _draw(number: float) -> Sequence[str]:
    for share, steps in CHANCES:
        if number < share:
            return steps
        number -= share
    return ()
