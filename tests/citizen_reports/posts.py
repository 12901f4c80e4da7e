"""What a witness's browser sends, and what it reads out of the answer."""

import io
import re
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

FORM = "/report/witness/"
PLANTED = "PLANTED-CAMERA"


def hidden(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    return found[1] if found else ""


def content(**fields: Any) -> dict[str, Any]:
    """The least that the form takes."""
    least = {"kind": "eyewitness", "body": "The bridge fell at noon.", "exposure": "anonymous", "credit": "anonymous"}
    return {**least, **fields}


def token(client: Client, address: str = FORM) -> str:
    return hidden(client.get(address).content.decode(), "token")


def send(client: Client, *, address: str = FORM, **fields: Any) -> Any:
    """The answer to the form, filled in and sent; `fields` as for `content`, among them a `token` of one's own."""
    fields.setdefault("token", token(client))
    return client.post(address, content(**fields))


def receipt_of(answer: Any) -> str:
    found = re.search(r"(?:[0-9A-Z]{4}-){4}[0-9A-Z]", answer.content.decode())
    assert found, answer.content.decode()
    return found[0]


def come_back(client: Client, receipt: str) -> Any:
    return client.post("/report/receipt/", {"receipt": receipt})


def photo(name: str = "bridge.jpg", *, colour: str = "teal", **save: Any) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(out, "JPEG", **save)
    return SimpleUploadedFile(name, out.getvalue(), content_type="image/jpeg")


def tagged_photo(name: str = "IMG_0001.jpg") -> SimpleUploadedFile:
    """A photo that says where (52.5° N, 13.25° W), when, and with what it was taken, in as many ways as there are."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = PLANTED, "Model 7"
    exif.get_ifd(0x8769)[0x9003] = "2031:05:04 11:58:30"
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 30.0, 0.0), 3: "W", 4: (13.0, 15.0, 0.0)})
    return photo(name, exif=exif, comment=PLANTED.encode(), xmp=f"<x:xmpmeta>{PLANTED}</x:xmpmeta>".encode())


def stored(data_dir: Path) -> list[Path]:
    """Every file of the quarantine."""
    return [path for path in (data_dir / "private" / "reports").rglob("*") if path.is_file()]
