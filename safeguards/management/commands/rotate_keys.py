from typing import Any

from django.core.management.base import BaseCommand

from safeguards import fields, keyring
from safeguards.problems import KeysFixed


class Command(BaseCommand):
    help = (
        "Adds a sealing key and seals every sealed text anew with it. The old keys stay, since sealed files and backups"
        " need them. Where SEALING_KEYS holds the keys, add the new one there first."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            keyring.add_key()
        except KeysFixed as problem:
            self.stdout.write(str(problem))
        for model in fields.sealed_models():
            self.stdout.write(f"{model._meta.verbose_name_plural}: {fields.reseal(model)}")
