import sys
from typing import Any

from django.core.management.base import BaseCommand

from subscriptions import bounces

NOT_OURS = 67  # EX_NOUSER: a mail server then keeps the mail, or sends it back


class Command(BaseCommand):
    help = "Takes one mail on standard input: a letter that came back, or a complaint about one."

    def handle(self, **options: Any) -> None:
        if not bounces.take(sys.stdin.buffer.read(bounces.LARGEST)):
            self.stderr.write("This mail says nothing about a letter of ours.")
            sys.exit(NOT_OURS)
