from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import second_factor
from accounts.models import User


class Command(BaseCommand):
    help = "Takes away somebody's second factor: they sign in with the password alone, and set up a new one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the address that the person signs in with")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email=User.objects.normalise(options["email"])).first()
        if user is None:
            raise CommandError(f"Nobody on the staff has the address {options['email']}.")
        second_factor.reset(user, actor=None)
        self.stdout.write(f"{user.email} can sign in without a second factor now, and was signed out everywhere.")
