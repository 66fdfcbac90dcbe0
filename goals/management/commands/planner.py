import os
import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from executor_one.kit.queue import SLOW
from executor_one.kit.waiting import WaitingProcess
from goals import asking, language_model


class Command(BaseCommand):
    help = "Ask the language model for the plans of goals, until SIGTERM or SIGINT."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--slots", type=int, default=settings.PLANNER_SLOTS, help="Goals at a time.")

    def handle(self, *args: Any, **options: Any) -> None:
        if asking.is_configured():
            language_model.prepare()
        planner = WaitingProcess(SLOW, options["slots"])
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: planner.stopping.set())
        planner.run()
        os._exit(0)  # Python would wait for the threads, and those for the model; the next tick asks again
