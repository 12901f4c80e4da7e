from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings as project
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from accounts.models import AuditRow, User
from accounts.roles import Role
from articles.models.published import OldPath, PublishedArticle
from authors.models import Author
from tests import make

ADD = "admin:authors_author_add"


def photo(colour: str = "teal", comment: str = "taken at 12 Quay Street") -> SimpleUploadedFile:
    out = BytesIO()
    exif = Image.Exif()
    exif[0x010E] = comment
    Image.new("RGB", (1200, 900), colour).save(out, "JPEG", exif=exif)
    return SimpleUploadedFile("me.jpg", out.getvalue(), "image/jpeg")


def change(client: Client, author: Author, **fields: object):
    data = {"name": author.name, "slug": author.slug, **fields}
    return client.post(reverse("admin:authors_author_change", args=[author.pk]), data)


@pytest.fixture
def client_of_subeditor(db: None, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(make.user(Role.SUBEDITOR))


@pytest.mark.parametrize(
    ("name", "slug"), [("Efua Marchetti", "efua-marchetti"), ("سلمى الحداد", "سلمى-الحداد"), ("José Ärla", "josé-ärla")]
)
def test_an_empty_slug_is_made_from_the_name(name: str, slug: str, client_of_subeditor: Client) -> None:
    client_of_subeditor.post(reverse(ADD), {"name": name, "slug": ""})
    assert Author.objects.get().slug == slug
    assert AuditRow.objects.get(verb="author saved").label == name


def test_a_slug_that_is_taken_is_refused_at_its_field(client_of_subeditor: Client) -> None:
    make.author("Efua Marchetti", slug="efua-marchetti")
    response = client_of_subeditor.post(reverse(ADD), {"name": "Efua Marchetti", "biography": "Writes of rivers."})
    assert set(response.context["adminform"].form.errors) == {"slug"}
    assert "Writes of rivers." in response.content.decode()


def test_portrait_is_small_and_fresh_and_has_an_address(client_of_subeditor: Client) -> None:
    client_of_subeditor.post(reverse(ADD), {"name": "Efua Marchetti", "portrait": photo()})
    author = Author.objects.get()
    kept = Path(project.MEDIA_ROOT) / author.portrait.name
    with Image.open(kept) as picture:
        assert picture.size == (640, 480)
    assert b"Quay Street" not in kept.read_bytes()
    assert author.portrait_url == reverse("images:picture", args=[kept.name])
    form = client_of_subeditor.get(reverse("admin:authors_author_change", args=[author.pk])).content.decode()
    assert author.portrait_url in form


def test_a_file_that_is_no_picture_is_refused(client_of_subeditor: Client) -> None:
    fake = SimpleUploadedFile("me.jpg", b"<script>alert(1)</script>", "image/jpeg")
    response = client_of_subeditor.post(reverse(ADD), {"name": "Efua Marchetti", "portrait": fake})
    assert "portrait" in response.context["adminform"].form.errors
    assert not Author.objects.exists()


def test_a_portrait_that_is_replaced_or_taken_out_is_deleted(
    client_of_subeditor: Client, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    client_of_subeditor.post(reverse(ADD), {"name": "Efua Marchetti", "portrait": photo("teal")})
    author = Author.objects.get()
    files = [Path(project.MEDIA_ROOT) / author.portrait.name]
    with django_capture_on_commit_callbacks(execute=True):
        change(client_of_subeditor, author, portrait=photo("olive"))
    author.refresh_from_db()
    files.append(Path(project.MEDIA_ROOT) / author.portrait.name)
    assert [file.exists() for file in files] == [False, True]
    with django_capture_on_commit_callbacks(execute=True):
        change(client_of_subeditor, author, **{"portrait-clear": "on"})
    author.refresh_from_db()
    assert author.portrait_url == ""
    assert not files[1].exists()


def test_saving_without_a_new_file_keeps_the_portrait(client_of_subeditor: Client) -> None:
    client_of_subeditor.post(reverse(ADD), {"name": "Efua Marchetti", "portrait": photo()})
    before = Author.objects.get()
    change(client_of_subeditor, before, role="Correspondent")
    after = Author.objects.get()
    assert (after.role, after.portrait.name) == ("Correspondent", before.portrait.name)


def test_a_new_slug_leads_on_and_reaches_printed_bylines(client_of_subeditor: Client, client: Client) -> None:
    author = make.author("Efua Marchetti", slug="efua")
    story = make.story(bylines=[author])
    old = author.get_absolute_url()
    change(client_of_subeditor, author, slug="efua-marchetti")
    author.refresh_from_db()
    assert OldPath.objects.get(path=old).target == author.get_absolute_url()
    assert PublishedArticle.objects.get(pk=story.pk).byline[0]["path"] == author.get_absolute_url()


def test_an_author_with_stories_cannot_be_deleted(chief: User, signed_in: Callable[[User], Client]) -> None:
    author = make.author("Efua Marchetti")
    make.story(bylines=[author])
    client = signed_in(chief)
    client.post(reverse("admin:authors_author_delete", args=[author.pk]), {"post": "yes"})
    assert Author.objects.filter(pk=author.pk).exists()


def test_authors_are_found_by_name_for_bylines(client_of_subeditor: Client) -> None:
    make.author("Efua Marchetti")
    make.author("Samir Okonde")
    query = {"term": "march", "app_label": "articles", "model_name": "byline", "field_name": "author"}
    found = client_of_subeditor.get(reverse("admin:autocomplete"), query).json()["results"]
    assert [each["text"] for each in found] == ["Efua Marchetti"]
