"""Fill an installation with due messages: `python -m benchmarks.fill 10000 --provider http://…`."""

import argparse
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "customer_manager.settings")
django.setup()

from benchmarks import outbox


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("messages", type=int)
    parser.add_argument("--provider", required=True, help="where Twilio is spoken")
    asked = parser.parse_args()
    outbox.make_messages(outbox.set_up(outbox.twilio(asked.provider)), asked.messages)


if __name__ == "__main__":
    main()
