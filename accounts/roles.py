"""Who may do what: one table. The admin, the views, the verbs and the tests read it, through `RoleBackend`."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """A member of staff has one role; each may do all that the one before it may."""

    CONTRIBUTOR = "contributor", _("Contributor")
    REPORTER = "reporter", _("Reporter")
    SUBEDITOR = "subeditor", _("Subeditor")
    EDITOR = "editor", _("Editor")
    CHIEF = "chief", _("Chief editor")


# Permission -> the lowest role that holds it. What is not listed is allowed to nobody.
LOWEST_ROLE: dict[str, Role] = {
    # Copy. "own" is what the person began, has now, handed in or has a byline on:
    # see `articles.models.desk.Article.belongs_to`.
    "articles.add_article": Role.CONTRIBUTOR,
    "articles.view_own_article": Role.CONTRIBUTOR,
    "articles.change_own_article": Role.CONTRIBUTOR,
    "articles.view_article": Role.REPORTER,
    "articles.change_article": Role.SUBEDITOR,
    "articles.import_text": Role.CONTRIBUTOR,
    "articles.commission_article": Role.SUBEDITOR,
    "articles.clear_legal": Role.EDITOR,
    "articles.share_filter": Role.EDITOR,
    # Verbs on what readers see.
    "articles.publish_article": Role.EDITOR,
    "articles.update_article": Role.EDITOR,
    "articles.withdraw_article": Role.EDITOR,
    "articles.kill_article": Role.CHIEF,
    "articles.discard_article": Role.EDITOR,
    "articles.override_check": Role.CHIEF,
    # The front pages and the breaking banner.
    "articles.arrange_front": Role.EDITOR,
    "articles.set_banner": Role.EDITOR,
    # The things that stories hang on.
    "articles.view_section": Role.CONTRIBUTOR,
    "articles.add_section": Role.CHIEF,
    "articles.change_section": Role.CHIEF,
    "articles.delete_section": Role.CHIEF,
    "articles.view_series": Role.CONTRIBUTOR,
    "articles.add_series": Role.EDITOR,
    "articles.change_series": Role.EDITOR,
    "articles.delete_series": Role.CHIEF,
    "articles.view_tag": Role.CONTRIBUTOR,
    "articles.add_tag": Role.REPORTER,
    "articles.change_tag": Role.EDITOR,
    "articles.delete_tag": Role.EDITOR,
    "articles.view_page": Role.REPORTER,
    "articles.add_page": Role.EDITOR,
    "articles.change_page": Role.EDITOR,
    "articles.delete_page": Role.CHIEF,
    "articles.view_sitesettings": Role.EDITOR,
    "articles.change_sitesettings": Role.CHIEF,
    "articles.view_menuitem": Role.EDITOR,
    "articles.add_menuitem": Role.CHIEF,
    "articles.change_menuitem": Role.CHIEF,
    "articles.delete_menuitem": Role.CHIEF,
    "articles.view_oldpath": Role.EDITOR,
    "articles.add_oldpath": Role.EDITOR,
    "articles.change_oldpath": Role.EDITOR,
    "articles.delete_oldpath": Role.EDITOR,
    # Whole archives from another system.
    "articles.view_movingrun": Role.CHIEF,
    "articles.add_movingrun": Role.CHIEF,
    # Errors that readers report. How to answer the reader is sealed, and each look is recorded.
    "articles.view_readernote": Role.REPORTER,
    "articles.change_readernote": Role.SUBEDITOR,
    "articles.view_note_contact": Role.EDITOR,
    "authors.view_author": Role.CONTRIBUTOR,
    "authors.add_author": Role.SUBEDITOR,
    "authors.change_author": Role.SUBEDITOR,
    "authors.delete_author": Role.CHIEF,
    # The picture library. "own" is what the person uploaded, as long as no live story shows it.
    "images.view_picture": Role.CONTRIBUTOR,
    "images.add_picture": Role.CONTRIBUTOR,
    "images.change_own_picture": Role.CONTRIBUTOR,
    "images.change_picture": Role.REPORTER,
    "images.delete_picture": Role.EDITOR,
    "images.view_video": Role.CONTRIBUTOR,
    "images.add_video": Role.CONTRIBUTOR,
    "images.change_video": Role.REPORTER,
    # Witnesses' reports. Who the witness is, only chiefs may see, and each look is recorded.
    "citizen_reports.view_report": Role.REPORTER,
    "citizen_reports.change_report": Role.REPORTER,
    "citizen_reports.verify_report": Role.EDITOR,
    "citizen_reports.block_sender": Role.EDITOR,
    "citizen_reports.view_blockrule": Role.EDITOR,
    "citizen_reports.delete_blockrule": Role.EDITOR,
    "citizen_reports.view_cannedanswer": Role.REPORTER,
    "citizen_reports.add_cannedanswer": Role.EDITOR,
    "citizen_reports.change_cannedanswer": Role.EDITOR,
    "citizen_reports.delete_cannedanswer": Role.EDITOR,
    "citizen_reports.view_original": Role.EDITOR,
    "citizen_reports.view_identity": Role.CHIEF,
    "citizen_reports.view_inboundemail": Role.EDITOR,
    "citizen_reports.change_inboundemail": Role.EDITOR,
    "citizen_reports.view_intakeform": Role.EDITOR,
    "citizen_reports.add_intakeform": Role.CHIEF,
    "citizen_reports.change_intakeform": Role.CHIEF,
    # Letters to subscribers.
    "subscriptions.alert_subscribers": Role.EDITOR,
    "subscriptions.view_edition": Role.EDITOR,
    "subscriptions.change_edition": Role.EDITOR,
    "subscriptions.view_manualletter": Role.EDITOR,
    "subscriptions.add_manualletter": Role.EDITOR,
    "subscriptions.change_manualletter": Role.EDITOR,
    "subscriptions.view_newsletter": Role.EDITOR,
    "subscriptions.add_newsletter": Role.CHIEF,
    "subscriptions.change_newsletter": Role.CHIEF,
    "subscriptions.view_subscriber": Role.EDITOR,
    "subscriptions.suppress_subscriber": Role.EDITOR,
    # Channels outside. Whoever may change a story may word its posts; an editor signs them off.
    "subscriptions.view_channelpost": Role.EDITOR,
    "subscriptions.post_to_channels": Role.EDITOR,
    "subscriptions.view_channelaccount": Role.CHIEF,
    "subscriptions.add_channelaccount": Role.CHIEF,
    "subscriptions.change_channelaccount": Role.CHIEF,
    "subscriptions.delete_channelaccount": Role.CHIEF,
    "subscriptions.import_subscriber": Role.CHIEF,
    "subscriptions.export_subscriber": Role.CHIEF,
    "subscriptions.view_pushround": Role.EDITOR,
    "subscriptions.change_pushround": Role.EDITOR,
    # People and machinery.
    "accounts.view_user": Role.CHIEF,
    "accounts.add_user": Role.CHIEF,
    "accounts.change_user": Role.CHIEF,
    "accounts.view_auditrow": Role.CHIEF,
    "newsroom.view_mail_out": Role.CHIEF,
    "jobs.view_chore": Role.CHIEF,
}

RANK = {role: rank for rank, role in enumerate(Role)}


def permissions_of(role: str) -> frozenset[str]:
    """All permissions (``"app.verb_thing"``) that a role holds; none for an unknown role."""
    if role not in Role.values:
        return frozenset()
    rank = RANK[Role(role)]
    return frozenset(permission for permission, lowest in LOWEST_ROLE.items() if RANK[lowest] <= rank)


def roles_with(permission: str) -> list[str]:
    """The roles that hold a permission; none for one that the table does not list."""
    lowest = LOWEST_ROLE.get(permission)
    return [role for role in Role.values if lowest and RANK[Role(role)] >= RANK[lowest]]
