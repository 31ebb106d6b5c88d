"""Customers, and the tags that group them."""

import unicodedata
from collections.abc import Sequence
from typing import Any, Self

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from crm.models.entered import Entered
from crm.models.trash import Trashable, TrashableQuerySet
from rules import phone
from rules.person_names import first_name


class Channel(models.TextChoices):
    WHATSAPP = "whatsapp", _("WhatsApp")
    SMS = "sms", _("SMS")


def folded(text: str) -> str:
    """Case and accents taken off, so that `zoe` finds `Zoë`."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


class TagQuerySet(models.QuerySet["Tag"]):
    def in_use(self) -> Self:
        """Those that customers wear, the most worn first.

        Counted with what is in the trash: without it the count is several times as slow.
        """
        worn = models.Count("customers")
        wearers = Customer.objects.live().filter(tags=models.OuterRef("pk"))
        return self.alias(worn=worn).filter(models.Exists(wearers)).order_by("-worn", "name")


class Tag(models.Model):
    name = models.CharField(_("name"), max_length=40)

    objects = TagQuerySet.as_manager()

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="tag_name_unique")]

    def __str__(self) -> str:
        return self.name


class CustomerQuerySet(TrashableQuerySet["Customer"]):
    def search(self, text: str) -> Self:
        """Customers whose name, company, e-mail or phone holds every word of `text`.

        A text that looks like a phone number finds any run of its digits, however it is written.
        """
        if digits := phone.query_digits(text):
            return self.filter(search_digits__contains=digits)
        found = self
        for word in folded(text).split():
            found = found.filter(search_text__contains=word)
        return found

    def for_lists(self) -> Self:
        """Without the long texts that no list shows."""
        return self.defer("address", "notes", "search_text", "search_digits")

    def tag_names(self) -> dict[int, list[str]]:
        """The tags each of them wears; who wears none is left out."""
        worn: dict[int, list[str]] = {}
        wearing = Customer.tags.through.objects.filter(customer__in=self)
        pairs = wearing.order_by("tag__name").values_list("customer_id", "tag__name")
        for customer_id, name in pairs:
            worn.setdefault(customer_id, []).append(name)
        return worn

    def best_first(self, text: str) -> Self:
        """Those whose name begins with `text` first, then those with a word that does."""
        start = folded(text).strip()
        return self.alias(
            rank=models.Case(
                models.When(sort_name__startswith=start, then=0),
                models.When(search_text__contains=f" {start}", then=1),
                default=2,
            )
        ).order_by("rank", "sort_name", "pk")

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-pk")

    def tagged(self, name: str) -> Self:
        return self.filter(tags__name__iexact=name)

    def with_tags(self, tags: Sequence[int], *, every: bool = False) -> Self:
        """Who wears any of the tags with these numbers, or with `every` all of them."""
        worn = Customer.tags.through.objects.filter(tag__in=tags)
        if not every:
            return self.filter(pk__in=worn.values("customer"))
        alike: Any = worn.values("customer").annotate(worn=models.Count("tag"))
        return self.filter(pk__in=alike.filter(worn=len(set(tags))).values("customer"))

    def like(self, *, phone_number: str = "", email: str = "", name: str = "") -> Self:
        """Likely duplicates: the same phone, the same e-mail, or the same words in the name."""
        alike = models.Q(pk__in=())
        if phone_number:
            alike |= models.Q(phone_number=phone_number)
        if email:
            alike |= models.Q(email__iexact=email)
        if words := folded(name).split():
            alike |= models.Q(name_key=" ".join(sorted(words)))
        return self.filter(alike)


class Customer(Entered, Trashable):
    name = models.CharField(_("name"), max_length=200)
    company = models.CharField(_("company"), max_length=200, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone_number = models.CharField(_("phone number"), max_length=20, blank=True, db_index=True)
    phone_as_typed = models.CharField(_("phone as typed"), max_length=60, blank=True)
    address = models.TextField(_("address"), max_length=1000, blank=True)
    notes = models.TextField(_("notes"), max_length=10_000, blank=True)
    tags = models.ManyToManyField(Tag, verbose_name=_("tags"), blank=True, related_name="customers")
    preferred_channel = models.CharField(
        _("preferred channel"), max_length=10, choices=Channel, default=Channel.WHATSAPP
    )
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    # The form it was entered with: sent twice, it still makes one customer.
    form_id = models.UUIDField(null=True, editable=False, unique=True)
    # What searches, orders and duplicate warnings look at; `refresh_search` keeps them in step.
    search_text = models.TextField(editable=False, default="")
    search_digits = models.CharField(max_length=120, editable=False, default="")
    sort_name = models.CharField(max_length=200, editable=False, default="")
    name_key = models.CharField(max_length=200, editable=False, default="", db_index=True)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ["sort_name", "pk"]
        indexes = [
            models.Index(Lower("email"), name="customer_email"),
            models.Index(fields=["sort_name", "id"], name="customer_by_name"),
        ]
        constraints = [
            models.CheckConstraint(condition=~models.Q(name=""), name="customer_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def first_name(self) -> str:
        return first_name(self.name)

    def refresh_search(self) -> None:
        """Bring the search columns in step with the fields; the caller saves."""
        self.sort_name = folded(self.name)[:200]
        self.search_text = folded(f"{self.name} {self.company} {self.email}")
        self.search_digits = phone.search_digits(self.phone_number) if self.phone_number else ""
        self.name_key = " ".join(sorted(folded(self.name).split()))[:200]
