"""The files of deploy/large/ say what the rest of the newsroom says."""

import re
from pathlib import Path

from django.conf import settings
from django.urls import reverse

ROOT = Path(settings.BASE_DIR)
LARGE = ROOT / "deploy" / "large"
SCALING = (ROOT / "docs" / "scaling.md").read_text()


def names(file: Path, pattern: str) -> set[str]:
    return set(re.findall(pattern, file.read_text(), re.MULTILINE))


def test_each_setting_for_the_hosts_is_one() -> None:
    given = names(LARGE / "newsroom.env", r"^([A-Z_]+)=")
    assert given <= names(ROOT / ".env.example", r"^# ([A-Z_]+)=")
    assert {"SECRET_KEY", "SEALING_KEYS", "PEPPER", "PUSH_KEY", "BACKUP_KEY", "DATABASE_URL", "REDIS_URL"} <= given


def test_redis_keeps_nothing_on_a_disk() -> None:
    assert {'save ""', "appendonly no"} <= names(LARGE / "redis.conf", r"^(save .*|appendonly .*)$")


def test_both_servers_of_nginx_keep_witnesses_out_of_their_logs() -> None:
    small, large = ((folder / "nginx.conf").read_text() for folder in (ROOT / "deploy", LARGE))
    kept_out = re.search(r"map \$uri \$newsroom_logged \{.*?\}", small, re.DOTALL)
    assert kept_out
    assert kept_out[0] in large
    for text in (small, large):
        reports = re.findall(r"location [=@ ]*/?(?:report|static/report)\S* \{\n(.*?)\n    \}", text, re.DOTALL)
        assert len(reports) == 4
        assert all("error_log /dev/null crit;" in each for each in reports)


def test_no_log_of_nginx_has_a_link_that_opens_something() -> None:
    for folder in (ROOT / "deploy", LARGE):
        text = (folder / "nginx.conf").read_text()
        (logged,) = re.findall(r"log_format newsroom '(.*)';", text)
        assert "$newsroom_shown" in logged
        assert not re.search(r"\$(uri|request|request_uri|args|http_\w+)\b", logged)
        shown = re.search(r"map \$uri \$newsroom_shown \{(.*?)\}", text, re.DOTALL)
        assert shown
        rules = [(re.compile(rule), said) for rule, said in re.findall(r'"~(\S+)" +"(\S+)";', shown[1])]
        links = [
            reverse("subscriptions:manage", args=["planted"]), reverse("subscriptions:address", args=["planted"]),
            reverse("subscriptions:confirm", args=["planted"]), reverse("subscriptions:leave", args=["planted"]),
            reverse("accounts:invitation", args=["planted"]),
            reverse("accounts:password_reset_confirm", args=["planted", "planted"]),
        ]  # fmt: skip
        for link in links:
            assert [said for rule, said in rules if rule.search(link) and "planted" not in said], link


def test_a_form_is_never_sent_twice_by_nginx() -> None:
    assert not [each for each in names(LARGE / "nginx.conf", r"proxy_next_upstream (.*);") if "non_idempotent" in each]


def test_the_guide_names_each_file() -> None:
    assert [file.name for file in LARGE.iterdir() if f"deploy/large/{file.name}" not in SCALING] == []
