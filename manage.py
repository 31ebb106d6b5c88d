#!/usr/bin/env python
"""Django's command line for Customer Manager."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "customer_manager.settings")
    if sys.argv[1:2] == ["runserver"]:
        # The development server serves static files only in debug.
        os.environ.setdefault("DEBUG", "true")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
