from typing import Any

from django.core.management.base import BaseCommand

from newsroom.doctor import Weight, complaints


class Command(BaseCommand):
    help = (
        "Says in plain words what is misconfigured, late or stuck, and what to do. Ends with 1 if something is wrong."
    )
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        found = complaints()
        marks = {Weight.WRONG: "✗", Weight.ADVICE: "·"}
        for each in found:
            self.stdout.write(f"{marks[each.weight]} {each.what}")
            if each.cure:
                self.stdout.write(f"    {each.cure}")
        wrong = sum(each.weight is Weight.WRONG for each in found)
        if wrong:
            self.stdout.write(f"\n{wrong} wrong.")
            raise SystemExit(1)
        self.stdout.write("\nNothing is wrong." if found else "All is well.")
