"""Every further address of the admin, beside the models' own pages, visited by everybody, by GET and by POST.

`test_admin_walk` goes through lists, forms, histories and deletions. The table here says what each other address asks
for, and a test that none is missing from it.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import URLPattern, reverse

from accounts.models import Notice, User
from accounts.notices import tell
from accounts.roles import Role, permissions_of
from articles import actions_corrections, actions_desk
from articles.admin.handing import ASKED
from articles.models.moves import MovingRun
from articles.models.workflow import SavedFilter
from articles.verbs import VERBS
from citizen_reports.models.mail import InboundEmail
from tests import make
from tests.citizen_reports.reports import report
from tests.images.films import video
from tests.subscriptions.channels.accounts import failed_post
from tests.subscriptions.readers import alert, brought, letter_by_the_desk, notice_to_devices

pytestmark = pytest.mark.django_db
OF_A_MODEL = ("_changelist", "_add", "_change", "_history", "_delete")  # Django's own, walked elsewhere
ANYBODY = "anybody"  # of the staff
# What whoever asks must hold (one of several), by the address's name. The stories are somebody else's.
SEES = ("articles.view_article",)
WRITES = ("articles.change_article",)
ARRANGES = ("articles.arrange_front",)
CORRECTS = (VERBS["correct"].permission,)
NEEDED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("index", "search", "notices", "notice", "password_change", "password_change_done", "jsi18n", "app_list"),
        (ANYBODY,),
    ),
    **{f"articles_article_{verb}": (VERBS[verb].permission,) for verb in ASKED},
    **dict.fromkeys(("articles_front", "articles_front_arrange", "articles_front_preview"), ARRANGES),
    **dict.fromkeys(("articles_front_preview_page", "articles_front_launch", "articles_front_undo"), ARRANGES),
    **dict.fromkeys(("articles_front_discard", "articles_front_history"), ARRANGES),
    "articles_banner": ("articles.set_banner",),
    "mail_out": ("newsroom.view_mail_out",),
    "mail_out_letter": (),  # there is no such letter
    "autocomplete": (),  # no such field
    "view_on_site": (),  # nothing offers it
    "accounts_auditrow_export": ("accounts.view_auditrow",),
    "accounts_user_verb": ("accounts.change_user",),
    "accounts_user_panel": ("accounts.change_user",),
    "images_picture_choose": ("images.view_picture",),
    "images_picture_describe": ("images.change_picture",),
    "images_picture_replace": ("images.change_picture",),
    "images_video_choose": ("images.view_video",),
    "images_video_replace": ("images.change_video",),
    "images_video_again": ("images.change_video",),
    "images_video_state": ("images.view_video",),
    "articles_oldpath_list_out": ("articles.view_oldpath",),
    "articles_oldpath_list_in": ("articles.add_oldpath",),
    "articles_article_import": ("articles.import_text",),
    **dict.fromkeys(("articles_movingrun_begin", "articles_movingrun_stop"), ("articles.add_movingrun",)),
    "articles_movingrun_report": ("articles.view_movingrun",),
    "articles_article_checks": WRITES,
    "articles_article_choose": ("articles.add_article",),
    "articles_article_embed": ("articles.add_article",),
    "articles_article_preview": SEES,
    "articles_article_preview_page": SEES,
    "articles_article_take": WRITES,
    "articles_article_quick": ("articles.publish_article",),
    "articles_article_commission": ("articles.commission_article",),
    "articles_article_plan": WRITES,
    "articles_article_translate": SEES,
    "articles_article_in_line": WRITES,
    "articles_article_comment": SEES,
    "articles_article_comment_resolve": SEES,
    "articles_article_correction_add": CORRECTS,
    "articles_article_correction": CORRECTS,
    "articles_article_correction_remove": CORRECTS,
    "articles_article_schedule_list": ("articles.view_own_article",),
    "articles_article_schedule": ("articles.publish_article",),
    "articles_article_merge_author": ("authors.delete_author",),
    "articles_article_merge_tag": ("articles.delete_tag",),
    "articles_article_autosave": (ANYBODY,),  # the token that it needs is only given to who may write
    "articles_article_unsaved": SEES,  # the person's own copy of it
    "articles_article_merge": (),  # nothing was posted to be merged
    "articles_article_presence": SEES,
    "articles_article_board": ("articles.view_own_article",),
    "articles_article_move": WRITES,
    "articles_article_bulk": (VERBS["plan"].permission,),  # to assign
    "articles_article_keep_filter": (ANYBODY,),
    "articles_article_remove_filter": ("articles.share_filter",),
    "articles_article_revisions": SEES,
    "articles_article_revision": SEES,
    "articles_article_compare": SEES,
    "articles_article_receipt": SEES,
    "articles_article_receipt_state": SEES,
    "articles_sitesettings_look": ("articles.view_sitesettings",),
    "citizen_reports_report_do": ("citizen_reports.view_report",),
    **dict.fromkeys(
        ("citizen_reports_report_link", "citizen_reports_report_unlink"), ("citizen_reports.change_report",)
    ),
    **dict.fromkeys(("citizen_reports_report_library", "citizen_reports_report_settle"), ()),  # no file, no alarm
    "citizen_reports_report_delete_now": ("citizen_reports.verify_report",),
    "citizen_reports_inboundemail_do": ("citizen_reports.view_inboundemail",),
    "citizen_reports_report_safe_copy": (),  # it has no files
    "citizen_reports_report_original": (),
    "citizen_reports_report_poster": (),
    "citizen_reports_report_blur": (),
    "citizen_reports_report_anew": (),
    "subscriptions_edition_preview": ("subscriptions.view_edition",),
    "subscriptions_edition_progress": ("subscriptions.view_edition",),
    "subscriptions_edition_letter": ("subscriptions.view_edition",),
    "subscriptions_edition_decide": (),  # no letter is uncertain
    "subscriptions_edition_do": ("subscriptions.change_edition",),
    "subscriptions_edition_tell": ("subscriptions.alert_subscribers",),
    "subscriptions_edition_telling_letter": (),  # nobody got the story
    "subscriptions_manualletter_preview": ("subscriptions.view_manualletter",),
    "subscriptions_manualletter_letter": ("subscriptions.view_manualletter",),
    "subscriptions_manualletter_test": ("subscriptions.change_manualletter",),
    "subscriptions_manualletter_do": ("subscriptions.change_manualletter",),
    "subscriptions_subscriber_suppress": ("subscriptions.suppress_subscriber",),
    "subscriptions_subscriber_import": ("subscriptions.import_subscriber",),
    "subscriptions_subscriber_brought": ("subscriptions.import_subscriber",),
    "subscriptions_subscriber_export": ("subscriptions.export_subscriber",),
    "subscriptions_subscriber_growth": ("subscriptions.view_subscriber",),
    "subscriptions_pushround_do": ("subscriptions.change_pushround",),
    "subscriptions_channelaccount_test": ("subscriptions.change_channelaccount",),
    "subscriptions_channelpost_do": ("subscriptions.post_to_channels",),
    "subscriptions_channelpost_story": WRITES,  # the texts of one that is not published
}
OF_A_NEW_STORY = {"articles_article_checks", "articles_article_autosave", "articles_article_unsaved"}  # or of one
NOTHING_NAMED = {"articles_front_history"}  # an empty POST says not what to do, and so finds nothing


def further_addresses() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Names and arguments of the patterns."""

    def walk(patterns: list[Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
        for pattern in patterns:
            if not isinstance(pattern, URLPattern):
                yield from walk(pattern.url_patterns)
            elif pattern.name and not _is_walked_elsewhere(pattern.name):
                regex = getattr(pattern.pattern, "regex", None)
                yield pattern.name, tuple(pattern.pattern.converters) or tuple(regex.groupindex if regex else ())

    return walk(admin.site.get_urls())


def _is_walked_elsewhere(name: str) -> bool:
    models = {f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry}
    return name in {"login", "logout"} or any(f"{model}{page}" == name for model in models for page in OF_A_MODEL)


def came_of(response: Any) -> str:
    """ "sign-in", "denied", "allowed"; "" where the method is not known, which says nothing of the person."""
    if response.status_code == 302 and response.headers["Location"].startswith(reverse("admin:login")):
        return "sign-in"
    if response.status_code == 405:
        return ""
    assert response.status_code in {200, 302, 303, 400, 403, 404, 409}
    return "denied" if response.status_code in {403, 404} else "allowed"


@pytest.mark.parametrize("role", [None, *Role])
def test_further_addresses_let_in_whom_the_roles_name(role: Role | None, signed_in: Callable[[User], Client]) -> None:
    make.site()
    owner, other = make.user(Role.CHIEF), make.user(Role.REPORTER)
    draft, live = make.draft(actor=owner, tags=["Bridges"]), make.story(actor=owner)
    kept = SavedFilter.objects.create(user=owner, name="Mine", query="mine=1", is_shared=True)
    failed = failed_post()
    numbers = {
        "edition_tell": live.pk, "manualletter": letter_by_the_desk().pk,
        "movingrun": MovingRun.objects.create(kind="wordpress", name="export.xml").pk,
        "inboundemail": InboundEmail.objects.create(mailbox="pipe", raw_hash="0", state="held").pk,
        "picture": make.picture().pk, "video": video().pk, "merge_author": make.author().pk, "edition": alert().pk,
        "channelaccount": failed.account.pk, "channelpost_do": failed.pk,
        "brought": brought(owner).pk, "pushround": notice_to_devices().pk,
        "merge_tag": draft.tags.get().pk, "report": report().pk, "filter": kept.pk, "correction": live.pk,
    }  # fmt: skip
    given = {
        "language": "en", "section": 0, "object_id": other.pk, "content_type_id": 1, "app_label": "articles",
        "correction": actions_corrections.add(live.pk, actor=owner, kind="update", text="More is known.").pk,
        "comment": actions_desk.comment(draft.pk, actor=owner, text="Who says so?").pk,
        "what": "assign", "revision": 1, "file": 1, "delivery": 1,
        "story": draft.pk, "alarm": 1,
    }  # fmt: skip
    verbs = {
        "subscriptions_manualletter_do": "discard", "subscriptions_pushround_do": "stop",
        "articles_article_move": "ready", "accounts_user_verb": "sign-out", "citizen_reports_report_do": "note",
        "citizen_reports_inboundemail_do": "discard",
        "subscriptions_edition_do": "retry", "subscriptions_channelpost_do": "again",
        "subscriptions_edition_decide": "sent",
    }  # fmt: skip
    person = make.user(role) if role else None
    client = signed_in(person) if person else Client()
    held = {ANYBODY, *permissions_of(role)} if role else set()
    if person:
        tell([person], "Hello", "/admin/")
        numbers["notice"] = Notice.objects.get(user=person).pk

    for name, wanted in sorted({*further_addresses()}):
        values = {
            **given, "verb": verbs.get(name, ""),
            "number": next((number for part, number in numbers.items() if part in name), draft.pk),
            "name": "20260101T000000000000-00000000.eml" if name == "mail_out_letter" else "sections",
        }  # fmt: skip
        address = reverse(f"admin:{name}", kwargs={each: values[each] for each in wanted})
        needed = ("articles.add_article",) if name in OF_A_NEW_STORY and not wanted else NEEDED[name]
        expected = "sign-in" if role is None else "allowed" if held & {*needed} else "denied"
        assert came_of(client.get(address)) in {expected, ""}, (role, "GET", address)
        if role and name in NOTHING_NAMED:
            expected = "denied"
        assert came_of(client.post(address)) in {expected, ""}, (role, "POST", address)


def test_the_table_names_every_further_address() -> None:
    assert {name for name, _ in further_addresses()} == set(NEEDED)
