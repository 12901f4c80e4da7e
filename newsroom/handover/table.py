"""What an export holds: every model of the project stands in `TABLE`, taken with named fields or left for a reason.

Field by field, so that a new one goes nowhere before somebody has decided (a test says which are undecided). Whoever
changes what a taken field *means* raises `writing.FORMAT`, and has `reading` turn older lines into newer ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from django.apps import apps
from django.contrib.auth.hashers import make_password
from django.db import models
from django.db.models import Q

from articles.models.moves import MovingRun
from newsroom.handover import witnesses
from subscriptions.models.audience import AudienceImport
from subscriptions.models.channels import ChannelPost
from subscriptions.models.letters import Edition
from subscriptions.models.people import Subscriber, address_hash
from subscriptions.models.push import PushRound

Row = dict[str, Any]


class Taken(NamedTuple):
    """`fields` by name, the key besides; `leaves`: field → why; `only` these rows; `readers`: only if asked for.

    `anew` makes the values of left fields for which the model's default will not do, out of the line.
    """

    fields: str
    leaves: dict[str, str] = {}
    only: Q = Q()
    readers: bool = False
    anew: dict[str, Callable[[Row], Any]] = {}


class Left(NamedTuple):
    why: str


_LEASE = {"lease_by": "which worker has it", "lease_until": "which worker has it"}
_WITNESSES = Left("witnesses' reports stay in the newsroom that promised to protect them")
_MAIL = Left("mail on its way; what was sent is not sent again elsewhere")
_TO_READERS = Left("what went to whom stays with the newsroom that sent it")
_SIGN_IN = Left("a way to sign in")
_MADE_ANEW = Left("made anew by the import, out of what is taken")
_PASSING = Left("true for a moment")
_TABLES = Left("made by the database's own migrations")
_UNUSED = Left("not used here")

# Audit rows about witnesses and about readers stay behind with them.
_NOBODY_OUTSIDE = (
    ~Q(thing__startswith="citizen_reports.")
    & ~Q(detail__has_key="report")
    & ~Q(thing__in=[f"subscriptions.{name}" for name in ("subscriber", "suppression", "addresschange")])
)
_CLOSED_MOVE = [MovingRun.State.DONE, MovingRun.State.STOPPED, MovingRun.State.FAILED]
_CLOSED_LIST = [AudienceImport.State.DONE, AudienceImport.State.CANCELLED, AudienceImport.State.FAILED]
_RIGHTS = (
    "alt_text is_decorative caption credit taken_on place rights rights_note rights_from rights_until is_sensitive"
    " uploaded_at uploaded_by original form size width height sha256 version"
)

TABLE: dict[str, Taken | Left] = {
    "accounts.User": Taken(
        "email display_name role time_zone language notices_by_mail is_active date_joined",
        leaves={"password": "a way to sign in", "last_login": "of the other newsroom"},
        anew={"password": lambda row: make_password(None)},
    ),
    "accounts.AuditRow": Taken("at actor verb thing thing_number label detail", only=_NOBODY_OUTSIDE & witnesses.AUDIT),
    "accounts.Invitation": _SIGN_IN,
    "accounts.Letter": _MAIL,
    "accounts.Notice": Left("news for the staff, each told once, some of it about witnesses"),
    "accounts.StaffSession": _SIGN_IN,
    "images.Picture": Taken(f"{_RIGHTS} added_sha256 perceptual_hash focal_x focal_y blurred", only=witnesses.PICTURES),
    "images.Video": Taken(
        f"{_RIGHTS} seconds is_ready failure poster poster_at captions captions_language captions_kind",
        only=witnesses.VIDEOS,
    ),
    "images.RightsWarning": Taken("picture video rights_until told_at", only=witnesses.WARNINGS),
    "images.RenditionJob": Left("renditions are made when they are first asked for"),
    "images.VideoJob": _MADE_ANEW,
    "authors.Author": Taken("name slug role biography portrait email telegram x website user"),
    "articles.Section": Taken("parent name names slug path description colour position shows_history"),
    "articles.Series": Taken("title slug description language"),
    "articles.Tag": Taken("name slug"),
    "articles.Article": Taken(
        "state changes version headline short_headline social_headline kicker standfirst dateline body lead_picture"
        " section series kind language slug original noindex original_revision assignee due_at commissioned_length"
        " brief needs_legal needs_picture is_sensitive embargo_until created_at created_by saved_at saved_by"
        " latest_revision digest live_revision live_digest public_place first_published_at import_digest"
    ),
    "articles.Article_tags": Taken("article tag"),
    "articles.Byline": Taken("article position author name credit"),
    "articles.Correction": Taken("article kind text is_above at created_by removed_at"),
    "articles.Revision": Taken("article number verb content digest note created_at created_by"),
    "articles.Comment": Taken("article author text excerpt answers at resolved_at resolved_by"),
    "articles.Autosave": Taken("article user version fields page count at"),
    "articles.ScheduledChange": Taken(
        "due_at attempts article verb revision at state options override set_aside note error created_at created_by"
        " finished_at warned_at",
        leaves=_LEASE,
    ),
    "articles.SavedFilter": Taken("user name query is_shared"),
    "articles.SectionLimit": Taken("user section"),
    "articles.Presence": _PASSING,
    "articles.Front": Taken("section language draft version live launched_number changed_at changed_by"),
    "articles.FrontLaunch": Taken("front number content at by"),
    "articles.PressedFront": _MADE_ANEW,
    "articles.PublishedArticle": Taken(
        "revision digest path language kind section series kicker headline short_headline social_headline standfirst"
        " dateline word_count byline tag_links original related corrections noindex published_at updated_at",
        leaves=dict.fromkeys(
            ("body_html", "lead"), "names renditions by this newsroom's keys; the text stands in its revision"
        ),
    ),
    "articles.PublishedByline": Taken("article author published_at"),
    "articles.PublishedTag": Taken("tag content_object published_at"),
    "articles.PublishedPicture": Taken("article picture"),
    "articles.PublishedVideo": Taken("article video"),
    "articles.PublishedRelated": Taken("article other"),
    "articles.PublishedCorrection": Taken("article kind text language at"),
    "articles.PublishedVersion": Taken("article revision at headline standfirst text note"),
    "articles.OldPath": Taken("path kind is_prefix target article_number language headline notice at"),
    "articles.Merged": Taken("kind number into"),
    "articles.ReaderNote": Taken(
        "article_number headline text language state at handled_at handled_by", leaves={"contact": "a reader's address"}
    ),
    "articles.StoryReads": Taken("article_number hour count"),
    "articles.MostRead": Left("made anew by the worker every few minutes"),
    "articles.SearchText": _MADE_ANEW,
    "articles.SearchWord": _MADE_ANEW,
    "articles.HubNotice": Left("news for WebSub hubs, told by the newsroom in which it happened"),
    "articles.SiteSettings": Taken(
        "name tagline description logo icon palette faces headline_font text_font language further_languages"
        " newsroom_time_zone home_time_zone whatsapp_url telegram_url x_url facebook_url report_email feeds_whole"
        " wording banners counts_reads counts_letters"
    ),
    "articles.Page": Taken("title slug language path body body_html is_hidden updated_at"),
    "articles.MenuItem": Taken("menu position section page url label language"),
    "articles.MovingRun": Taken(
        "due_at attempts kind name options is_trial state created_at created_by finished_at bytes_read bytes_total"
        " counts",
        leaves={"file": "gone when the move is over", **_LEASE},
        only=Q(state__in=_CLOSED_MOVE),
    ),
    "articles.MovingNote": Taken("run line title code detail article_number", only=Q(run__state__in=_CLOSED_MOVE)),
    "articles.FeedName": Taken("name"),
    "articles.MovedThing": Taken("source kind foreign number said parent name"),
    "citizen_reports.IntakeForm": Taken(
        "words slug title intro safety_text is_open opens_at closes_at languages kinds max_files max_file_mb"
        " max_media_mb max_report_mb retention_days consent_version section position"
    ),
    "citizen_reports.Question": Taken(
        "words form key kind label help_text options required is_personal position is_active"
    ),
    "citizen_reports.StoryCallOut": Taken("story form"),
    "citizen_reports.CannedAnswer": Taken("title language text position"),
    "citizen_reports.Report": _WITNESSES,
    "citizen_reports.Message": _WITNESSES,
    "citizen_reports.ReportStory": _WITNESSES,
    "citizen_reports.ReportEvent": _WITNESSES,
    "citizen_reports.Attachment": _WITNESSES,
    "citizen_reports.FileScan": _WITNESSES,
    "citizen_reports.Upload": _WITNESSES,
    "citizen_reports.UploadPart": _WITNESSES,
    "citizen_reports.VerificationCheck": _WITNESSES,
    "citizen_reports.BlockRule": _WITNESSES,
    "citizen_reports.Trace": _WITNESSES,
    "citizen_reports.InboundEmail": _WITNESSES,
    "citizen_reports.OutboundEmail": _WITNESSES,
    "citizen_reports.WitnessIdentity": _WITNESSES,
    "citizen_reports.Consent": _WITNESSES,
    "citizen_reports.LibraryCopy": _WITNESSES,
    "citizen_reports.ConsentAlarm": _WITNESSES,
    "subscriptions.Subscriber": Taken(
        "email email_norm language time_zone state created_at confirmed_at consent_version digest_hour digest_weekday"
        " quiet_from quiet_until paused_until last_digest_at agrees_to_measure",
        leaves={
            "address_hash": "made with this newsroom's keys",
            "link_key": "opens the reader's page",
            "answered_at": "of the other newsroom",
        },
        only=~Q(state=Subscriber.State.ERASED),
        readers=True,
        anew={"address_hash": lambda row: address_hash(row["email_norm"])},
    ),
    "subscriptions.Subscription": Taken(
        "subscriber topic channel cadence state changed_at",
        only=~Q(subscriber__state=Subscriber.State.ERASED),
        readers=True,
    ),
    "subscriptions.Suppression": Taken("address_hash reason at", readers=True),
    "subscriptions.AudienceImport": Taken(
        "due_at attempts file name cadence language time_zone has_agreed agreed_where agreed_when state created_at"
        " created_by finished_at position lines new known suppressed invalid added wrong_lines",
        leaves=_LEASE,
        only=Q(state__in=_CLOSED_LIST),
        readers=True,
    ),
    "subscriptions.AudienceImport_topics": Taken(
        "audienceimport topic", only=Q(audienceimport__state__in=_CLOSED_LIST), readers=True
    ),
    "subscriptions.Newsletter": Taken(
        "kind name slug needs_approval is_public is_offered description from_name not_after_hours"
    ),
    "subscriptions.Topic": Taken("kind section author tag article_number newsletter list_id is_open"),
    "subscriptions.Newsletter_topics": Taken("newsletter topic"),
    "subscriptions.Edition": Taken(
        "due_at attempts newsletter edition_key article_number cadence day open_until span_minutes language subject"
        " html text frozen_at state created_at created_by not_after prepared_at finished_at audience excluded sent"
        " failed uncertain skipped problem",
        leaves=_LEASE,
        only=~Q(state__in=Edition.OPEN),
    ),
    "subscriptions.Edition_topics": Taken("edition topic", only=~Q(edition__state__in=Edition.OPEN)),
    "subscriptions.EditionStory": Taken("edition article_number position", only=~Q(edition__state__in=Edition.OPEN)),
    "subscriptions.ManualLetter": Taken(
        "newsletter language subject preheader intro closing stories due_at span_minutes state version edition"
        " created_at created_by changed_at changed_by",
        only=Q(edition=None) | ~Q(edition__state__in=Edition.OPEN),
    ),
    "subscriptions.DailyFigure": Taken("day name count"),
    "subscriptions.ChannelAccount": Taken(
        "kind name address server language is_active tested_at test_problem test_detail",
        leaves={"credentials": "the keys of the account"},
    ),
    "subscriptions.ChannelAccount_sections": Taken("channelaccount section"),
    "subscriptions.ChannelText": Taken("account article_number text is_ticked"),
    "subscriptions.ChannelPost": Taken(
        "due_at attempts account article_number purpose number headline text link state problem detail idempotency_key"
        " external_id url first_sent_at may_be_there looks created_at changed_at created_by",
        leaves=_LEASE,
        only=~Q(state__in=ChannelPost.OPEN),
    ),
    "subscriptions.PushRound": Taken(
        "due_at attempts article_number headline language message state created_at created_by not_after prepared_at"
        " finished_at audience sent failed uncertain",
        leaves=_LEASE,
        only=~Q(state__in=PushRound.OPEN),
    ),
    "subscriptions.PushRound_topics": Taken("pushround topic", only=~Q(pushround__state__in=PushRound.OPEN)),
    "subscriptions.PushAddress": Left("a device listens to the keys of the newsroom that it allowed"),
    "subscriptions.PushAddress_topics": Left("a device listens to the keys of the newsroom that it allowed"),
    "subscriptions.PushDelivery": _TO_READERS,
    "subscriptions.Delivery": _TO_READERS,
    "subscriptions.LinkTotal": _TO_READERS,
    "subscriptions.DeliveryEvent": _TO_READERS,
    "subscriptions.Answer": _MAIL,
    "subscriptions.AddressChange": _MAIL,
    "subscriptions.Way": _PASSING,
    "subscriptions.Throttle": _PASSING,
    "pagecache.Purge": _PASSING,
    "jobs.Chore": _PASSING,
    "safeguards.Tally": _PASSING,
    "sessions.Session": _SIGN_IN,
    "account.EmailAddress": _SIGN_IN,
    "account.EmailConfirmation": _SIGN_IN,
    "mfa.Authenticator": _SIGN_IN,
    "admin.LogEntry": Left("the audit rows say it"),
    "auth.Permission": _TABLES,
    "contenttypes.ContentType": _TABLES,
    "auth.Group": _UNUSED,
    "auth.Group_permissions": _UNUSED,
    "taggit.Tag": _UNUSED,
    "taggit.TaggedItem": _UNUSED,
}


class Kind(NamedTuple):
    """A taken model. `name` is what it is called in an export; `fields` are those that it holds, the key first."""

    name: str
    model: type[models.Model]
    taken: Taken
    fields: list[models.Field[Any, Any]]


def kinds(*, with_readers: bool) -> list[Kind]:
    """All that an export holds, in the order of the table."""
    return [
        _kind(label, entry)
        for label, entry in TABLE.items()
        if isinstance(entry, Taken) and (with_readers or not entry.readers)
    ]


def _kind(label: str, entry: Taken) -> Kind:
    model = apps.get_model(label)
    named = {field.name: field for field in model._meta.concrete_fields}
    return Kind(label.lower(), model, entry, [model._meta.pk, *(named[name] for name in entry.fields.split())])
