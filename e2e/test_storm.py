"""A small storm through each provider, on each database: what CI has time for.

`python -m e2e.storm` has the large ones.
"""

import pytest

from e2e.storm.spoken import SPOKEN
from e2e.storm.storm import Storm
from e2e.storm.weather import Weather
from rules.message_states import Status
from tests.databases import (
    Installation,
    installation,
    postgresql_installation,
    postgresql_template,
    sqlite_installation,
    sqlite_template,
)

__all__ = [
    "installation",
    "postgresql_installation",
    "postgresql_template",
    "sqlite_installation",
    "sqlite_template",
]

MESSAGES = 400


@pytest.mark.parametrize("provider", SPOKEN)
def test_in_a_storm_nothing_is_lost_in_silence_and_nothing_goes_twice(
    installation: Installation, provider: str
) -> None:
    workers = 3 if installation.is_postgresql else 1
    weather = Weather(seed=7, messages=MESSAGES, workers=workers, kills=3)

    counted = Storm(installation, SPOKEN[provider], weather).rage().counted

    assert (counted.never, counted.twice, counted.untrue) == (0, 0, 0)
    assert counted.became.total() == MESSAGES
    assert set(counted.became) <= {*_GONE, Status.UNCONFIRMED}
    assert counted.gone > MESSAGES * 0.8


_GONE = {Status.SENT, Status.DELIVERED, Status.READ}
