"""What all renditions of one photo of 24 megapixels cost, beside bare Pillow, which makes the same files and no more.

Each turn is a process of its own, so that its memory can be measured: ``python -m benchmarks.pictures ours|bare``, with
DATA_DIR set, prints seconds of processor time, and megabytes.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import django
from PIL import Image, ImageOps

from benchmarks.table import Row

ROOT = Path(__file__).resolve().parent.parent
SHRUNK = int(os.environ.get("PHOTO_SHRUNK", "1"))
SIZE = (6000 // SHRUNK, 4000 // SHRUNK)


def compare(rounds: int, *, is_small: bool = False) -> list[Row]:
    """Rows for the table, from `rounds` turns of each, one after the other; `is_small`: of a photo quickly done."""
    with tempfile.TemporaryDirectory(prefix="newsroom-bench-pictures-") as folder:
        environment = {**os.environ, "DATA_DIR": folder, "DATABASE_URL": "", "PHOTO_SHRUNK": "4" if is_small else "1"}
        took: dict[str, list[tuple[float, float]]] = {"ours": [], "bare": []}
        for turn in range(rounds + 1):
            for way, costs in took.items():
                cost = _turn(way, environment)
                if turn:  # the first makes the database and warms the disk
                    costs.append(cost)
    (seconds, megabytes), (bare_seconds, bare_megabytes) = (
        (statistics.median(cost[place] for cost in costs) for place in (0, 1)) for costs in took.values()
    )
    return [
        Row("renditions of a photo / bare Pillow, speed", "", f"{seconds:.2f} s", f"{bare_seconds:.2f} s",
            bare_seconds / seconds, "≥ 0.90"),
        Row("the same, peak of memory", "", f"{megabytes:.0f} MB", f"{bare_megabytes:.0f} MB",
            megabytes / bare_megabytes),
    ]  # fmt: skip


def _turn(way: str, environment: dict[str, str]) -> tuple[float, float]:
    command = [sys.executable, "-m", "benchmarks.pictures", way]
    done = subprocess.run(command, env=environment, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    seconds, megabytes = done.stdout.split()
    return float(seconds), float(megabytes)


def photo() -> Path:
    """A photo with skies and grain, as a camera writes it; made once."""
    place = Path(os.environ["DATA_DIR"]) / "photo.jpg"
    if not place.exists():
        sky = Image.radial_gradient("L").resize(SIZE)
        grain = Image.effect_noise((SIZE[0] // 4, SIZE[1] // 4), 40).resize(SIZE)
        exif = Image.Exif()
        exif[0x0112] = 1
        view = Image.merge("RGB", (sky, Image.blend(sky, grain, 0.4), ImageOps.invert(sky)))
        view.save(place, "JPEG", quality=92, exif=exif)
    return place


def measure(way: str) -> None:
    from django.core.files.storage import default_storage  # noqa: PLC0415  # Django is ready only now
    from django.core.management import call_command  # noqa: PLC0415

    from images import library, names, renditions  # noqa: PLC0415
    from images.models import Picture  # noqa: PLC0415

    source = photo()
    if not (Path(os.environ["DATA_DIR"]) / "newsroom.sqlite3").exists():
        call_command("migrate", verbosity=0)
        with source.open("rb") as file:
            library.add(file, filename="photo.jpg", actor=None)
    picture = Picture.objects.get()
    renditions.remove_all(picture)
    offered = [each for each in renditions.all_of(picture) if renditions.is_offered(each, picture)]
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    if way == "ours":
        if renditions.make_all(picture) != len(offered):
            raise RuntimeError("not all renditions were made")
    else:
        folder = Path(default_storage.path("renditions"))
        files = [
            (folder / each.name, renditions.window(picture, each.crop), each.width,
             round(each.width * names.shape(picture, each.crop)[1] / names.shape(picture, each.crop)[0]), each.form)
            for each in offered
        ]  # fmt: skip
        bare(source, files, renditions.SAVED)
    seconds = time.process_time() - began
    print(seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)  # noqa: T201


def bare(source: Path, files: list[Any], saved: dict[str, Any]) -> None:
    """What anybody would write with Pillow for one picture: open, turn upright, cut, scale, save."""
    with Image.open(source) as opened:
        opened.draft("RGB", (2400, 1600))
        upright = ImageOps.exif_transpose(opened)
    for place, (left, top, right, bottom), width, height, form in files:
        box = (left * upright.width, top * upright.height, right * upright.width, bottom * upright.height)
        kind, options = saved[form]
        place.parent.mkdir(parents=True, exist_ok=True)
        cut = upright.resize((width, height), Image.Resampling.LANCZOS, box=box, reducing_gap=2.0)
        cut.save(place, kind, **options)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")
    django.setup()
    measure(sys.argv[1])
