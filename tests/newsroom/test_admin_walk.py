"""Every page of the admin, visited by everybody: who is let in is what the table of roles says, no more and no less."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.db import models
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import roles
from accounts.models import AuditRow, User
from accounts.roles import LOWEST_ROLE, Role, permissions_of
from articles.admin.board import MOVES
from articles.admin.bulk import BULK
from articles.admin.handing import ASKED
from articles.models.desk import Article
from articles.models.moves import MovingRun
from articles.models.published import OldPath
from articles.models.reader_notes import ReaderNote
from articles.models.site import MenuItem
from articles.verbs import VERBS
from citizen_reports.models.inbox import BlockRule, CannedAnswer
from citizen_reports.models.intake import IntakeForm
from citizen_reports.models.mail import InboundEmail
from jobs.models import Chore
from subscriptions.models.channels import ChannelAccount
from tests import make
from tests.citizen_reports.reports import report
from tests.images.films import video
from tests.subscriptions.channels.accounts import failed_post
from tests.subscriptions.readers import alert, letter_by_the_desk, notice_to_devices, reader

pytestmark = pytest.mark.django_db
BASE = Path(settings.BASE_DIR)


def one_of_each() -> dict[type[models.Model], models.Model]:
    """A row for every model in the admin; the story is somebody else's."""
    story = make.draft("Mayor opens the bridge", actor=make.user(Role.EDITOR), tags=["Bridges"])
    rows = [
        story, story.section, story.tags.get(), make.series(), make.page(), MenuItem.objects.get(), make.site(),
        OldPath.objects.create(path="/was/", kind=OldPath.Kind.MOVED, target="/is/", at=timezone.now()),
        MovingRun.objects.create(kind="wordpress", name="export.xml"),
        make.author(), make.user(Role.REPORTER), AuditRow.objects.first(), Chore.objects.create(name="beat"),
        report(), *of_the_inbox(), IntakeForm.objects.first(), reader_note(), reader(), notice_to_devices(),
        alert(), make.picture(), video(), *channel(), *letter(),
    ]  # fmt: skip
    return {type(row): row for row in rows}


def letter() -> list[models.Model]:
    written = letter_by_the_desk()
    return [written, written.newsletter]


def channel() -> list[models.Model]:
    post = failed_post()
    return [post, ChannelAccount.objects.create(kind="whatsapp", name="By hand")]


def of_the_inbox() -> list[models.Model]:
    block = BlockRule.objects.create(kind="file", lookup="0", reason="Sent every day.", by=make.user(Role.EDITOR))
    mail = InboundEmail.objects.create(mailbox="pipe", raw_hash="0", subject="Pier", state=InboundEmail.State.HELD)
    return [CannedAnswer.objects.create(title="Thanks", text="Thank you."), block, mail]


def reader_note() -> ReaderNote:
    return ReaderNote.objects.create(article_number=0, headline="Bridge", text="Two lanes.", contact="", language="en")


def came_of(response: HttpResponse) -> str:
    """ "sign-in", "denied" or "allowed"."""
    if response.status_code == 302 and response.headers["Location"].startswith(reverse("admin:login")):
        return "sign-in"
    if response.status_code in {403, 404} or response.headers.get("Location") == reverse("admin:index"):
        return "denied"
    assert response.status_code in {200, 302}
    return "allowed"


def expected(held: frozenset[str] | None, *needed: str) -> str:
    if held is None:
        return "sign-in"
    return "allowed" if held & set(needed) else "denied"


@pytest.mark.parametrize("role", [None, *Role])
def test_admin_lets_in_whom_the_roles_name(role: Role | None, signed_in: Callable[[User], Client]) -> None:
    rows = one_of_each()
    person = make.user(role) if role else None
    client = signed_in(person) if person else Client()
    held = permissions_of(role) if role else None

    for model, row in rows.items():
        app, name = model._meta.app_label, model._meta.model_name
        view, change = f"{app}.view_{name}", f"{app}.change_{name}"
        own = ("articles.view_own_article", "articles.change_own_article") if model is Article else ()

        def address(page: str, *args: object, app: str = app, name: str | None = name) -> str:
            return reverse(f"admin:{app}_{name}_{page}", args=args)

        visits = [
            (client.get(address("changelist")), (view, change, *own)),
            (client.get(address("add")), (f"{app}.add_{name}",)),
            (client.post(address("add"), {"headline": "Ferry fares rise"}), (f"{app}.add_{name}",)),
            (client.get(address("change", row.pk)), (view, change)),
            (client.post(address("change", row.pk), {"name": ""}), (change,)),
            (client.get(address("history", row.pk)), (view, change, *own)),
            (client.get(address("delete", row.pk)), (f"{app}.delete_{name}",)),
            (client.post(address("delete", row.pk)), (f"{app}.delete_{name}",)),
        ]
        for response, needed in visits:
            request = response.request
            assert came_of(response) == expected(held, *needed), (role, request["REQUEST_METHOD"], request["PATH_INFO"])

    for page, needed in {
        "mail_out": "newsroom.view_mail_out",
        "articles_article_import": "articles.import_text",
        "articles_front": "articles.arrange_front",
        "articles_banner": "articles.set_banner",
        "articles_article_commission": "articles.commission_article",
        "articles_article_schedule_list": "articles.view_own_article",
        "articles_oldpath_list_out": "articles.view_oldpath",
        "articles_oldpath_list_in": "articles.add_oldpath",
    }.items():
        assert came_of(client.get(reverse(f"admin:{page}"))) == expected(held, needed), (role, page)
    clock = reverse("admin:articles_article_schedule", args=[rows[Article].pk])
    for response in (client.get(clock), client.post(clock, {"_set": "1"})):
        assert came_of(response) == expected(held, "articles.publish_article"), (role, clock)
    for verb in ASKED:
        address = reverse(f"admin:articles_article_{verb}", args=[rows[Article].pk])
        assert came_of(client.get(address)) == expected(held, VERBS[verb].permission), (role, address)
    for page, needed in {
        "quick": "articles.publish_article",
        "plan": "articles.change_article",
        "comment": "articles.view_article",
    }.items():
        address = reverse(f"admin:articles_article_{page}", args=[rows[Article].pk])
        assert came_of(client.get(address)) == expected(held, needed), (role, address)
    panel = reverse("admin:accounts_user_panel", args=[rows[User].pk, "sections"])
    assert came_of(client.post(panel)) == expected(held, "accounts.change_user"), role
    for what, bulk in BULK.items():
        rule = VERBS[bulk.verb]
        address = reverse("admin:articles_article_bulk", args=[what])
        for response in (client.get(address), client.post(address)):
            assert came_of(response) == expected(held, rule.permission, rule.own_permission), (role, address)
    for verb in MOVES:
        address = reverse("admin:articles_article_move", args=[rows[Article].pk, verb])
        assert came_of(client.get(address)) == expected(held, VERBS[verb].permission), (role, address)
    take = reverse("admin:articles_article_take", args=[rows[Article].pk])
    assert came_of(client.post(take)) == expected(held, "articles.change_article"), role
    for page in ("index", "search", "articles_article_board"):
        assert came_of(client.get(reverse(f"admin:{page}"))) == ("allowed" if role else "sign-in"), (role, page)
    kept = reverse("admin:articles_article_keep_filter")
    came = came_of(client.post(kept, {"name": "Mine", "query": "mine=1"}))
    assert came == ("allowed" if role else "sign-in")
    shared = client.post(kept, {"name": "Ours", "query": "mine=1", "is_shared": "on"})
    assert came_of(shared) == expected(held, "articles.share_filter"), role


def test_walk_misses_no_model() -> None:
    assert set(one_of_each()) == set(admin.site._registry)


def test_every_permission_in_the_table_is_asked_for_somewhere() -> None:
    models = {(model._meta.app_label, model._meta.model_name) for model in admin.site._registry}
    asked = {f"{app}.{verb}_{name}" for app, name in models for verb in ("add", "view", "change", "delete")}
    table = Path(roles.__file__)
    code = [file for app in apps.get_app_configs() for file in Path(app.path).rglob("*.py") if BASE in file.parents]
    sources = "".join(file.read_text() for file in code if file != table and ".venv" not in file.parts)
    assert [
        permission for permission in LOWEST_ROLE if permission not in asked and f'"{permission}"' not in sources
    ] == []


def test_a_reporter_is_told_clearly_and_not_sent_to_sign_in(
    reporter: User, signed_in: Callable[[User], Client]
) -> None:
    response = signed_in(reporter).get(reverse("admin:accounts_user_changelist"))
    assert response.status_code == 403
    assert "You are signed in as Rafi Sand (Reporter)" in response.content.decode()
    assert reverse("admin:index") in response.content.decode()
