"""Text in: the command, and the page of the desk. Whole or not at all, and never twice."""

import io
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.roles import Role
from articles import actions, markup
from articles.actions_import import bring_in, find_section
from articles.importing.plain_text import read
from articles.models.desk import Article, State
from articles.models.published import PublishedArticle
from articles.models.site import SiteSettings
from articles.problems import NotAllowed
from tests import make

pytestmark = pytest.mark.django_db

PAGE = "/admin/articles/article/import/"
BRIDGE = Path(__file__).resolve().parent.parent / "data" / "bridge.txt"
STORY = """News
Ferry service resumes after four days

The first boat left the north quay at noon.
The harbour master said:
“We waited until the swell was under two metres.”
It carried forty people.
For updates click on Telegram. For eyewitness accounts write to: desk@harbour.example. Follow us on X or Facebook.
"""


def run(*arguments: str) -> tuple[str, str]:
    """What the command wrote to its two outputs; it must end well."""
    out, err = io.StringIO(), io.StringIO()
    call_command("import_text", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.fixture(autouse=True)
def paper(db):
    make.site()
    return make.section("News", names={"fr": "Actualités"})


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "ferry.txt"
    path.write_text(STORY, encoding="utf-8")
    return path


# The command ---------------------------------------------------------------------------------------------------------


def test_a_file_becomes_a_draft(file, paper):
    out, _ = run(str(file))
    article = Article.objects.get()
    assert (article.headline, article.section) == ("Ferry service resumes after four days", paper)
    assert (article.state, article.language) == (State.DRAFT, "en")
    assert article.body == (
        "<p>The first boat left the north quay at noon.</p><p>The harbour master said:</p>"
        "<blockquote><p>“We waited until the swell was under two metres.”</p></blockquote>"
        "<p>It carried forty people.</p>"
    )
    assert [revision.verb for revision in article.revisions.all()] == ["imported"]
    assert not article.bylines.exists()
    assert f"{article.pk}  Ferry service resumes after four days  Draft  -" in out


def test_every_sentence_of_a_long_file_arrives_in_order():
    run(str(BRIDGE))
    lines = [line.strip() for line in BRIDGE.read_text(encoding="utf-8").splitlines() if line.strip()]
    article = Article.objects.get()
    assert article.section.name == lines[0]
    assert article.headline == lines[1]
    body = markup.plain(article.body).splitlines()
    assert body == lines[2 : 2 + len(body)]
    assert len(body) >= len(lines) - 4  # all but section, headline and the closing notice


def test_publish_prints_the_address(file):
    out, _ = run(str(file), "--publish")
    published = PublishedArticle.objects.get()
    assert f"Published  {published.path}" in out
    assert published.headline == "Ferry service resumes after four days"


def test_the_closing_notice_fills_what_the_settings_lack(file):
    out, _ = run(str(file))
    assert SiteSettings.load().report_email == "desk@harbour.example"
    assert "desk@harbour.example" in out
    assert "Telegram channel, X account, Facebook page: write addresses" in out


def test_the_closing_notice_changes_nothing_that_is_set(file):
    make.site(report_email="reports@harbour.example")
    run(str(file))
    assert SiteSettings.load().report_email == "reports@harbour.example"


def test_the_same_text_a_second_time_makes_no_second_story(file, tmp_path):
    run(str(file))
    again = tmp_path / "again.txt"
    again.write_bytes(STORY.replace("\n", "\r\n").encode("utf-16"))
    out, _ = run(str(again))
    article = Article.objects.get()
    assert f"This text is here already: story {article.pk}, “{article.headline}” (Draft)." in out


def test_the_database_refuses_a_second_story_of_one_text():
    actions.create(actor=None, import_digest="a" * 64)
    with pytest.raises(IntegrityError), transaction.atomic():
        actions.create(actor=None, import_digest="a" * 64)


def test_a_bad_file_is_named_and_the_others_come_in(file, tmp_path):
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "headline.txt").write_text("Only a headline")
    out, err = io.StringIO(), io.StringIO()
    names = [str(tmp_path / name) for name in ("empty.txt", "headline.txt", "nowhere.txt", "ferry.txt")]
    with pytest.raises(CommandError, match="3 of 4 files did not come in") as refusal:
        call_command("import_text", *names, stdout=out, stderr=err)
    assert refusal.value.returncode == 1
    assert "empty.txt: The file is empty" in err.getvalue()
    assert "headline.txt: The file has a headline but no text" in err.getvalue()
    assert "nowhere.txt: No such file" in err.getvalue()
    assert Article.objects.get().headline == "Ferry service resumes after four days"


def refused(*arguments: str) -> str:
    err = io.StringIO()
    with pytest.raises(CommandError):
        call_command("import_text", *arguments, stdout=io.StringIO(), stderr=err)
    return err.getvalue()


def test_an_unknown_section_is_told_with_the_known_ones(tmp_path):
    path = tmp_path / "story.txt"
    path.write_text(STORY.replace("News\n", "Weather\n", 1), encoding="utf-8")
    assert "No section is called “Weather”. The paper has: News (news)." in refused(str(path))
    assert not Article.objects.exists()
    run(str(path), "--section", "news")
    assert Article.objects.get().section.slug == "news"


def test_what_cannot_be_published_does_not_come_in_half(tmp_path):
    path = tmp_path / "story.txt"
    path.write_text("A headline that ends like a sentence.\nThe text of a story without any section at all.\n")
    assert "Choose a section" in refused(str(path), "--publish")
    assert not Article.objects.exists()
    run(str(path))
    assert Article.objects.get().section is None


def test_a_headline_longer_than_the_desk_allows_is_refused(tmp_path):
    path = tmp_path / "story.txt"
    path.write_text("News\n" + "A headline without end " * 12 + "\nText.\n")
    assert "at most 200 characters" in refused(str(path))
    assert not Article.objects.exists()


def test_a_language_without_an_edition_is_refused(file):
    with pytest.raises(CommandError, match="It has: en, fr, ar"):
        call_command("import_text", str(file), "--language", "de")
    run(str(file), "--language", "fr")
    assert Article.objects.get().language == "fr"


def test_a_byline_finds_its_author(tmp_path):
    author = make.author("Ada Lund")
    path = tmp_path / "story.txt"
    path.write_text(STORY.replace("days\n", "days\nBy Ada Lund\n", 1), encoding="utf-8")
    run(str(path))
    assert [line.author for line in Article.objects.get().bylines.all()] == [author]


@pytest.mark.parametrize("name", ["News", "news", " NEWS ", "Actualités", "actualités"])
def test_a_section_goes_by_all_its_names(name, paper):
    assert find_section(name) == paper


# The page of the desk ------------------------------------------------------------------------------------------------


def test_pasted_text_is_shown_and_then_made_a_draft(editor, signed_in, paper):
    desk = signed_in(editor)
    assert PAGE in desk.get("/admin/articles/article/").content.decode()
    seen = desk.post(PAGE, {"text": STORY})
    page = seen.content.decode()
    assert "Ferry service resumes after four days" in page
    assert "Follow us on X or Facebook." in page
    assert not Article.objects.exists()
    form = seen.context["form"]
    assert form["section"].value() == paper.pk
    answer = desk.post(PAGE, {"parsed": form["parsed"].value(), "section": paper.pk, "language": "en"})
    article = Article.objects.get()
    assert answer.url == reverse("admin:articles_article_change", args=[article.pk])
    assert (article.section, article.created_by) == (paper, editor)
    assert "It carried forty people." in article.body


def test_an_uploaded_file_is_read(editor, signed_in):
    upload = SimpleUploadedFile("ferry.txt", STORY.encode("utf-16"))
    assert "Ferry service resumes" in signed_in(editor).post(PAGE, {"text": "", "file": upload}).content.decode()


def test_the_channels_are_offered_to_a_chief_alone(editor, chief, signed_in):
    assert "Put these into the site settings" not in signed_in(editor).post(PAGE, {"text": STORY}).content.decode()
    desk = signed_in(chief)
    seen = desk.post(PAGE, {"text": STORY})
    assert "Put these into the site settings" in seen.content.decode()
    parsed = seen.context["form"]["parsed"].value()
    signed_in(editor).post(PAGE, {"parsed": parsed, "language": "en", "channels": "on"})
    assert SiteSettings.load().report_email == ""
    Article.objects.all().delete()
    desk.post(PAGE, {"parsed": parsed, "language": "en", "channels": "on"})
    assert SiteSettings.load().report_email == "desk@harbour.example"


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "Paste a text or choose a file"), ("Only a headline", "The file has a headline but no text")],
)
def test_an_error_keeps_the_text(editor, signed_in, text, message):
    page = signed_in(editor).post(PAGE, {"text": text}).content.decode()
    assert message in page
    assert text in page


def test_an_empty_file_is_told(editor, signed_in):
    page = signed_in(editor).post(PAGE, {"text": "", "file": SimpleUploadedFile("empty.txt", b"")}).content.decode()
    assert "The file is empty" in page


def test_the_same_text_again_leads_to_the_first_story(editor, signed_in):
    desk = signed_in(editor)
    parsed = desk.post(PAGE, {"text": STORY}).context["form"]["parsed"].value()
    first = desk.post(PAGE, {"parsed": parsed, "language": "en"})
    assert "This text is here already" in desk.post(PAGE, {"text": STORY}).content.decode()
    assert desk.post(PAGE, {"parsed": parsed, "language": "en"}).url == first.url
    assert Article.objects.count() == 1


def test_a_tampered_text_is_refused(editor, signed_in):
    answer = signed_in(editor).post(PAGE, {"parsed": "forged:text", "language": "en"}, follow=True)
    assert "damaged on its way" in answer.content.decode()
    assert not Article.objects.exists()


def test_a_stranger_may_not_bring_in_text(client):
    assert client.post(PAGE, {"text": STORY}, follow=True).redirect_chain
    assert not Article.objects.exists()


def test_the_verb_asks_for_the_permission(file):
    former = make.user(Role.CONTRIBUTOR)
    former.is_active = False
    with pytest.raises(NotAllowed):
        bring_in(read(file.read_bytes()), actor=former, section=None, language="en")
