"""Run as a program of its own: takes limits upon itself, then becomes the program that it is to run.

``limited.py <bytes of memory> <seconds of processor> <bytes a file may have> <program> [argument …]``
"""

import os
import resource
import sys


def main(memory: str, processor: str, largest: str, *command: str) -> None:
    for what, most in (
        (resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, processor), (resource.RLIMIT_FSIZE, largest),
        (resource.RLIMIT_CORE, "0"),
    ):  # fmt: skip
        resource.setrlimit(what, (int(most), int(most)))
    os.execvp(command[0], command)  # noqa: S606  # no shell is wanted


if __name__ == "__main__":
    main(*sys.argv[1:])
