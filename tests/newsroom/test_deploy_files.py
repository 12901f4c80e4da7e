"""What operators are told to type exists, and the shipped files say what must not be lost from them."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

from newsroom.backups import restoring
from newsroom.bodies import KB, MB, RULES
from tests.newsroom import guide
from tests.newsroom.test_settings_documented import NAMED
from tests.units import HOME, ROOT, UNITS, Container, instructions, unit

SERVICES = ["newsroom-prepare.service", "newsroom-web.service", "newsroom-worker.service"]
WAY = guide.section("One server, from nothing to TLS")
UPGRADE = guide.section("Upgrades without downtime")
TEXTS = {path.name: path.read_text() for path in [*guide.DOCS.glob("*.md"), ROOT / "README.md"]}


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_each_command_that_a_text_names_exists(name: str) -> None:
    text = TEXTS[name]
    named = set(re.findall(r"manage\.py (\w+)", text))
    named |= set(re.findall(r"^(?:RELEASE=\S+ )?newsroom (\w+)", "\n".join(guide.blocks(text)), re.MULTILINE))
    named |= set(re.findall(r"`newsroom (\w+)", text))
    assert named - set(get_commands()) == set()


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_each_shipped_file_that_a_text_names_exists(name: str) -> None:
    named = set(re.findall(r"\bdeploy/[\w./*-]*[\w*/]", TEXTS[name]))
    assert [each for each in named if not list(ROOT.glob(each.rstrip("/")))] == []


@pytest.mark.parametrize("text", [*guide.blocks(WAY), *guide.blocks(UPGRADE), (ROOT / "deploy/newsroom").read_text()])
def test_what_is_to_be_typed_is_a_shells_language(text: str) -> None:
    done = subprocess.run(["sh", "-n"], input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_way_to_tls_starts_every_unit_and_names_settings_that_exist() -> None:
    typed = "\n".join(guide.blocks(WAY) + guide.blocks(UPGRADE))
    named = {each for line in re.findall(r"systemctl (?:enable|restart).*", typed) for each in shlex.split(line)[1:]}
    units = {path.name for path in UNITS.iterdir()}
    meant = {each if "." in each else f"{each}.service" for each in named if each.startswith("newsroom")}
    assert meant == units == {*SERVICES, "newsroom-web.socket", "newsroom.target"}
    assert set(guide.settings_block()) <= NAMED
    assert "deploy/nginx.conf" in typed and "newsroom prepare" in UPGRADE
    # Tables before the switch, the switch before the restart.
    assert UPGRADE.index("newsroom prepare") < UPGRADE.index("ln -sfn") < UPGRADE.index("systemctl restart")
    # And on the way back: the manifest of static files in DATA_DIR is then the newer release's.
    assert "newsroom prepare" in UPGRADE.partition("Back to the release before")[2].partition("\n")[0]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_may_touch_its_data_alone(name: str) -> None:
    said = unit(name)
    assert said["Service.User"] == ["newsroom"]
    assert said["Service.ProtectSystem"] == ["strict"]
    assert said["Service.UMask"] == ["0027"]  # with the folders of the way to TLS: nginx reads pages, not the database
    assert said["Service.CapabilityBoundingSet"] == said["Service.AmbientCapabilities"] == [""]
    for key in ("ProtectHome", "PrivateTmp", "PrivateDevices", "NoNewPrivileges", "RestrictSUIDSGID"):
        assert said[f"Service.{key}"] == ["yes"]
    assert said["Service.SystemCallFilter"] == ["@system-service"]
    data = guide.settings_block()["DATA_DIR"]
    assert said["Service.ReadWritePaths"] == [f"{data} -{guide.settings_block()['BACKUP_DIR']}"]
    assert said["Service.WorkingDirectory"] == [HOME]
    assert said["Service.ExecStart"][0].startswith(f"{HOME}/.venv/bin/python ")
    assert "Service.MemoryMax" in said
    assert said["Unit.StartLimitIntervalSec"] == ["0"]  # nobody must come and start it again


def test_what_runs_for_ever_is_started_again_and_never_on_a_restore_that_was_cut_off() -> None:
    for name in ("newsroom-web.service", "newsroom-worker.service"):
        assert unit(name)["Service.Restart"] == ["always"]
    data = guide.settings_block()["DATA_DIR"]
    assert unit("newsroom-web.service")["Unit.AssertPathExists"] == [f"!{data}/{restoring.NOT_FINISHED}"]


def test_nginx_asks_the_port_that_systemd_keeps() -> None:
    (port,) = unit("newsroom-web.socket")["Socket.ListenStream"]
    asked = re.findall(r"^    server (\S+) max_fails=0;", (ROOT / "deploy/nginx.conf").read_text(), re.MULTILINE)
    assert set(asked) == {port}


def bodies(site: str) -> dict[str, str]:
    """What that nginx file takes at the addresses that begin so; at "/" everywhere else."""
    server = site[site.rindex("\nserver {") :]
    everywhere, *_ = re.findall(r"^    client_max_body_size (\w+);", server, re.MULTILINE)
    own = re.findall(r"^    location (/\w+/) \{\n        client_max_body_size (\w+);", server, re.MULTILINE)
    return {"/": everywhere, **dict(own)}


@pytest.mark.parametrize("name", ["deploy/nginx.conf", "deploy/large/nginx.conf"])
def test_nginx_takes_what_the_newsroom_takes_and_refuses_the_rest_by_itself(name: str) -> None:
    """The newsroom's own refusal is lost on whoever goes on sending: nginx then says 503 instead of 413."""
    taken = bodies((ROOT / name).read_text())
    fixed = {rule.begins: rule.small for rule in RULES if rule.most is None and rule.begins != "/hooks/mail/events/"}
    size = {"k": KB, "m": MB}
    for begins, most in fixed.items():
        told = taken.get(begins, taken["/"])
        assert int(told[:-1]) * size[told[-1]] == most, begins
    assert int(taken["/admin/"][:-1]) > settings.VIDEO_MAX_MB
    assert {rule.begins for rule in RULES if rule.most} <= set(taken)


def test_names_of_files_mean_what_they_mean_where_the_command_is_typed(tmp_path: Path) -> None:
    """`newsroom restore FILE` in the folder where the file lies."""
    runuser, python = tmp_path / "bin/runuser", tmp_path / "releases/v2/.venv/bin/python"
    for program, does in ((runuser, 'shift 3; exec "$@"'), (python, 'echo "$PWD" "$@"')):
        program.parent.mkdir(parents=True)
        program.write_text(f"#!/bin/sh\n{does}\n")
        program.chmod(0o755)
    script = (ROOT / "deploy/newsroom").read_text().replace("/opt/newsroom", str(tmp_path))
    (tmp_path / "here").mkdir()

    def typed(**environment: str) -> tuple[str, str]:
        done = subprocess.run(
            ["sh", "-c", script, "newsroom", "restore", "a file"],
            cwd=tmp_path / "here", env={"PATH": f"{runuser.parent}:/usr/bin:/bin", **environment},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.stdout, done.stderr

    assert typed(RELEASE="v2") == (f"{tmp_path}/here {tmp_path}/releases/v2/manage.py restore a file\n", "")
    assert typed() == ("", f"newsroom: no release is installed in {tmp_path}/current\n")


def test_the_container_holds_every_app_and_no_secret(tmp_path: Path) -> None:
    container = Container(tmp_path / "container")
    there = {each.name for each in container.root.iterdir()}
    ours = {each for each in settings.INSTALLED_APPS if (ROOT / each).is_dir()} | {"locale", "static", "templates"}
    assert ours <= there
    assert not {".env", ".git", "data", "tests"} & there
    assert "--require-hashes" in (ROOT / "deploy/Containerfile").read_text()
    assert container.user == "newsroom"
    assert not {name for name in container.environment if re.search("KEY|SECRET|PASSWORD|TOKEN|PEPPER", name)}
    assert {each.word for each in instructions()} >= {"HEALTHCHECK", "VOLUME", "USER", "EXPOSE"}
