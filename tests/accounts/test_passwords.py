import re
from collections.abc import Callable

import pytest
from anymail.exceptions import AnymailRecipientsRefused
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts import letters
from accounts.models import Letter, User
from accounts.models.notices import Notice
from accounts.roles import Role
from tests import make
from tests.accounts.flows import link_in, send_letters

NEW = "nine wooden ferries"


def ask(client: Client, email: str):
    return client.post(reverse("accounts:password_reset"), {"email": email}, follow=True)


def choose(client: Client, link: str, password: str = NEW, again: str = ""):
    form = client.get(link, follow=True)
    address = form.request["PATH_INFO"]
    return client.post(address, {"new_password1": password, "new_password2": again or password}, follow=True)


def test_link_by_mail_sets_a_new_password_once(client: Client, editor: User, settings: object) -> None:
    settings.SITE_URL = "https://paper.example"
    ask(client, editor.email.upper())
    (letter,) = send_letters()
    assert letter.to == [editor.email]
    assert Letter.objects.count() == 0
    link = link_in(letter, settings)
    page = choose(client, link)
    assert page.request["PATH_INFO"] == reverse("accounts:password_reset_done")
    editor.refresh_from_db()
    assert editor.check_password(NEW)
    assert "has been used or is too old" in Client().get(link, follow=True).content.decode()


def test_the_answer_is_the_same_for_known_and_unknown_addresses(client: Client, editor: User) -> None:
    off = make.user(Role.REPORTER, is_active=False)
    known, unknown, inactive = (ask(client, each) for each in (editor.email, "nobody@paper.example", off.email))

    def seen(response):
        return response.redirect_chain, re.sub(r"csrf[^>]+>", "", response.content.decode())

    assert seen(known) == seen(unknown) == seen(inactive)
    assert mail.outbox == []
    assert Letter.objects.count() == 3
    assert [letter.to for letter in send_letters()] == [[editor.email]]
    assert Letter.objects.count() == 0


@pytest.mark.django_db
def test_the_letter_is_in_the_persons_language(settings: object) -> None:
    settings.SITE_URL = "https://paper.example"
    user = make.user(Role.REPORTER, language="fr", display_name="Aïssa d'Ormes & fille")
    letters.queue_password_link(user.email)
    (letter,) = send_letters()
    assert "Aïssa d'Ormes & fille" in letter.body
    assert "https://paper.example/accounts/sign-in/" in letter.body


def test_a_weak_password_is_refused_with_the_reason(client: Client, editor: User, settings: object) -> None:
    ask(client, editor.email)
    html = choose(client, link_in(send_letters()[0], settings), "short").content.decode()
    assert "at least 12 characters" in html
    editor.refresh_from_db()
    assert editor.check_password(make.PASSWORD)


@pytest.mark.django_db
def test_a_made_up_link_is_refused(client: Client) -> None:
    html = client.get(reverse("accounts:password_reset_confirm", args=["MQ", "abc-def"])).content.decode()
    assert "has been used or is too old" in html


def test_mail_that_cannot_be_sent_is_tried_again_and_then_told(
    client: Client, editor: User, chief: User, settings: object, caplog
) -> None:
    backend, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    assert "is on its way" in ask(client, editor.email).content.decode()
    for _attempt in range(len(letters.AGAIN)):
        assert send_letters() == []
        assert Letter.objects.get().gave_up_at is None
    assert "could not be sent" in caplog.text
    assert editor.email not in caplog.text
    send_letters()
    assert Letter.objects.get().gave_up_at
    assert Notice.objects.get(user=chief).text == f"A letter to {editor.email} could not be sent."
    settings.EMAIL_BACKEND = backend
    assert [letter.to for letter in send_letters()] == [[chief.email]]


@pytest.mark.django_db
def test_a_letter_that_the_provider_refuses_holds_up_no_other(
    editor: User, chief: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for person in (editor, chief):
        letters.queue_security(person, "Your password was changed.")
    send = letters.send

    def refuse(letter: Letter) -> None:
        if letter.user == editor:
            raise AnymailRecipientsRefused
        send(letter)

    monkeypatch.setattr(letters, "send", refuse)
    assert [letter.to for letter in send_letters()] == [[chief.email]]
    assert Letter.objects.get().lease_until is None


def test_five_letters_in_a_quarter_of_an_hour_and_no_more(client: Client, editor: User) -> None:
    for _request in range(7):
        assert "is on its way" in ask(client, editor.email).content.decode()
    assert Letter.objects.count() == 5


def test_changing_the_password_keeps_this_session_and_ends_the_others(
    signed_in: Callable[[User], Client], editor: User
) -> None:
    here, elsewhere = signed_in(editor), signed_in(editor)
    response = here.post(
        reverse("accounts:password_change"),
        {"old_password": make.PASSWORD, "new_password1": NEW, "new_password2": NEW},
        follow=True,
    )
    assert "Your password was changed" in response.content.decode()
    assert here.get(reverse("admin:index")).status_code == 200
    assert elsewhere.get(reverse("admin:index")).status_code == 302


def test_my_settings_change_language_and_time_zone(signed_in: Callable[[User], Client], editor: User) -> None:
    client = signed_in(editor)
    address = reverse("accounts:my_settings")
    client.post(
        address,
        {
            "display_name": "Edith O.",
            "language": "ar",
            "time_zone": "Africa/Lagos",
            "role": "chief",
            "notices_by_mail": "daily",
        },
    )
    editor.refresh_from_db()
    assert (editor.display_name, editor.language, editor.time_zone) == ("Edith O.", "ar", "Africa/Lagos")
    assert editor.notices_by_mail == "daily"
    assert editor.role == Role.EDITOR
    assert '<html lang="ar" dir="rtl">' in client.get(reverse("admin:index")).content.decode()
    refused = client.post(address, {"display_name": "E", "language": "en", "time_zone": "Mars/Base"})
    assert "time_zone" in refused.context["form"].errors


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["my_settings", "password_change"])
def test_a_stranger_is_asked_to_sign_in(page: str, client: Client) -> None:
    address = reverse(f"accounts:{page}")
    assert client.get(address).headers["Location"] == f"{reverse('accounts:sign_in')}?next={address}"
