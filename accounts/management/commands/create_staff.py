import secrets
import sys
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.actions import save_staff
from accounts.models import User
from accounts.roles import Role


class Command(BaseCommand):
    help = (
        "Makes an account at the desk. The password is the first line of standard input when something is piped in;"
        " else one is made and printed once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the address to sign in with")
        parser.add_argument("--role", choices=Role.values, required=True)
        parser.add_argument("--name", default="", help="as colleagues see it; without it, what stands before the @")

    def handle(self, *args: Any, **options: Any) -> None:
        given = "" if sys.stdin is None or sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
        password = given or secrets.token_urlsafe(15)
        user = self.make(options["email"], role=options["role"], name=options["name"], password=password)
        self.stdout.write(f"{user.email} can now sign in as {user.role}.")
        if not given:
            self.stdout.write(f"Password (shown only now): {password}")

    def make(self, email: str, *, role: str, name: str, password: str) -> User:
        """The new member of staff. Raises `CommandError` with the reason when there cannot be one."""
        email = User.objects.normalise(email)
        if User.objects.filter(email=email).exists():
            raise CommandError(
                f"Somebody on the staff has the address {email} already: change the account in the admin."
            )
        user = User(email=email, display_name=name or email.partition("@")[0], role=role)
        user.set_password(password)
        try:
            validate_password(password, user)
            user.full_clean()
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        with transaction.atomic():
            return save_staff(user, actor=None)
