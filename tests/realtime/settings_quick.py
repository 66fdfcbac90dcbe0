"""As executor_one.settings, with what takes a minute there within a second."""

from executor_one.settings import *  # noqa: F403

KEY_USE_SECONDS = 1
