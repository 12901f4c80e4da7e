"""Forms for the paper's furniture. Those with a field for each language are made to measure, by functions."""

from typing import Any, cast

from django import forms
from django.contrib.admin.widgets import AdminFileWidget
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.forms import TimeZoneField, https_first
from articles import blocks, languages, markup
from articles.editor import BodyEditor
from articles.forms.look import FacesChoice, FontField, IconField, PaletteChoice
from articles.models.places import Section, Series, Tag
from articles.models.published import PublishedArticle
from articles.models.site import WORDINGS, Faces, MenuItem, Page, SiteSettings
from articles.slugs import slugify
from images.fields import FreshPictureField

SLUG_HELP = _("The last part of the address. Empty: made from the name. An old address leads on to the new one.")

_ZONES = {"city": "newsroom_time_zone", "home": "home_time_zone"}  # what stands beside times -> whose city it is


def edition_choices(site: SiteSettings, *, also: str = "") -> list[tuple[str, str]]:
    """The paper's languages by their own names, the main one first; `also` is a code that must not be lost."""
    codes = dict.fromkeys([*site.languages, *([also] if also else [])])
    return [(code, languages.LANGUAGES[code].name if code in languages.LANGUAGES else code) for code in codes]


def _native(code: str) -> dict[str, str]:
    return {"lang": code, "dir": languages.direction(code)}


class SlugFromName(forms.ModelForm):
    """An empty slug is made from the field that `named_by` names."""

    named_by = "name"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "slug" in self.fields:
            self.fields["slug"].required = False
            self.fields["slug"].help_text = SLUG_HELP

    def clean_slug(self) -> str:
        name = self.cleaned_data.get(self.named_by, "")
        slug = self.cleaned_data["slug"] or slugify(name)
        if name and not slug:
            raise ValidationError(gettext("No address can be made from this. Write a slug."))
        return slug


class InOneLanguage(forms.ModelForm):
    """Chooses the language from the paper's editions."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "language" in self.fields:
            site = SiteSettings.load()
            also = self.instance.language if self.instance.pk else ""
            self.fields["language"] = forms.ChoiceField(
                label=_("Language"), choices=edition_choices(site, also=also), initial=site.language
            )


class SectionForm(SlugFromName):
    in_main_menu = forms.BooleanField(label=_("Add it to the main menu"), required=False, initial=True)

    class Meta:
        model = Section
        fields = ("name", "slug", "parent", "description", "colour", "position", "shows_history")
        widgets = {"colour": forms.TextInput(attrs={"data-colour": "", "size": 8, "placeholder": "#1f4e79"})}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("parent") and Page.desk.filter(slug=cleaned.get("slug")).exists():
            self.add_error("slug", gettext("A page has this address."))
        given = {name.removeprefix("names_"): value for name, value in cleaned.items() if name.startswith("names_")}
        self.instance.names = {code: name for code, name in {**self.instance.names, **given}.items() if name}
        return cleaned


def section_form(section: Section | None) -> type[SectionForm]:
    """The form of a section (None: a new one), with ``names_<code>`` for every further language of the paper."""
    fields: dict[str, Any] = {
        f"names_{code}": forms.CharField(
            label=name, max_length=80, required=False, initial=section.names.get(code, "") if section else "",
            widget=forms.TextInput(attrs={**_native(code), "class": "vTextField"}),
        )
        for code, name in edition_choices(SiteSettings.load())[1:]
    }  # fmt: skip
    if section:
        fields["in_main_menu"] = None  # asked once, when the section is made
    return type("SectionForm", (SectionForm,), fields)


class SeriesForm(InOneLanguage, SlugFromName):
    named_by = "title"

    class Meta:
        model = Series
        fields = ("title", "slug", "description", "language")


class TagForm(SlugFromName):
    class Meta:
        model = Tag
        fields = ("name", "slug")

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if Tag.objects.filter(name__named=name).exclude(pk=self.instance.pk).exists():
            raise ValidationError(gettext("There is a tag of this name already."))
        return name


class PageForm(InOneLanguage, SlugFromName):
    """`seen` is when the page was last saved as the form was opened: who was overtaken is told, and saves once more."""

    named_by = "title"
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Page
        fields = ("title", "slug", "language", "body", "is_hidden")
        widgets = {"body": BodyEditor}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.saved = self.instance.updated_at.isoformat() if self.instance.pk else ""
        self.fields["seen"].initial = self.saved

    def clean_body(self) -> str:
        body = markup.clean(self.cleaned_data["body"])
        if blocks.of_stories_only(body):
            raise ValidationError(
                gettext("Pictures, videos and lists of stories stand in stories only. Take them out of this page.")
            )
        return body

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        same = Page.desk.filter(slug=cleaned.get("slug"), language=cleaned.get("language"))
        if same.exclude(pk=self.instance.pk).exists():
            self.add_error("slug", gettext("Another page has this address."))
        fields = PageForm.Meta.fields
        differs = any(cleaned.get(name) != getattr(self.instance, name) for name in fields)  # a second click does not
        if differs and cleaned.get("seen") and cleaned["seen"] != self.saved:
            self.add_error(None, gettext(
                "Somebody else has saved this page while you had it open. Look at theirs in another tab; save once more"
                " if yours is to stand."
            ))  # fmt: skip
            data = cast(QueryDict, self.data).copy()
            data["seen"] = self.saved
            self.data = data
        return cleaned


class NewPageForm(PageForm):
    in_footer_menu = forms.BooleanField(
        label=_("Add it to the menu at the foot of the page"), required=False, initial=True
    )


class MenuItemForm(forms.ModelForm):
    class Meta:
        model = MenuItem
        fields = ("menu", "section", "page", "url", "label", "language", "position")
        formfield_callback = https_first

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "language" in self.fields:
            choices = edition_choices(SiteSettings.load(), also=self.instance.language)
            self.fields["language"] = forms.ChoiceField(
                label=_("Only in"), required=False, choices=[("", _("every language")), *choices]
            )


class SiteSettingsForm(forms.ModelForm):
    logo = FreshPictureField(label=_("Logo"), max_side=800, required=False, widget=AdminFileWidget)
    icon = IconField(
        label=_("Icon"), required=False, widget=AdminFileWidget,
        help_text=_("A square picture for tabs, bookmarks and home screens, at least 512 pixels wide."),
    )  # fmt: skip
    headline_font = FontField(
        label=_("Headline font"), required=False, widget=AdminFileWidget,
        help_text=_("A WOFF2 file of at most 300 kB, whose licence lets you serve it. Empty: the classic face."),
    )  # fmt: skip
    text_font = FontField(
        label=_("Text font"), required=False, widget=AdminFileWidget,
        help_text=_("A WOFF2 file of at most 300 kB. Readers wait for no font: the text stands there before it comes."),
    )  # fmt: skip
    language = forms.ChoiceField(label=_("Main language"), choices=languages.CHOICES)
    further_languages = forms.MultipleChoiceField(
        label=_("Further languages"), choices=languages.CHOICES, required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("Each is an edition of its own, with its own front page."),
    )  # fmt: skip
    newsroom_time_zone = TimeZoneField(label=_("Newsroom's time zone"))
    home_time_zone = TimeZoneField(
        label=_("Home country's time zone"), help_text=_("Where most of what you write about happens.")
    )

    class Meta:
        model = SiteSettings
        fields = (
            "name", "tagline", "description", "logo", "palette", "faces", "headline_font", "text_font", "icon",
            "language", "further_languages", "newsroom_time_zone", "home_time_zone", "whatsapp_url", "telegram_url",
            "x_url", "facebook_url", "report_email", "feeds_whole",
            "counts_reads", "counts_letters",
        )  # fmt: skip
        widgets = {"palette": PaletteChoice, "faces": FacesChoice}
        formfield_callback = https_first

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "language" in self.fields and PublishedArticle.objects.exists():
            self.fields["language"].disabled = True
            self.fields["language"].help_text = gettext("It stays as it is once a story has been published.")

    def clean_further_languages(self) -> list[str]:
        wanted = self.cleaned_data["further_languages"]
        gone = set(self.instance.languages) - {*wanted, self.cleaned_data.get("language")}
        kept = {code for code in gone if PublishedArticle.objects.filter(language=code).exists()}
        kept |= set(Page.desk.filter(language__in=gone).values_list("language", flat=True))
        if kept:
            names = ", ".join(sorted(languages.LANGUAGES[code].name for code in kept))
            raise ValidationError(
                gettext("There are published stories or pages in: %(names)s. Take those off first.") % {"names": names}
            )
        before = [code for code in self.instance.further_languages if code in wanted]
        return [*before, *(code for code in wanted if code not in before)]

    def clean_faces(self) -> str:
        faces: str = self.cleaned_data["faces"]
        fonts = [self.files.get(name) or getattr(self.instance, name) for name in ("headline_font", "text_font")]
        if faces == Faces.OWN and not any(fonts):
            raise ValidationError(gettext("Upload a font of the paper's own below, or choose other typefaces."))
        return faces

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "further_languages" in cleaned:
            main = cleaned.get("language")
            cleaned["further_languages"] = [code for code in cleaned["further_languages"] if code != main]
        wording = {code: dict(words) for code, words in self.instance.wording.items()}
        for name in self.fields:
            if name.startswith("wording_"):
                _prefix, code, key = name.split("_")
                was_of_another_zone = _ZONES.get(key) in self.changed_data and name not in self.changed_data
                wording.setdefault(code, {})[key] = "" if was_of_another_zone else cleaned.get(name, "")
        filled = {code: {key: text for key, text in words.items() if text} for code, words in wording.items()}
        self.instance.wording = {code: words for code, words in filled.items() if words}
        return cleaned


def site_settings_form(site: SiteSettings) -> type[SiteSettingsForm]:
    """The form of the settings, with ``wording_<code>_<key>`` for what each edition may say in its own words."""
    plain = SiteSettings(
        name=site.name, tagline=site.tagline, description=site.description,
        newsroom_time_zone=site.newsroom_time_zone, home_time_zone=site.home_time_zone,
    )  # fmt: skip
    labels = {
        "name": _("Name of the paper"), "tagline": _("Tagline"), "description": _("Description"),
        "updates": _("Before the channels' links"), "report": _("Before the address for reports"),
        "follow": _("Before the accounts to follow"), "city": _("The newsroom's city"),
        "home": _("The home country's city"),
    }  # fmt: skip
    fields: dict[str, Any] = {}
    for code in site.languages:
        standard, own = plain.words(code), site.wording.get(code, {})
        for key in wording_keys(site, code):
            attrs = {**_native(code), "placeholder": standard[key], "class": "vTextField"}
            fields[f"wording_{code}_{key}"] = forms.CharField(
                label=labels[key],
                max_length=60 if key in _ZONES else 300,
                required=False,
                initial=own.get(key, ""),
                widget=forms.TextInput(attrs=attrs),
            )
    return type("SiteSettingsForm", (SiteSettingsForm,), fields)


def wording_keys(site: SiteSettings, code: str) -> list[str]:
    """What an edition may word for itself; the main edition's name, tagline and description are the paper's own."""
    return [key for key in WORDINGS if code != site.language or key not in ("name", "tagline", "description")]
