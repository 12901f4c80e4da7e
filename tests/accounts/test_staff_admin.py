import re
from collections.abc import Callable

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.actions import StaffProblem, save_staff
from accounts.models import AuditRow, User
from accounts.roles import Role
from tests import make
from tests.accounts.flows import send_letters


def fields(**given: str) -> dict[str, str]:
    return {
        "email": "nora@paper.example", "display_name": "Nora Vale", "role": "reporter", "language": "fr",
        "time_zone": "Europe/Lisbon", "is_active": "on", **given,
    }  # fmt: skip


def as_fields(user: User, **given: str) -> dict[str, str]:
    return fields(**{"email": user.email, "display_name": user.display_name, "role": user.role, **given})


def change(client: Client, user: User, data: dict[str, str]):
    return client.post(reverse("admin:accounts_user_change", args=[user.pk]), data)


@pytest.mark.django_db(transaction=True)
def test_a_chief_adds_somebody_who_gets_a_link(chief: User, signed_in: Callable[[User], Client]) -> None:
    signed_in(chief).post(reverse("admin:accounts_user_add"), fields(email="Nora@Paper.example ", send_link="on"))
    nora = User.objects.get(email="nora@paper.example")
    assert (nora.display_name, nora.role, nora.language, nora.time_zone) == (
        "Nora Vale",
        "reporter",
        "fr",
        "Europe/Lisbon",
    )
    assert not nora.has_usable_password()
    (letter,) = send_letters()
    assert letter.to == ["nora@paper.example"]
    row = AuditRow.objects.get(verb="staff added")
    assert (row.actor, row.label, row.detail) == (chief, "Nora Vale", {"role": "reporter", "active": True})


def test_a_typed_password_is_kept_as_a_hash_and_no_mail_goes(chief: User, signed_in: Callable[[User], Client]) -> None:
    signed_in(chief).post(reverse("admin:accounts_user_add"), fields(new_password=make.PASSWORD))
    nora = User.objects.get(email="nora@paper.example")
    assert nora.check_password(make.PASSWORD)
    assert mail.outbox == []
    assert make.PASSWORD not in str(list(AuditRow.objects.values()))


def test_errors_name_the_field_and_keep_what_was_typed(chief: User, signed_in: Callable[[User], Client]) -> None:
    response = signed_in(chief).post(
        reverse("admin:accounts_user_add"), fields(email=chief.email, display_name="Nora Vale", new_password="short")
    )
    assert response.context["errors"]
    form = response.context["adminform"].form
    assert set(form.errors) == {"email", "new_password"}
    assert 'value="Nora Vale"' in response.content.decode()
    assert User.objects.count() == 1


def test_changing_keeps_the_password_unless_one_is_typed(chief: User, signed_in: Callable[[User], Client]) -> None:
    nora = make.user(Role.REPORTER)
    client = signed_in(chief)
    change(client, nora, as_fields(nora, role="editor"))
    nora.refresh_from_db()
    assert nora.role == Role.EDITOR
    assert nora.check_password(make.PASSWORD)
    change(client, nora, as_fields(nora, new_password="nine wooden ferries"))
    nora.refresh_from_db()
    assert nora.check_password("nine wooden ferries")


def test_a_chief_who_types_a_password_of_their_own_stays_signed_in(
    chief: User, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(chief)
    change(client, chief, as_fields(chief, new_password="nine wooden ferries"))
    chief.refresh_from_db()
    assert chief.check_password("nine wooden ferries")
    assert client.get(reverse("admin:index")).status_code == 200


def test_nobody_switches_off_their_own_account(chief: User, signed_in: Callable[[User], Client]) -> None:
    make.user(Role.CHIEF)
    data = as_fields(chief)
    del data["is_active"]
    html = change(signed_in(chief), chief, data).content.decode()
    assert "You cannot switch off your own account" in html
    chief.refresh_from_db()
    assert chief.is_active


def test_the_last_chief_stays(chief: User, signed_in: Callable[[User], Client]) -> None:
    make.user(Role.CHIEF, is_active=False)
    html = change(signed_in(chief), chief, as_fields(chief, role="editor")).content.decode()
    assert "This is the only chief editor" in html
    chief.refresh_from_db()
    assert chief.role == Role.CHIEF
    chief.role = Role.EDITOR
    with pytest.raises(StaffProblem):
        save_staff(chief, actor=None)


def test_one_of_two_chiefs_may_step_down(chief: User, signed_in: Callable[[User], Client]) -> None:
    make.user(Role.CHIEF)
    change(signed_in(chief), chief, as_fields(chief, role="editor"))
    chief.refresh_from_db()
    assert chief.role == Role.EDITOR


def test_audit_can_be_read_and_filtered_but_not_written(chief: User, signed_in: Callable[[User], Client]) -> None:
    make.draft("Ferry is back", actor=chief)
    client = signed_in(chief)
    html = client.get(reverse("admin:accounts_auditrow_changelist"), {"verb": "saved"}).content.decode()
    assert "Ferry is back" in html
    assert (
        "Ferry is back"
        not in client.get(reverse("admin:accounts_auditrow_changelist"), {"verb": "killed"}).content.decode()
    )
    User.objects.filter(pk=chief.pk).update(language="fr")
    html = client.get(reverse("admin:accounts_auditrow_changelist")).content.decode()
    assert re.search(r'href="\?verb=saved"[^>]*>\s*enregistré\s*<', html)
    row = AuditRow.objects.first()
    page = reverse("admin:accounts_auditrow_change", args=[row.pk])
    assert reverse("admin:articles_article_change", args=[row.thing_number]) in client.get(page).content.decode()
    assert client.post(page, {"label": "Nothing happened"}).status_code == 403
    assert client.get(reverse("admin:accounts_auditrow_add")).status_code == 403
    assert client.post(reverse("admin:accounts_auditrow_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    assert AuditRow.objects.filter(pk=row.pk, label="Ferry is back").exists()


def test_a_link_for_somebody_who_was_here_is_no_invitation(chief: User, signed_in: Callable[[User], Client]) -> None:
    nora = make.user(Role.REPORTER)
    client = signed_in(chief)
    change(client, nora, as_fields(nora, send_link="on", language="en"))
    (letter,) = send_letters()
    assert letter.subject == "A new password for the desk"
    html = client.get(reverse("admin:accounts_user_changelist")).content.decode()
    assert "pending" not in html
