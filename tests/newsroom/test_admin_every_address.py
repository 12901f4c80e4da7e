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

from accounts.models import User
from accounts.notices import tell
from accounts.roles import LOWEST_ROLE, Role, permissions_of
from articles import actions_corrections, actions_desk
from articles.admin.board import MOVES
from articles.admin.bulk import BULK
from articles.admin.handing import ASKED
from articles.models.desk import Article
from articles.models.workflow import SavedFilter
from articles.verbs import VERBS
from tests import make
from tests.citizen_reports.reports import report
from tests.images.films import video
from tests.subscriptions.readers import alert

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
        ("index", "search", "notices", "notice", "password_change_done", "jsi18n", "logout", "app_list"), (ANYBODY,)
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
    "images_picture_replace": ("images.change_picture",),
    "images_video_choose": ("images.view_video",),
    "images_video_replace": ("images.change_video",),
    "images_video_again": ("images.change_video",),
    "images_video_state": ("images.view_video",),
    "articles_oldpath_list_out": ("articles.view_oldpath",),
    "articles_oldpath_list_in": ("articles.add_oldpath",),
    "articles_article_import": ("articles.import_text",),
    "articles_article_checks": WRITES,
    "articles_article_choose": ("articles.add_article",),
    "articles_article_embed": ("articles.add_article",),
    "articles_article_preview": SEES,
    "articles_article_preview_page": SEES,
    "articles_article_take": WRITES,
    "articles_article_quick": ("articles.publish_article",),
    "articles_article_commission": ("articles.commission_article",),
    "articles_article_plan": WRITES,
    "articles_article_comment": SEES,
    "articles_article_comment_resolve": SEES,
    "articles_article_correction_add": CORRECTS,
    "articles_article_correction": CORRECTS,
    "articles_article_correction_remove": CORRECTS,
    "articles_article_schedule_list": ("articles.view_own_article",),
    "articles_article_schedule": ("articles.publish_article",),
    "articles_article_merge_author": ("authors.delete_author",),
    "articles_article_merge_tag": ("articles.delete_tag",),
    "articles_article_autosave": WRITES,
    "articles_article_unsaved": WRITES,
    "articles_article_merge": WRITES,
    "articles_article_presence": SEES,
    "articles_article_board": ("articles.view_own_article",),
    "articles_article_move": WRITES,
    "articles_article_bulk": (BULK["assign"].verb,),
    "articles_article_keep_filter": (ANYBODY,),
    "articles_article_remove_filter": ("articles.share_filter",),
    "articles_article_revisions": SEES,
    "articles_article_revision": SEES,
    "articles_article_compare": SEES,
    "articles_article_receipt": SEES,
    "articles_article_receipt_state": SEES,
    "articles_sitesettings_look": ("articles.view_sitesettings",),
    "citizen_reports_report_do": ("citizen_reports.view_report",),
    "citizen_reports_report_safe_copy": (),
    "citizen_reports_report_original": (),
    "subscriptions_edition_preview": ("subscriptions.view_edition",),
    "subscriptions_edition_letter": ("subscriptions.view_edition",),
    "subscriptions_edition_decide": (),
    "subscriptions_edition_do": ("subscriptions.change_edition",),
    "subscriptions_subscriber_suppress": ("subscriptions.suppress_subscriber",),
}
