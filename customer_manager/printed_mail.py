"""Mail for an installation without a mail server: in the terminal, as a person reads it."""

from typing import override

from django.core.mail import EmailMessage
from django.core.mail.backends import console


class EmailBackend(console.EmailBackend):
    """Django's own prints what would go over the wire, which breaks a long link in two."""

    @override
    def write_message(self, message: EmailMessage) -> None:
        self.stream.write(
            f"\nMail to {', '.join(message.recipients())}: {message.subject}\n\n{message.body}\n"
        )
