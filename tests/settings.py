"""The product's settings, for the home of this test session (see `tests.stack`)."""

import os

from tests import stack

HOME = stack.prepare_home()
for name in set(os.environ) - set(stack.product_environ(HOME)):
    del os.environ[name]
os.environ["SEVENM_HOME"] = str(HOME)

from sevenm.settings import *  # noqa: E402, F403  the environment first
