"""Time zones by the names the IANA tables use today, with the countries they lie in."""

from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import NamedTuple

UTC = "UTC"


class ZoneError(ValueError):
    """No such time zone."""


class Tables(NamedTuple):
    countries: MappingProxyType[str, str]  # zone → ISO 3166 country
    links: MappingProxyType[str, str]  # former or other name → zone


@cache
def names() -> tuple[str, ...]:
    """Every zone a place on earth keeps, and UTC, sorted."""
    return tuple(sorted({*tables().countries, UTC}))


def canonical(name: str) -> str | None:
    """The present name of a zone ("Asia/Calcutta" is "Asia/Kolkata"); None for no zone at all.

    A name that has a country of its own stays, even where its clocks follow another's
    ("Europe/Oslo" is a link to Berlin in the tables, and nobody in Oslo looks for Berlin).
    """
    if name == UTC or name in tables().countries:
        return name
    target = tables().links.get(name, name)
    if target in ("Etc/UTC", "Etc/GMT"):
        return UTC
    return target if target in tables().countries else None


def require(name: str) -> str:
    """The present name. Raises ZoneError."""
    found = canonical(name)
    if found is None:
        raise ZoneError(name)
    return found


def country_of(name: str) -> str | None:
    return tables().countries.get(canonical(name) or "")


def of_country(country: str) -> tuple[str, ...]:
    return tuple(zone for zone, where in tables().countries.items() if where == country)


@cache
def tables() -> Tables:
    folder = files("tzdata") / "zoneinfo"
    rows = (folder / "zone.tab").read_text(encoding="utf-8").splitlines()
    split = [row.split("\t") for row in rows if row and not row.startswith("#")]
    links = (folder / "tzdata.zi").read_text(encoding="utf-8").splitlines()
    pairs = [line.split() for line in links if line.startswith("L ")]
    return Tables(
        countries=MappingProxyType({row[2]: row[0] for row in split}),
        links=MappingProxyType({link[2]: link[1] for link in pairs}),
    )
