"""Where mail goes until EMAIL_URL says otherwise: the console and a file in the data folder."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.console import EmailBackend as Console
from django.core.mail.backends.filebased import EmailBackend as Files
from django.core.mail.message import EmailMessage


class ConsoleAndFileBackend(BaseEmailBackend):
    """Print each message and keep it under EMAIL_FILE_PATH."""

    def __init__(self, fail_silently: bool = False, **kwargs: Any) -> None:
        super().__init__(fail_silently=fail_silently)
        files = Files(fail_silently=fail_silently)
        Path(settings.EMAIL_FILE_PATH).chmod(0o700)  # mails hold links that verify an address or reset a password
        self.backends = [Console(fail_silently=fail_silently), files]

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        return max(int(backend.send_messages(email_messages) or 0) for backend in self.backends)
