"""The one place where the process environment is read."""

import os

from sevenm.config import Config, load

CONFIG: Config = load(os.environ)
