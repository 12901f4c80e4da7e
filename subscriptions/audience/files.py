"""Where lists of readers lie until they are imported: sealed, in ``audience`` of the private store, by random names."""

import logging
import secrets
import time
from collections.abc import Iterable, Iterator

from safeguards import sealing, stores
from safeguards.whole_files import WholeFile

log = logging.getLogger(__name__)


def key_of(name: str) -> str:
    """What it is called in the store."""
    return f"audience/{name}"


def keep(pieces: Iterable[bytes]) -> str:
    """Seals a list into a file; its name. Nothing is left of it when that fails."""
    name = secrets.token_hex(16)
    with stores.writing(stores.private(), key_of(name)) as draft, WholeFile(draft) as whole:
        sealing.seal_stream(pieces, whole.file, context=_context(name))
    return name


def read(name: str) -> Iterator[bytes]:
    """The list in pieces. Raises ``OSError`` or `safeguards.problems.Unsealable`."""
    with stores.private().stream(key_of(name)) as file:
        yield from sealing.unseal_stream(file, context=_context(name))


def remove(name: str) -> None:
    """What a store that is away keeps, `sweep` removes."""
    try:
        stores.private().delete(key_of(name))
    except stores.StoreAway as away:
        log.warning("a list is to go, and the store is away: %s", away)


def sweep(keep_these: set[str]) -> int:
    """Removes what no row names any more, a day after it came; how many files. Raises `stores.StoreAway`."""
    before, store = time.time() - stores.LEFT_ALONE.total_seconds(), stores.private()
    files = [file.name for file in store.files("audience") if file.written_at < before]
    old = [name for name in files if name.rpartition("/")[2] not in keep_these]
    for name in old:
        store.delete(name)
    return len(old)


def _context(name: str) -> str:
    return f"audience {name}"
