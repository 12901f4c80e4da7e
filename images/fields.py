from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile

from images.pixels import PictureRefused, fresh
from safeguards import stores


def refuse_if_away() -> None:
    """Raises ``ValidationError`` where no file could be kept just now, so that the form keeps what was typed."""
    if stores.public().standing():
        raise ValidationError(stores.AWAY)


class FreshPictureField(forms.FileField):
    """A form field for a small picture (portrait, logo): what it hands on is made from the pixels alone."""

    def __init__(self, *, max_side: int, **kwargs: Any) -> None:
        self.max_side = max_side
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        upload = super().clean(data, initial)
        if not upload or upload is initial or isinstance(upload, ContentFile):
            return upload
        refuse_if_away()
        try:
            return fresh(upload, max_side=self.max_side)
        except PictureRefused as refusal:
            raise ValidationError(str(refusal)) from refusal
