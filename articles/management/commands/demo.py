from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from accounts.roles import Role
from articles.demo import filling

DOMAIN = "demo.example"
NAMES = {
    Role.CHIEF: "Nadia Sakkour", Role.EDITOR: "Tobias Menkara", Role.SUBEDITOR: "Grace Temwani",
    Role.REPORTER: "Efua Marchetti", Role.CONTRIBUTOR: "Samir Okonde",
}  # fmt: skip


class Command(BaseCommand):
    help = "Fills the newsroom with a demo: sections, authors, stories in three languages, one account per role."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--remove", action="store_true", help="take the demo out again; what you wrote yourself stays"
        )
        parser.add_argument("--password", default="", help="password of the demo's accounts; without it they get none")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["remove"]:
            self.remove()
        else:
            self.fill(options["password"])

    def fill(self, password: str) -> None:
        if not (filling.is_untouched() or filling.is_filled()):
            raise CommandError(
                "This newsroom has stories or a name of its own, and the demo would write over them."
                " Try it in another folder: DATA_DIR=demo-data make run"
            )
        staff = [
            self.account(role, password)
            for role in (Role.EDITOR, Role.CHIEF, Role.SUBEDITOR, Role.REPORTER, Role.CONTRIBUTOR)
        ]
        count = filling.fill(writers=staff)
        self.stdout.write(f"The demo brought {count} stories." if count else "The demo is already there.")

    def account(self, role: Role, password: str) -> User:
        email = f"{role}@{DOMAIN}"
        user = User.objects.filter(email=email).first()
        if user is None:
            user = User.objects.create_user(email, password or None, display_name=NAMES[role], role=role)
        elif password:
            user.set_password(password)
            user.is_active = True
            user.save(update_fields=["password", "is_active"])
        return user

    def remove(self) -> None:
        count = filling.take_out()
        self.stdout.write(f"{count} demo stories are gone." if count else "There was no demo to take out.")
        demo = User.objects.filter(email__endswith=f"@{DOMAIN}", is_active=True)
        if User.objects.filter(role=Role.CHIEF, is_active=True).exclude(pk__in=demo).exists():
            demo.update(is_active=False)
            self.stdout.write("The demo's accounts can no longer sign in.")
        elif demo.exists():
            self.stdout.write(
                "The demo's accounts stay, since no other chief editor could sign in."
                " Make one (create_staff ADDRESS --role chief) and run this again."
            )
