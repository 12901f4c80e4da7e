"""Secret keys that live in files: made once, readable by their owner only."""

import os
import secrets
from pathlib import Path


def read_or_make(folder: Path, name: str) -> str:
    """The key kept in ``folder/name``; the first caller makes it (50 random bytes, URL-safe text).

    Safe when several processes ask at once: the file appears whole or not at all, and all get the same key.
    Folder mode 0700, file mode 0600. Raises ``OSError`` when the folder cannot be written.
    """
    path = folder / name
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = folder / f".{name}.{os.getpid()}.{secrets.token_hex(4)}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(50))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # fails when another process was first: its key stands
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii").strip()
