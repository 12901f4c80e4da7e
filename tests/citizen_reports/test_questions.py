"""A call-out's own questions: asked in three languages, answered, sealed, shown to whom they concern, never changed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.models import User
from articles import signals
from articles.models.desk import Article
from citizen_reports import demo, handling, intake, purge
from citizen_reports.models import IntakeForm, Question, Report, StoryCallOut, WitnessIdentity
from citizen_reports.questions import answers_in
from tests import make
from tests.citizen_reports.posts import hidden, receipt_of, send, token

Kind = Question.Kind


@pytest.fixture
def call_out(house_form: IntakeForm) -> IntakeForm:
    """Asks where (one of three), how they were warned (any), and, of those who are known, who else could tell."""
    words = {"fr": {"title": "La nuit", "intro": "Où étiez-vous ?"}}
    made = IntakeForm.objects.create(slug="night", title="The night", intro="Where were you?", words=words)
    rows: list[dict[str, Any]] = [
        {
            "key": "where", "kind": Kind.CHOICE, "label": "Which bank?", "options": "Left\nRight\nNeither",
            "required": True,
            "words": {"fr": {"label": "Quelle rive ?", "options": "Gauche\nDroite\nAucune"}},
        },
        {"key": "warned", "kind": Kind.CHOICES, "label": "How were you warned?", "options": "By radio\nBy a siren"},
        {"key": "water", "kind": Kind.YES_NO, "label": "Did you see the water?"},
        {"key": "day", "kind": Kind.DATE, "label": "Since when?"},
        {"key": "link", "kind": Kind.URL, "label": "Where did you post it?"},
        {"key": "long", "kind": Kind.LONG, "label": "What did you hear?"},
        {"key": "who", "kind": Kind.TEXT, "label": "Whom else shall we ask?", "is_personal": True, "required": True},
        {"key": "old", "kind": Kind.TEXT, "label": "No longer asked", "is_active": False, "required": True},
    ]  # fmt: skip
    for place, row in enumerate(rows):
        Question.objects.create(form=made, position=place, **row)
    return made


def answer(client: Client, *, language: str = "en", **fields: Any) -> Any:
    address = f"/report/night/?lang={language}"
    fields.setdefault("token", token(client, "/report/night/"))
    return send(client, address=address, **{f"q_{name}" if name in KEYS else name: fields[name] for name in fields})


KEYS = {"where", "warned", "water", "day", "link", "long", "who", "old"}
ALL = {
    "where": "Left", "warned": ["By radio", "By a siren"], "water": "yes", "day": "2026-05-04",
    "link": "post.example/7", "long": "One <b>bang</b>.\nThen nothing.", "who": "My neighbour Planted Name",
}  # fmt: skip
TOLD = [
    ("Which bank?", "Left"), ("How were you warned?", "By radio · By a siren"), ("Did you see the water?", "yes"),
    ("Since when?", "4 May 2026"), ("Where did you post it?", "https://post.example/7"),
    ("What did you hear?", "One <b>bang</b>.\nThen nothing."),
]  # fmt: skip


def told(report: Report) -> list[tuple[str, str]]:
    return [(each.label, each.words) for each in answers_in(report.answers)]


def test_answers_are_sealed_and_the_desk_reads_them(
    witness: Client, call_out: IntakeForm, editor: User, chief: User, signed_in: Callable[[User], Client]
) -> None:
    receipt_of(answer(witness, exposure="confidential", name="Amal", **ALL))
    report = Report.objects.get()
    with translation.override("en"):
        assert told(report) == TOLD
    assert b"Left" not in report.answers.sealed
    identity = WitnessIdentity.objects.get()
    assert b"Planted" not in identity.answers.sealed

    page = signed_in(editor).get(f"/admin/citizen_reports/report/{report.pk}/change/").content.decode()
    assert "Which bank?" in page
    assert "One &lt;b&gt;bang&lt;/b&gt;.<br>Then nothing." in page
    assert "Planted Name" not in page
    with pytest.raises(handling.HandlingRefused):
        handling.look_at_identity(report.pk, actor=editor, reason="I wonder")
    found = handling.look_at_identity(report.pk, actor=chief, reason="She asked to be called back.")
    assert found["Whom else shall we ask?"] == "My neighbour Planted Name"
    assert found["name"] == "Amal"


def test_the_anonymous_answer_nothing_about_themselves(witness: Client, call_out: IntakeForm) -> None:
    page = answer(witness, **ALL).content.decode()
    assert "you stay anonymous" in page or "You chose to stay anonymous" in page
    assert not WitnessIdentity.objects.exists()
    assert told(Report.objects.get())[0] == ("Which bank?", "Left")


def test_what_must_be_answered_is_asked_for_and_nothing_is_lost(witness: Client, call_out: IntakeForm) -> None:
    page = answer(witness, exposure="confidential", warned=["By radio"], long="One bang.", link="no link", day="x")
    html = page.content.decode()
    assert page.status_code == 422
    assert not Report.objects.exists()
    for key in ("where", "who", "link", "day"):
        assert f'<a href="#id_q_{key}">' in html
    assert "Please answer this, or choose above to stay anonymous." in html
    assert "One bang." in html
    assert 'value="By radio" id="id_q_warned_0" checked' in html
    assert "Which bank? (needed)" in html
    assert "Whom else shall we ask? (needed, unless you stay anonymous)" in html


def test_an_answer_that_is_not_offered_is_refused(witness: Client, call_out: IntakeForm) -> None:
    assert answer(witness, where="Nowhere").status_code == 422
    assert answer(witness, where="Left", water="perhaps").status_code == 422
    assert answer(witness, where="Left", warned=["By radio", "By pigeon"]).status_code == 422
    assert not Report.objects.exists()


def test_one_form_in_three_languages_gives_answers_in_one(witness: Client, call_out: IntakeForm) -> None:
    page = witness.get("/report/night/?lang=fr").content.decode()
    for words in ("<h1>La nuit</h1>", "Où étiez-vous ?", "Quelle rive ? (", '<label for="id_q_where_0">'):
        assert words in page, words
    assert 'value="Right"' in page
    assert "Droite" in page
    page = witness.get("/report/night/?lang=ar").content.decode()  # not translated: the paper's own words
    assert "<h1>The night</h1>" in page
    receipt_of(answer(witness, language="fr", where="Right"))
    assert told(Report.objects.get()) == [("Which bank?", "Right")]


def test_a_changed_question_changes_no_report(witness: Client, call_out: IntakeForm) -> None:
    receipt_of(answer(witness, where="Left", water="no"))
    Question.objects.filter(key="where").update(label="Which side?", options="East\nWest")
    Question.objects.filter(key="water").delete()
    with translation.override("en"):
        assert told(Report.objects.get()) == [("Which bank?", "Left"), ("Did you see the water?", "no")]


def test_answers_go_with_the_draft_but_not_who_they_are(witness: Client, call_out: IntakeForm, editor: User) -> None:
    receipt_of(answer(witness, exposure="confidential", name="Amal", publish_text="on", **ALL))
    Report.objects.update(state="ready")
    report = Report.objects.get()
    article = handling.make_story(report.pk, actor=editor)
    assert f"Report {report.reference}\n\nWhich bank?\nLeft" in article.brief
    assert "Planted" not in article.brief
    assert "Which bank?" not in article.body


def test_the_purge_takes_the_answers(witness: Client, call_out: IntakeForm) -> None:
    receipt_of(answer(witness, exposure="confidential", **ALL))
    Report.objects.update(expires_at=timezone.now() - timedelta(days=1))
    assert purge.purge_due() == 1
    assert not Report.objects.get().answers
    assert not WitnessIdentity.objects.exists()


def test_to_forget_contact_takes_personal_answers(witness: Client, call_out: IntakeForm) -> None:
    receipt_of(answer(witness, exposure="confidential", **ALL))
    assert intake.forget_contact(Report.objects.get())
    assert not WitnessIdentity.objects.exists()


def test_a_call_out_opens_closes_and_says_so(
    witness: Client, call_out: IntakeForm, clock: Callable[[datetime], None]
) -> None:
    noon = datetime(2031, 5, 4, 12, tzinfo=UTC)
    IntakeForm.objects.filter(pk=call_out.pk).update(opens_at=noon, closes_at=noon + timedelta(hours=1))
    for minutes, is_open in ((-1, False), (0, True), (59, True), (60, False)):
        clock(noon + timedelta(minutes=minutes))
        answered = witness.get("/report/night/")
        assert (answered.status_code == 200) is is_open
        if not is_open:
            assert "This call has ended." in answered.content.decode()
            assert '<a href="/report/witness/?lang=en">' in answered.content.decode()
        assert ("The night" in witness.get("/report/").content.decode()) is is_open
    clock(noon)
    form = hidden(witness.get("/report/night/").content.decode(), "token")
    clock(noon + timedelta(hours=2))
    receipt_of(answer(witness, token=form, where="Left"))  # what somebody was still typing is taken


def test_a_call_out_in_some_languages_only(witness: Client, call_out: IntakeForm) -> None:
    IntakeForm.objects.filter(pk=call_out.pk).update(languages=["fr"])
    page = witness.get("/report/night/").content.decode()
    assert '<html lang="fr"' in page
    assert 'hreflang="ar"' not in page
    assert "La nuit" in witness.get("/report/?lang=fr").content.decode()
    assert "The night" not in witness.get("/report/?lang=ar").content.decode()


def test_only_what_is_asked_for_may_be_sent(witness: Client, call_out: IntakeForm) -> None:
    IntakeForm.objects.filter(pk=call_out.pk).update(kinds=["photo", "video"])
    page = witness.get("/report/night/").content.decode()
    assert '<option value="photo">' in page
    assert '<option value="tip">' not in page
    assert answer(witness, where="Left", kind="tip").status_code == 422


def test_were_you_there_leads_to_the_story_s_own_call_out(witness: Client, call_out: IntakeForm) -> None:
    story, other = make.story("Bridge closed"), make.story("School opened")
    StoryCallOut.objects.create(story_id=story.pk, form=call_out)
    page = witness.get("/report/", {"story": story.pk, "lang": "fr"}).content.decode()
    assert "<h1>La nuit</h1>" in page
    assert hidden(page, "story") == str(story.pk)
    assert "<h1>La nuit</h1>" not in witness.get("/report/", {"story": other.pk, "lang": "fr"}).content.decode()
    IntakeForm.objects.filter(pk=call_out.pk).update(is_open=False)
    assert "Tell us what you saw" in witness.get("/report/", {"story": story.pk}).content.decode()


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"slug": "Upload"}, "slug"),
        ({"slug": "receipt"}, "slug"),
        ({"opens_at": timezone.now(), "closes_at": timezone.now() - timedelta(days=1)}, "closes_at"),
    ],
)
def test_forms_that_could_not_work_are_refused(fields: dict[str, Any], wrong: str) -> None:
    with pytest.raises(ValidationError) as error:
        IntakeForm(**{"slug": "x", "title": "X", **fields}).clean()
    assert list(error.value.message_dict) == [wrong]


def test_a_choice_needs_two_answers() -> None:
    with pytest.raises(ValidationError):
        Question(kind=Kind.CHOICE, label="Which?", options="One\n\nOne").clean()
    Question(kind=Kind.CHOICE, label="Which?", options="One\nTwo").clean()


def chief_form(call_out: IntakeForm | None = None, **changes: Any) -> dict[str, Any]:
    fields = {
        "title": "The flood", "slug": "flood", "intro": "", "safety_text": "", "is_open": "on", "position": "0",
        "max_files": "10", "max_file_mb": "25", "max_media_mb": "200", "max_report_mb": "300", "retention_days": "90",
        "title_fr": "La crue", "title_ar": "الفيضان", "kinds": ["photo"], "languages": ["en", "fr"],
        "opens_at_date": "2031-05-04", "opens_at_time": "12:00",
        "questions-TOTAL_FORMS": "1", "questions-INITIAL_FORMS": "0", "questions-0-label": "Which bank?",
        "questions-0-kind": "choice", "questions-0-options": "Left\nRight", "questions-0-position": "1",
        "questions-0-is_active": "on", "questions-0-label_fr": "Quelle rive ?",
        "questions-0-options_fr": "Gauche\nDroite",
        "story_call_outs-TOTAL_FORMS": "0", "story_call_outs-INITIAL_FORMS": "0",
    }  # fmt: skip
    return {**fields, **changes}


ADD = "/admin/citizen_reports/intakeform/add/"


def test_a_chief_writes_a_call_out_without_a_script(
    house_form: IntakeForm, chief: User, signed_in: Callable[[User], Client]
) -> None:
    story = make.story("Bridge closed")
    client = signed_in(chief)
    assert 'name="questions-__prefix__-label_ar"' in client.get(ADD).content.decode()
    changes = {"story_call_outs-TOTAL_FORMS": "1", "story_call_outs-0-story": str(story.pk)}
    answered = client.post(ADD, chief_form(**changes))
    assert answered.status_code == 302, answered.content.decode()
    made = IntakeForm.objects.get(slug="flood")
    assert made.words == {"fr": {"title": "La crue"}, "ar": {"title": "الفيضان"}}
    assert (made.kinds, made.languages, made.opens_at is not None) == (["photo"], ["en", "fr"], True)
    question = made.questions.get()
    assert question.words == {"fr": {"label": "Quelle rive ?", "options": "Gauche\nDroite"}}
    assert question.choices_in("fr") == [("Left", "Gauche"), ("Right", "Droite")]
    assert StoryCallOut.objects.get().story_id == story.pk
    page = client.get(f"/admin/citizen_reports/intakeform/{made.pk}/change/").content.decode()
    assert 'value="Quelle rive ?"' in page


def test_reports_of_a_call_out_come_to_its_desk(
    house_form: IntakeForm, chief: User, signed_in: Callable[[User], Client], witness: Client
) -> None:
    section, page = make.section("Money"), "/report/flood/"
    fields = {"section": str(section.pk), "opens_at_date": "", "opens_at_time": "", "questions-TOTAL_FORMS": "0"}
    answered = signed_in(chief).post(ADD, chief_form(**fields))
    assert answered.status_code == 302, answered.content.decode()
    receipt_of(send(witness, address=page, kind="photo", token=token(witness, page)))
    assert Report.objects.get().section == section


def test_answers_must_match_in_every_language(
    house_form: IntakeForm, chief: User, signed_in: Callable[[User], Client]
) -> None:
    page = signed_in(chief).post(ADD, chief_form(**{"questions-0-options_fr": "Gauche"})).content.decode()
    assert "Write as many answers here as above, in the same order." in page
    assert not IntakeForm.objects.filter(slug="flood").exists()


def test_editors_look_and_chiefs_change(
    call_out: IntakeForm, editor: User, reporter: User, signed_in: Callable[[User], Client]
) -> None:
    address = f"/admin/citizen_reports/intakeform/{call_out.pk}/change/"
    page = signed_in(editor).get(address).content.decode()
    assert "Which bank?" in page
    assert "<textarea" not in page
    assert signed_in(editor).post(address, chief_form()).status_code == 403
    assert signed_in(reporter).get(address).status_code == 403


@pytest.mark.parametrize("number", [1, 3])
def test_the_form_costs_the_same_however_many_questions(
    witness: Client, house_form: IntakeForm, number: int, django_assert_num_queries: Any
) -> None:
    for place in range(number):
        Question.objects.create(form=house_form, label=f"Question {place}", position=place)
    witness.get("/report/witness/")
    with django_assert_num_queries(5):
        witness.get("/report/witness/")


def test_the_demo_s_call_out_comes_and_goes_with_the_demo(house_form: IntakeForm, witness: Client) -> None:
    numbers = {key: Article.objects.create(headline=key).pk for key in demo.STORIES}
    for _ in range(2):
        signals.demo_filled.send(None, numbers=numbers)
    made = IntakeForm.objects.get(slug=demo.SLUG)
    assert (made.questions.count(), made.story_call_outs.count()) == (5, 3)
    for question in made.questions.all():
        for language in ("fr", "ar"):
            told = question.choices_in(language)
            assert not told or {own for own, _word in told} != {word for _own, word in told}
            assert question.said("label", language) != question.label
    signals.demo_taken_out.send(None)
    assert not IntakeForm.objects.filter(slug=demo.SLUG).exists()

    signals.demo_filled.send(None, numbers=numbers)
    page = f"/report/{demo.SLUG}/"
    where = Question.objects.get(label="Where were you?")
    receipt_of(send(witness, address=page, token=token(witness, page), **{f"q_{where.key}": "Lansemba"}))
    signals.demo_taken_out.send(None)
    assert not IntakeForm.objects.get(slug=demo.SLUG).is_open  # what somebody answered is kept
    assert Report.objects.exists()


def test_a_demo_report_that_became_a_story_goes_too_and_the_story_stays(house_form: IntakeForm, chief: User) -> None:
    numbers = {key: Article.objects.create(headline=key).pk for key in demo.STORIES}
    signals.demo_filled.send(None, numbers=numbers)
    report = Report.objects.filter(title__isnull=False).first()
    assert report
    Report.objects.filter(pk=report.pk).update(state="ready")
    story = handling.make_story(report.pk, actor=chief)
    signals.demo_taken_out.send(None)
    assert not Report.objects.exists()
    assert Article.objects.filter(pk=story.pk).exists()


def test_a_call_out_with_more_questions_asks_the_database_no_more(
    house_form: IntakeForm, chief: User, signed_in: Callable[[User], Client]
) -> None:
    client, address = signed_in(chief), f"/admin/citizen_reports/intakeform/{house_form.pk}/change/"
    counts = []
    for number in (1, 2):  # one question, then three
        for place in range(number):
            Question.objects.create(form=house_form, label=f"Question {place}", position=place)
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        counts.append(len(queries))
    assert counts[0] == counts[1]
