"""Runs the command: python -m symc."""

import sys

from symc.cli import main

sys.exit(main())
