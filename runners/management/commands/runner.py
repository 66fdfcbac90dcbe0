import asyncio
import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from runners.process import RunnerProcess


class Command(BaseCommand):
    help = "Run the tasks that the heartbeat releases, in sandboxes, until SIGTERM or SIGINT."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--slots", type=int, default=settings.RUNNER_SLOTS, help="Tasks at a time.")

    def handle(self, *args: Any, **options: Any) -> None:
        asyncio.run(self._run(options["slots"]))

    async def _run(self, slots: int) -> None:
        runner = RunnerProcess(slots)
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, runner.ask_to_stop)
        await runner.run()
