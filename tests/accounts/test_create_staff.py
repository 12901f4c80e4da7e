import io
import re

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditRow, User
from accounts.roles import Role
from tests import make

pytestmark = pytest.mark.django_db


def create(monkeypatch: pytest.MonkeyPatch, *args: str, given: str = "") -> str:
    """What the command prints, with `given` on standard input."""
    monkeypatch.setattr("sys.stdin", io.StringIO(given))
    out = io.StringIO()
    call_command("create_staff", *args, stdout=out)
    return out.getvalue()


def test_password_from_standard_input_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    said = create(
        monkeypatch, "Nora@paper.example", "--role", "editor", "--name", "Nora Vale", given=make.PASSWORD + "\n"
    )
    nora = User.objects.get(email="nora@paper.example")
    assert (nora.display_name, nora.role) == ("Nora Vale", Role.EDITOR)
    assert nora.check_password(make.PASSWORD)
    assert make.PASSWORD not in said
    assert AuditRow.objects.get(verb="staff added").label == "Nora Vale"


def test_without_one_a_password_is_made_and_printed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    said = create(monkeypatch, "nora@paper.example", "--role", "chief")
    password = re.search(r"Password \(shown only now\): (\S{16,})", said)[1]
    assert User.objects.get(email="nora@paper.example").check_password(password)


@pytest.mark.parametrize(
    ("args", "given", "reason"),
    [
        (("chika@paper.example", "--role", "editor"), "", "has the address chika@paper.example already"),
        (("nora", "--role", "editor"), "", "valid email address"),
        (("nora@paper.example", "--role", "editor"), "short\n", "too short"),
        (("nora@paper.example", "--role", "owner"), "", "invalid choice"),
    ],
)
def test_refusals_say_why_and_make_nobody(
    args: tuple[str, ...], given: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.user(Role.CHIEF, email="chika@paper.example")
    with pytest.raises(CommandError, match=reason):
        create(monkeypatch, *args, given=given)
    assert User.objects.count() == 1
