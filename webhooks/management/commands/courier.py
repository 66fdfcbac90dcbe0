import asyncio
import signal
from typing import Any

from django.core.management.base import BaseCommand

from webhooks.courier import CourierProcess


class Command(BaseCommand):
    help = "Send events to the webhooks and audit streams of accounts, until SIGTERM or SIGINT."

    def handle(self, *args: Any, **options: Any) -> None:
        asyncio.run(self._run())

    async def _run(self) -> None:
        courier = CourierProcess()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, courier.ask_to_stop)
        await courier.run()
