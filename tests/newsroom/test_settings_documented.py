import re
import subprocess
import sys
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
NAMED = set(re.findall(r'\benv(?:\.\w+)?\(\s*"([A-Z_]+)"', (ROOT / "newsroom/settings.py").read_text()))
LINES = re.findall(r"^# ([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE)


def test_each_variable_that_is_read_is_explained_and_the_other_way_round() -> None:
    assert {name for name, _ in LINES} == NAMED
    assert len(NAMED) >= 15


def test_the_operations_guide_has_a_line_for_each_variable() -> None:
    guide = (ROOT / "docs/operations.md").read_text()
    assert {name for name in NAMED if f"| `{name}` |" not in guide} == set()


def test_the_values_of_the_example_are_those_without_it(tmp_path: Path) -> None:
    """Empty values count as not set, and the others change nothing."""
    show = (
        "from newsroom import settings as s;"
        "print([(n, getattr(s, n)) for n in sorted(dir(s)) if n.isupper() and n not in ('LOGGING', 'LANGUAGES')])"
    )

    def values(environment: dict[str, str]) -> str:
        command = [sys.executable, "-c", show]
        # The seed: the order of a set of host names is no promise.
        environment = {"PATH": "/usr/bin:/bin", "PYTHONHASHSEED": "0", "DATA_DIR": str(tmp_path), **environment}
        return subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout

    example = {name: value for name, value in LINES if name != "DATA_DIR"}
    assert values(example) == values({}) != ""
