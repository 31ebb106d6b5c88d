"""The business itself: one row that says where and how it works."""

from pathlib import Path

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rules import places, zones

#: Where a clock that keeps UTC says nothing about the country.
FALLBACK_COUNTRY = "GB"


class BusinessQuerySet(models.QuerySet["Business"]):
    def current(self) -> "Business":
        """The business, made from sensible guesses where nobody has told us yet."""
        return self.first() or self.get_or_create(pk=1, defaults=guessed())[0]


def guessed() -> dict[str, str]:
    """Country, zone and currency guessed from this machine's clock."""
    zone = machine_zone()
    country = places.guess_country(zone) or FALLBACK_COUNTRY
    return {"country": country, "time_zone": zone, "currency": places.currency_for(country)}


def machine_zone() -> str:
    """This machine's IANA zone, UTC where it does not say (TZ is Django's own by now)."""
    name = Path("/etc/localtime").resolve().as_posix().partition("zoneinfo/")[2]
    return zones.canonical(name) or "UTC"


class Business(models.Model):
    name = models.CharField(_("name of the business"), max_length=120, blank=True)
    country = models.CharField(_("country"), max_length=2)
    time_zone = models.CharField(_("time zone"), max_length=64)
    currency = models.CharField(_("currency"), max_length=3)
    phone_number = models.CharField(
        _("phone number"),
        max_length=20,
        blank=True,
        help_text=_("For the placeholder {business_phone}."),
    )
    # Wall times where the customer is; both null: any time will do. May reach over midnight.
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)
    only_with_consent = models.BooleanField(
        _("write only to customers whose consent is recorded"), default=False
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = BusinessQuerySet.as_manager()

    class Meta:
        verbose_name = _("business")
        verbose_name_plural = _("business")
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="business_is_one_row"),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        return self.name or gettext("My business")

    def locale(self, language: str) -> str:
        """The CLDR locale in which money, dates and numbers are written, such as `en_GB`."""
        return places.locale_for(language, self.country)
