"""The receipt: always the same for a token, forgiving to type, and worth nothing when one character is wrong."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citizen_reports import purge, receipts
from citizen_reports.models import Report
from tests.citizen_reports import posts

once_per_test = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
codes = st.binary(min_size=16, max_size=16).map(lambda nonce: receipts.code_for(nonce.hex()).replace("-", ""))
places = st.integers(0, 16)


@once_per_test
@given(nonce=st.binary(min_size=16, max_size=16).map(bytes.hex))
def test_a_token_has_one_receipt_of_80_bits_and_a_check_character(nonce: str) -> None:
    code = receipts.code_for(nonce)
    assert [len(group) for group in code.split("-")] == [4, 4, 4, 4, 1]
    assert code == receipts.code_for(nonce)
    assert receipts.bare(code) == code.replace("-", "")[:16]
    assert receipts.lookup_of(code) == receipts.lookup_of(code.lower())


@given(code=codes, spaces=st.lists(st.sampled_from(["", " ", "-", "–", "\u200f", "\n"]), min_size=17, max_size=17))
def test_case_spaces_and_lookalikes_are_forgiven(code: str, spaces: list[str]) -> None:
    typed = "".join(gap + character for gap, character in zip(spaces, code, strict=True))
    for variant in (typed, typed.lower(), typed.replace("0", "O"), typed.replace("1", "l"), typed.replace("1", "I")):
        assert receipts.bare(variant) == code[:16]


@given(code=codes)
def test_digits_of_other_scripts_are_digits(code: str) -> None:
    arabic = code.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    wide = code.translate({ord(character): ord(character) + 0xFEE0 for character in receipts.ALPHABET})
    assert receipts.bare(arabic) == receipts.bare(wide) == code[:16]


@given(code=codes, place=places, other=st.sampled_from(receipts.ALPHABET))
def test_one_mistyped_character_is_noticed(code: str, place: int, other: str) -> None:
    typed = code[:place] + other + code[place + 1 :]
    assert receipts.bare(typed) == (code[:16] if other == code[place] else "")


@given(code=codes, one=places, two=places)
def test_two_exchanged_characters_are_noticed(code: str, one: int, two: int) -> None:
    typed = list(code)
    typed[one], typed[two] = typed[two], typed[one]
    assert receipts.bare("".join(typed)) == (code[:16] if typed == list(code) else "")


@given(typed=st.text(max_size=300))
def test_anything_may_be_typed(typed: str) -> None:
    assert len(receipts.bare(typed)) in (0, 16)


REPORT = UUID("00112233-4455-6677-8899-aabbccddeeff")


def test_a_visit_says_nothing_and_ends_after_half_an_hour(clock: Callable[[datetime], None]) -> None:
    noon = datetime(2031, 5, 4, 12, 0, tzinfo=UTC)
    clock(noon)
    one, two = receipts.open_visit(REPORT), receipts.open_visit(REPORT)
    first, second = receipts.read_visit(one), receipts.read_visit(two)
    assert first and second and first.report == second.report == REPORT
    assert first.nonce != second.nonce
    clock(noon + timedelta(minutes=29))
    assert receipts.read_visit(one) == first
    clock(noon + timedelta(minutes=31))
    assert receipts.read_visit(one) is None


def test_a_visit_that_goes_on_is_the_same_and_ends_after_half_a_day(clock: Callable[[datetime], None]) -> None:
    noon = datetime(2031, 5, 4, 12, 0, tzinfo=UTC)
    clock(noon)
    token = receipts.open_visit(REPORT)
    first = receipts.read_visit(token)
    for minutes in range(29, 12 * 60, 29):
        clock(noon + timedelta(minutes=minutes))
        visit = receipts.read_visit(token)
        assert visit and visit == first
        token = receipts.go_on(visit)
    clock(noon + timedelta(hours=12, minutes=1))
    visit = receipts.read_visit(token)
    assert visit and not receipts.go_on(visit)


@pytest.mark.parametrize("token", ["", "no", "é", "AQ==", receipts.ALPHABET * 4])
def test_a_visit_of_somebody_s_own_making_is_none(token: str) -> None:
    assert receipts.read_visit(token) is None


def test_a_visit_changed_by_one_bit_is_none() -> None:
    token = receipts.open_visit(REPORT)
    for place in range(0, len(token), 7):
        other = "A" if token[place] != "A" else "B"
        assert receipts.read_visit(token[:place] + other + token[place + 1 :]) is None


# One answer for all that open nothing ---------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_wrong_malformed_expired_and_purged_receipts_get_the_very_same_answer(witness: Client, language: str) -> None:
    codes = {name: posts.receipt_of(posts.send(witness)) for name in ("expired", "purged", "purged and due")}
    expired, purged, due = Report.objects.order_by("pk")
    Report.objects.filter(pk=due.pk).update(purged_at=timezone.now())
    Report.objects.exclude(pk=due.pk).update(expires_at=timezone.now() - timedelta(minutes=1))
    assert purge.purge(purged, at=timezone.now())
    address = f"/report/receipt/?lang={language}"
    typed = [
        *codes.values(), receipts.code_for("f" * 32), "0000-0000-0000-0000-0", "no receipt", "", "é\x00\u202e",
        "9" * 5000, "<script>",
    ]  # fmt: skip
    answers = [witness.post(address, {"receipt": code}) for code in typed] + [witness.post(address)]
    seen = {(answer.status_code, answer.content, tuple(sorted(answer.headers.items()))) for answer in answers}
    assert len(seen) == 1
    [(status, content, _headers)] = seen
    assert status == 422
    assert b"script>" not in content.partition(b"<main")[2]
    assert expired.reference.encode() not in content


@pytest.mark.django_db
def test_guessing_is_limited_for_a_neighbourhood_and_a_right_receipt_waits_too(witness: Client) -> None:
    code = posts.receipt_of(posts.send(witness))
    statuses = [posts.come_back(witness, "0000-0000-0000-0000-0").status_code for _ in range(21)]
    assert statuses == [422] * 20 + [429]
    late = posts.come_back(witness, code)
    assert (late.status_code, late["Retry-After"]) == (429, "120")
    assert witness.post("/report/receipt/", {"receipt": code}, REMOTE_ADDR="198.51.100.7").status_code == 200
