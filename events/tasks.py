"""What the queue runs for events."""

from events import heads


def sign_heads() -> None:
    """Sign what happened since the last time; the clock rings once a minute."""
    heads.sign_heads()
