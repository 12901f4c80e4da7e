import os
import socket
import threading
from typing import Any

from django.core.management.base import BaseCommand

from articles import clockwork


class Command(BaseCommand):
    help = (
        "Carries out what is scheduled and due, and ends when nothing is. The worker does the same; any number may run."
    )

    def handle(self, **options: Any) -> None:
        worker = f"{socket.gethostname()[:60]}:{os.getpid()}"
        self.stdout.write(f"Done: {clockwork.turn(worker, threading.Event())}")
