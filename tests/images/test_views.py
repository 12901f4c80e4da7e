import pytest
from django.test import Client


@pytest.fixture
def pictures(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / "pictures").mkdir()
    return tmp_path / "pictures"


def test_a_picture_is_served_for_long(pictures):
    name = "0123456789abcdef" * 2 + ".webp"
    (pictures / name).write_bytes(b"picture")
    response = Client().get(f"/pictures/{name}")

    assert b"".join(response.streaming_content) == b"picture"
    assert response["Content-Type"] == "image/webp"
    assert "immutable" in response["Cache-Control"]


@pytest.mark.parametrize(
    "name", ["nothing.webp", "0" * 32 + ".webp", "../../newsroom.sqlite3", "%2e%2e%2fsecrets", "a.svg"]
)
def test_nothing_else_is_served(pictures, name, db):
    (pictures.parent / "newsroom.sqlite3").write_bytes(b"secret")
    response = Client().get(f"/pictures/{name}", follow=True)
    assert response.status_code == 404
    assert b"secret" not in response.content
