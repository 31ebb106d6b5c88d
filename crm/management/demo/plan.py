"""What the business has done and means to do."""
# ruff: noqa: E501 (tables are read in rows)

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from crm.management.demo.moments import Moment, ago, later, on
from rules.reasons import Reason

APPOINTMENT = "Hi {first_name}, we look forward to seeing you at {business} on Thursday at 10:30. Reply if you need another time."
TOMORROW = (
    "Hi {first_name}, a reminder of your appointment tomorrow at 9:30. See you then! {business}"
)
READY = "Hello {first_name}, your order has arrived and waits for you at the desk. {business}"
THANKS = "Thank you for your visit, {first_name}! If you liked it, tell a friend: you both get 10 % off next time."
INVOICE = "Hi {first_name}, a friendly reminder: {invoice_amount} for {invoice_for}, due on {invoice_due}. Thank you! {business}"
PATCH = "Hi {first_name}, please come by for your patch test 48 hours before your colour appointment. It takes two minutes."
BIRTHDAY = (
    "Happy birthday, {first_name}! Your treat is waiting: a free blow-dry this month. {business}"
)
WINTER = "{first_name}, our winter hours start on Monday: Tuesday to Saturday, 9:00 to 19:00. {business_phone}"
ARABIC = "مرحباً {first_name}، نذكّرك بموعد تجربة تسريحة العروس غداً الساعة العاشرة. {business}"


#: TOMORROW as a template that WhatsApp has approved, and what stands in its places.
TOMORROW_AS_TEMPLATE = (
    "Hi {{1}}, a reminder of your appointment tomorrow at 9:30. See you then! {{2}}"
)
ITS_PLACES = {"{{1}}": "{first_name}", "{{2}}": "{business}"}


class Ending(StrEnum):
    """How far a message has got."""

    UPCOMING = "upcoming"
    DUE = "due"
    SNOOZED = "snoozed"
    BY_HAND = "by hand"
    DISMISSED = "dismissed"
    CANCELLED = "cancelled"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNCONFIRMED = "unconfirmed"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Planned:
    """`words` are the provider's own, beside our `reason`."""

    who: str
    text: str
    at: Moment
    ending: Ending = Ending.UPCOMING
    reason: Reason | None = None
    words: str = ""


@dataclass(frozen=True)
class Billed:
    """Days count from today; `due` and `paid` are None for not said and not paid."""

    who: str
    amount: Decimal
    what: str
    issued: int
    due: int | None = None
    paid: int | None = None
    receipts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Noted:
    who: str
    text: str
    at: Moment


E = Ending
MESSAGES: tuple[Planned, ...] = (
    # wants a person
    Planned("Zoë O’Neill", READY, ago(minutes=4), E.DUE),
    Planned("مريم الحسيني", ARABIC, ago(minutes=35), E.DUE),
    Planned("Grace Adeyemi", INVOICE, ago(hours=2, minutes=10), E.DUE),
    Planned(
        "Tom Baker",
        TOMORROW,
        ago(minutes=50),
        E.FAILED,
        Reason.RECIPIENT,
        "Unreachable: the destination is a landline",
    ),
    Planned(
        "Ravi Patel",
        INVOICE,
        ago(hours=1, minutes=20),
        E.UNCONFIRMED,
        Reason.TIMED_OUT,
        "No answer within 30 s",
    ),
    Planned(
        "Kwame Mensah",
        WINTER,
        on(-1, "16:00"),
        E.FAILED,
        Reason.CONTENT,
        "Message rejected: contains a number the sender may not use",
    ),
    Planned("George Whitfield", TOMORROW, on(-2, "17:00"), E.EXPIRED, Reason.TOO_LATE),
    Planned("Isla MacDonald", BIRTHDAY, on(-1, "09:00"), E.SNOOZED),
    # ahead
    Planned("Emily Clarke", PATCH, later(minutes=40)),
    Planned("Łukasz Wiśniewski", READY, later(hours=2)),
    Planned("Priya Raghunathan", TOMORROW, later(hours=3, minutes=30)),
    Planned("Zoë O’Neill", TOMORROW, on(1, "09:00")),
    Planned("Chidinma Okonkwo", APPOINTMENT, on(1, "09:00")),
    Planned("Owain ap Rhys", TOMORROW, on(1, "12:15")),
    Planned("Daniel Levy", APPOINTMENT, on(1, "15:00")),
    Planned("Anaïs Lefèvre", PATCH, on(2, "10:00")),
    Planned("Harbour Theatre", INVOICE, on(3, "09:30")),
    Planned("Yuki Tanaka", PATCH, on(4, "11:00")),
    Planned("Nora Haddad", APPOINTMENT, on(6, "09:00")),
    Planned("Åsa Lindqvist", BIRTHDAY, on(9, "08:30")),
    Planned("Maximiliana Alexandra Wolfeschlegelstein-Hohenberger", INVOICE, on(12, "09:00")),
    Planned("Lucy Hall", BIRTHDAY, on(26, "09:00")),
    # behind
    Planned("Zoë O’Neill", THANKS, on(-21, "18:00"), E.READ),
    Planned("Zoë O’Neill", APPOINTMENT, on(-24, "09:00"), E.DELIVERED),
    Planned("Ravi Patel", TOMORROW, on(-15, "09:00"), E.DELIVERED),
    Planned("Siobhán Ní Bhriain", TOMORROW, on(-3, "09:00"), E.READ),
    Planned("Nguyễn Thị Minh Khai", PATCH, on(-5, "10:00"), E.READ),
    Planned("José Ángel Fernández-Iglesias", THANKS, on(-8, "18:00"), E.DELIVERED),
    Planned("Anaïs Lefèvre", APPOINTMENT, on(-7, "10:00"), E.READ),
    Planned("Grace Adeyemi", TOMORROW, on(-12, "09:00"), E.BY_HAND),
    Planned("陳小明", TOMORROW, on(-1, "09:00"), E.DELIVERED),
    Planned("Priya Raghunathan", APPOINTMENT, on(-4, "09:00"), E.READ),
    Planned("Søren Østergaard", READY, on(-2, "11:30"), E.SENT),
    Planned("Emily Clarke", THANKS, on(-30, "18:00"), E.READ),
    Planned("Aisha Khan", TOMORROW, on(-6, "09:00"), E.BY_HAND),
    Planned("Beatriz Monteiro da Silva", PATCH, on(-9, "10:00"), E.DELIVERED),
    Planned("Hannah Schmidt", THANKS, on(-10, "18:00"), E.SENT),
    Planned("Fatima Zahra El Amrani", APPOINTMENT, on(-3, "12:00"), E.CANCELLED),
    Planned("Mateo Rossi", READY, on(-11, "15:00"), E.BY_HAND),
    Planned("Harbour Theatre", INVOICE, on(-18, "09:30"), E.DELIVERED),
    Planned(
        "Amelia Brown",
        WINTER,
        on(-13, "09:00"),
        E.DISMISSED,
        Reason.RECIPIENT,
        "Number not in service",
    ),
    Planned("Elif Yılmaz", TOMORROW, on(-2, "09:00"), E.READ),
    Planned("Charlotte Evans", PATCH, on(-16, "10:00"), E.READ),
    Planned("Ben Foster", READY, on(-4, "16:30"), E.DELIVERED),
    Planned("Ava Robinson", TOMORROW, on(-5, "09:00"), E.READ),
    Planned("Deborah Mwangi", APPOINTMENT, on(-19, "09:00"), E.READ),
)

D = Decimal
INVOICES: tuple[Billed, ...] = (
    Billed("Zoë O’Neill", D("129.95"), "Cut, colour and treatment", -21, -7, None, ("photo",)),
    Billed("Zoë O’Neill", D("42.00"), "Cut and finish", -63, -49, -63, ("photo", "slip")),
    Billed("Ravi Patel", D("38.00"), "Cut and beard trim", -15, -3),
    Billed("Grace Adeyemi", D("165.00"), "Knotless braids", -26, -12, None, ("pdf",)),
    Billed("مريم الحسيني", D("240.00"), "Bridal trial, deposit", -2, 12, -2, ("photo",)),
    Billed("Anaïs Lefèvre", D("320.00"), "Bridal hair for two", -7, 7, None, ("pdf",)),
    Billed(
        "Maximiliana Alexandra Wolfeschlegelstein-Hohenberger",
        D("12480.00"),
        "Trade order: 240 colour kits, delivery included",
        -9,
        21,
        None,
        ("pdf", "scan"),
    ),
    Billed(
        "Harbour Theatre",
        D("1850.50"),
        "Wigs, winter season: first of two parts",
        -40,
        -10,
        None,
        ("pdf",),
    ),
    Billed("Harbour Theatre", D("640.00"), "Wig repairs", -75, -45, -44, ("scan",)),
    Billed("Emily Clarke", D("95.00"), "Full head colour", -30, -16, -30, ("slip",)),
    Billed("Priya Raghunathan", D("148.00"), "Balayage", -4, 10),
    Billed("Nguyễn Thị Minh Khai", D("95.00"), "Full head colour", -5, 9, -5, ("photo",)),
    Billed("Siobhán Ní Bhriain", D("42.00"), "Cut and finish", -3, 11, -3),
    Billed("陳小明", D("42.00"), "Cut and finish", -1, 13),
    Billed(
        "José Ángel Fernández-Iglesias",
        D("54.50"),
        "Cut, and a pot of clay",
        -8,
        None,
        -8,
        ("slip",),
    ),
    Billed("Chidinma Okonkwo", D("180.00"), "Box braids", -34, -20, -18),
    Billed("Aisha Khan", D("68.00"), "Keratin treatment", -6, 8),
    Billed("Fatima Zahra El Amrani", D("150.00"), "Henna party, deposit", -11, 3, -10),
    Billed("Beatriz Monteiro da Silva", D("112.00"), "Highlights", -9, 5),
    Billed("Yuki Tanaka", D("95.00"), "Full head colour", -47, -33, -47, ("photo",)),
    Billed("Mateo Rossi", D("29.90"), "Shampoo and conditioner", -11, None, -11),
    Billed("Hannah Schmidt", D("42.00"), "Cut and finish", -10, 4, -10),
    Billed("Charlotte Evans", D("88.00"), "Gloss and blow-dry", -16, -2),
    Billed("Rosalind Ashworth", D("210.00"), "Staff event: four stylings", -52, -22, None),
    Billed("Ava Robinson", D("95.00"), "Full head colour", -5, 9),
    Billed("Deborah Mwangi", D("165.00"), "Knotless braids", -19, -5, -12),
)

NOTES: tuple[Noted, ...] = (
    Noted("Zoë O’Neill", "Mix for the colour: 6.1 with 20 vol, 35 minutes.", on(-21, "16:40")),
    Noted("Zoë O’Neill", "Asked about a shorter cut in spring.", on(-63, "12:05")),
    Noted("Grace Adeyemi", "Brings her own extensions.", on(-26, "14:20")),
    Noted(
        "Harbour Theatre", "Rang: payment runs on the last Friday of the month.", on(-6, "11:15")
    ),
    Noted("مريم الحسيني", "Wedding on the 14th of next month; trial went well.", on(-2, "13:30")),
    Noted("Ravi Patel", "Paid cash last time and wants a receipt by message.", on(-15, "10:10")),
    Noted("Emily Clarke", "Moving to Bath in January.", on(-30, "17:55")),
)
