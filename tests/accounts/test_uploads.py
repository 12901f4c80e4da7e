"""Nobody but staff can have this server keep a file, however briefly."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests import make

pytestmark = pytest.mark.django_db
LARGE = 3 * 1024 * 1024  # what Django would put into the temporary folder


def film(size: int = LARGE) -> SimpleUploadedFile:
    return SimpleUploadedFile("film.mp4", b"\0" * size, content_type="video/mp4")


@pytest.mark.parametrize("name", ["accounts:sign_in", "subscriptions:subscribe"])
def test_a_stranger_s_file_is_passed_over(name: str, client: Client, settings: Any, tmp_path: Path) -> None:
    make.site()
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "nowhere")  # to write there would fail
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 1024  # and larger files are written there; those of 3 MB are refused whole
    answer = client.post(reverse(name), {"login": "ada@paper.example", "email": "ada@", "file": film(32 * 1024)})
    assert "ada@" in answer.content.decode()


def test_staff_s_files_arrive(client: Client, editor: Any) -> None:
    client.force_login(editor)
    page = client.post(reverse("admin:articles_article_import"), {"file": film()})
    assert [len(file) for file in page.wsgi_request.FILES.values()] == [LARGE]
