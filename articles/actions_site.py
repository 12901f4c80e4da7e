"""Verbs on sections, pages, tags, series, menus, settings. What changes an address leaves the old one leading on."""

from __future__ import annotations

from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING

from django.db import models, transaction

from accounts.models.audit import record
from articles import blocks, markup, paths, publication, signals
from articles.models.places import Section, Series, Tag
from articles.models.site import MenuItem, Page, SiteSettings

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def save_section(section: Section, *, actor: User | None) -> Section:
    """Saves a section that has been validated. Stories keep their addresses; its old front leads on."""
    before = Section.objects.filter(pk=section.pk).first()
    section.save()
    if before and before.path != section.path:
        _lead_on_section(before.path, section.path)
        for child in section.children.all():
            old = child.path
            child.parent = section
            child.save()
            _lead_on_section(old, child.path)
    _note(actor, "section saved", section, path=section.path)
    return section


def _lead_on_section(old: str, new: str) -> None:
    site = SiteSettings.load()
    for language in site.languages:
        publication.leave_renamed(
            paths.section_path(old, language=language, main_language=site.language),
            paths.section_path(new, language=language, main_language=site.language),
            is_prefix=True,
        )


@transaction.atomic
def save_page(page: Page, *, actor: User | None) -> Page:
    """Saves a page of the desk's own: text sanitised and rendered, address made, the old address leading on."""
    before = Page.desk.filter(pk=page.pk).first()
    page.body = markup.clean(page.body)
    page.body_html = blocks.render(page.body, blocks.Material(), language=page.language)
    page.path = paths.edition_path(page.language, main_language=SiteSettings.load().language) + f"{page.slug}/"
    page.save()
    if before:
        publication.leave_renamed(before.path, page.path)
    _note(actor, "page saved", page, path=page.path)
    return page


@transaction.atomic
def save_tag(tag: Tag, *, actor: User | None) -> Tag:
    """Saves a tag; its new name and address reach the published stories that print it."""
    before = Tag.objects.filter(pk=tag.pk).first()
    tag.save()
    if before and (before.name, before.slug) != (tag.name, tag.slug):
        old, new = before.get_absolute_url(), {"name": tag.name, "path": tag.get_absolute_url()}
        publication.leave_renamed(old, new["path"], is_prefix=True)

        def renamed(links: publication.Links) -> publication.Links:
            return sorted((new if link["path"] == old else link for link in links), key=itemgetter("name"))

        publication.print_anew(_that_print(tag), "tag_links", renamed)
    _note(actor, "tag saved", tag)
    return tag


@transaction.atomic
def save_series(series: Series, *, actor: User | None) -> Series:
    """Saves a series; its old address leads on."""
    before = Series.objects.filter(pk=series.pk).first()
    series.save()
    if before:
        publication.leave_renamed(before.get_absolute_url(), series.get_absolute_url(), is_prefix=True)
    _note(actor, "series saved", series)
    return series


@transaction.atomic
def delete_tag(tag: Tag, *, actor: User | None) -> None:
    """Takes a tag away, and off the published stories that print it."""
    stories, path = _that_print(tag), tag.get_absolute_url()
    _note(actor, "deleted", tag)
    tag.delete()
    publication.print_anew(stories, "tag_links", lambda links: [link for link in links if link["path"] != path])


def _that_print(tag: Tag) -> list[int]:
    """Numbers of the published stories that carry the tag."""
    return list(tag.published_rows.order_by("content_object").values_list("content_object", flat=True))


@transaction.atomic
def save_menu_item(item: MenuItem, *, actor: User | None) -> MenuItem:
    """Saves one line of a menu that has been validated."""
    item.save()
    _note(actor, "menu item saved", item)
    return item


def _note(actor: User | None, verb: str, thing: models.Model, **detail: str) -> None:
    """The end of every verb here: its audit row, and the word that readers' pages look different."""
    record(actor=actor, verb=verb, thing=thing, **detail)
    signals.site_changed.send(type(thing))


def add_to_menu(
    menu: MenuItem.Menu, *, actor: User | None, section: Section | None = None, page: Page | None = None
) -> MenuItem:
    """A new last line of a menu that leads to the section or page."""
    last = MenuItem.objects.filter(menu=menu).order_by("position").last()
    position = last.position + 1 if last else 0
    return save_menu_item(MenuItem(menu=menu, position=position, section=section, page=page), actor=actor)


@transaction.atomic
def save_site_settings(site: SiteSettings, *, actor: User | None) -> SiteSettings:
    """Saves validated settings. Another main language moves the desk's pages; files that were replaced are deleted."""
    before = SiteSettings.objects.select_for_update().filter(pk=1).first()
    if before:
        site.banners = before.banners  # another may have been set while the form was open
    site.save()
    if before and before.language != site.language:
        # Those of the former main language go first: they free the addresses that the others now take.
        for page in sorted(Page.desk.all(), key=lambda page: page.language != before.language):
            save_page(page, actor=actor)
    for field in ("logo", "icon", "headline_font", "text_font"):
        former, now = getattr(before, field, None), getattr(site, field)
        if former and former.name != now.name:
            transaction.on_commit(partial(former.storage.delete, former.name), robust=True)
    _note(actor, "site settings saved", site)
    return site
