"""The people who sign in."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """Signs in by username or e-mail, so that an e-mail belongs to one person only."""

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                condition=~models.Q(email=""),
                name="user_email_unique",
                violation_error_message=_("Somebody signs in with this e-mail already."),
            ),
        ]

    @property
    def display_name(self) -> str:
        return self.get_full_name() or self.username
