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

ROOT = Path(__file__).resolve().parent.parent
SIZE = (6000, 4000)


def compare(rounds: int) -> list[str]:
    """Lines for the table, from `rounds` turns of each, one after the other."""
    with tempfile.TemporaryDirectory(prefix="newsroom-bench-pictures-") as folder:
        environment = {**os.environ, "DATA_DIR": folder, "DATABASE_URL": "", "PYTHONPATH": str(ROOT)}
        took: dict[str, list[tuple[float, float]]] = {"ours": [], "bare": []}
        for turn in range(rounds + 1):
            for way, costs in took.items():
                cost = _turn(way, environment)
                if turn:  # the first makes the database and warms the disk
                    costs.append(cost)
    lines = [f"{'renditions of 24 MP':<22}{'ours':>12}{'bare Pillow':>12}{'ratio':>8}   median of {rounds} rounds"]
    for place, what in enumerate(("processor seconds", "peak megabytes")):
        ours, plain = (statistics.median(cost[place] for cost in took[way]) for way in ("ours", "bare"))
        lines.append(f"{what:<22}{ours:>12.2f}{plain:>12.2f}{plain / ours:>8.2f}")
    return lines


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
    from django.core.management import call_command  # noqa: PLC0415  # Django is ready only now

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
        files = [
            (renditions.place_of(each.name), renditions.window(picture, each.crop), each.width,
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
