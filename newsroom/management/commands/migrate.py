from typing import Any

from django.core.management.commands import migrate

from newsroom.turns import turn


class Command(migrate.Command):
    help = f"{migrate.Command.help} Of several that run at once, on any hosts, one works and the others wait for it."

    def handle(self, *args: Any, **options: Any) -> None:
        with turn("migrate", waits=self.tell):
            super().handle(*args, **options)

    def tell(self) -> None:
        self.stdout.write("Another process is changing the tables; waiting for it …")
        self.stdout.flush()
