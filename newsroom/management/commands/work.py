import os
import signal
import socket
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from jobs import chores, queues
from newsroom.backups.container import BadBackup
from newsroom.backups.restoring import refuse_unfinished
from newsroom.supervisor import end_with, leave_no_dump


class Command(BaseCommand):
    help = "Does the work behind the scenes until it is told to end. Any number may run, on one machine or several."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="Do what is due now, once, and end.")
        parser.add_argument("--parent", type=int, help="End when the process of this number, which started us, ends.")

    def handle(self, *, once: bool, parent: int | None, **options: Any) -> None:
        try:
            refuse_unfinished()
        except BadBackup as unfinished:
            raise CommandError(str(unfinished)) from unfinished
        leave_no_dump()
        worker = f"{socket.gethostname()[:60]}:{os.getpid()}"
        if once:
            chores.ensure_rows()
            done, worked_off = chores.run_due(worker), queues.run_once(worker)
            self.stdout.write(f"Chores done: {done}, rows worked off: {worked_off}")
            return
        if parent:
            end_with(parent)
            os.nice(5)  # the web server beside it comes first
        stop = threading.Event()

        def end(*_: object) -> None:
            # In a thread: the loop, interrupted just here, may itself hold the event's lock.
            threading.Thread(target=stop.set).start()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, end)
        threads = queues.start(worker, stop)
        chores.run_for_ever(worker, stop)
        for thread in threads:
            thread.join()
