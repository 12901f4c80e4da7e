import os
import socket
import threading
from typing import Any

from django.core.management.base import BaseCommand

from subscriptions import answers, sending


class Command(BaseCommand):
    help = "Sends the letters that are due, and ends when none is. The worker does the same; any number may run."

    def handle(self, **options: Any) -> None:
        worker = f"{socket.gethostname()[:60]}:{os.getpid()}"
        stop = threading.Event()
        done = 0
        while count := sending.turn(worker, stop) + answers.turn(worker, stop):
            done += count
        self.stdout.write(f"Done: {done}")
