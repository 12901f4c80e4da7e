from django import forms
from django.contrib.admin.widgets import AdminFileWidget
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.forms import https_first
from authors.models import Author
from images.fields import FreshPictureField


class AuthorForm(forms.ModelForm):
    portrait = FreshPictureField(
        label=_("Portrait"), max_side=640, required=False, widget=AdminFileWidget,
        help_text=_("It is made smaller, and everything hidden in the file is left out."),
    )  # fmt: skip

    class Meta:
        model = Author
        fields = ("name", "slug", "role", "biography", "portrait", "email", "telegram", "x", "website", "user")
        formfield_callback = https_first

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        if "slug" in self.fields:
            self.fields["slug"].required = False
            self.fields["slug"].help_text = gettext(
                "The last part of the address. Empty: made from the name. An old address leads on to the new one."
            )

    def clean_slug(self) -> str:
        slug = self.cleaned_data["slug"] or slugify(self.cleaned_data.get("name", ""), allow_unicode=True)[:120].strip(
            "-"
        )
        if not slug and self.cleaned_data.get("name"):
            raise ValidationError(gettext("No address can be made from this name. Write a slug."))
        return slug
