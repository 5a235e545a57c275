#!/usr/bin/env python
"""Django's own commands; the product's are under ``sevenm``."""

import sys

from django.core.management import execute_from_command_line

from sevenm import environment

if __name__ == "__main__":
    environment.use_settings()
    execute_from_command_line(sys.argv)
