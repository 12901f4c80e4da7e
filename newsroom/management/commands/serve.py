import os
import signal
import socket
import sys
import threading
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.urls import reverse

from newsroom import preparing
from newsroom.backups.container import BadBackup
from newsroom.backups.restoring import refuse_unfinished
from newsroom.supervisor import Child, Supervisor, end_with


class Command(BaseCommand):
    help = (
        "Runs the newsroom: prepares the database and the static files, then keeps the web server and one worker"
        " going until Ctrl-C. HOST, PORT and DATA_DIR come from the environment."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--with-parent", action="store_true", help="End when the process that started this one ends."
        )

    def handle(self, *, with_parent: bool, **options: Any) -> None:
        try:
            refuse_unfinished()
        except BadBackup as unfinished:
            raise CommandError(str(unfinished)) from unfinished
        os.chdir(settings.BASE_DIR)  # for the children, and so that relative names mean the same to all
        if with_parent:
            end_with(os.getppid())
        with preparing.hold(settings.DATA_DIR):
            try:
                address = preparing.free_address(settings.HOST, settings.PORT)
                with preparing.told_of_full_disk():
                    sign_in = self.prepare()
            except KeyboardInterrupt:
                self.say("Stopped before it began.")
                return
            self.supervise(address, sign_in)

    def prepare(self) -> str:
        """Tables, static files, the first newsroom; returns how to sign in, where that can be said."""
        self.say("Preparing the database …")
        preparing.migrate()
        if preparing.collect_static():
            self.say("Static files collected.")
        if sign_in := preparing.found():
            self.say("The newsroom is ready.")
        connections.close_all()
        return sign_in

    def supervise(self, address: str, sign_in: str) -> None:
        """Keeps both children going until SIGINT, SIGTERM or SIGHUP."""
        me, port = str(os.getpid()), str(settings.PORT)
        supervisor = Supervisor(
            [
                Child("web server", [sys.executable, "-m", "newsroom.webserver", address, port, me]),
                Child("worker", [sys.executable, "manage.py", "work", "--parent", me]),
            ]
        )
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, supervisor.stop)
        threading.Thread(target=self.announce, args=(address, sign_in), daemon=True).start()
        supervisor.run()
        self.say("Stopped.")

    def announce(self, address: str, sign_in: str) -> None:
        """Prints where the newsroom is, once it answers."""
        while True:
            try:
                socket.create_connection((address, settings.PORT), timeout=1).close()
                break
            except OSError:
                time.sleep(0.2)
        self.say(f"\n  The paper:  {settings.SITE_URL}/\n  The desk:   {settings.SITE_URL}{reverse('admin:index')}")
        self.say(f"  Sign in as  {sign_in}" if sign_in else "  Sign in with your own account.")
        self.say("  Ctrl-C stops it.\n")

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
