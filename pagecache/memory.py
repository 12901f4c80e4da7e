"""The pages that this process holds ready: the most recently asked for, within a number of bytes."""

import threading
from collections import OrderedDict

from pagecache.entries import Entry


class Memory:
    """Entries by key. Getting takes no lock; an entry larger than an eighth of the room is not kept."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.size = 0
        self._entries: OrderedDict[str, Entry] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: str) -> Entry | None:
        return self._entries.get(key)

    def touch(self, key: str) -> None:
        """Says that the entry is in use. Now and then is enough: it takes the lock."""
        with self._lock:
            if key in self._entries:
                self._entries.move_to_end(key)

    def put(self, key: str, entry: Entry) -> None:
        size = entry.size
        with self._lock:
            self._drop(key)
            if size > self.most_bytes // 8:
                return
            self._entries[key] = entry
            self.size += size
            while self.size > self.most_bytes:
                oldest = next(iter(self._entries))
                self._drop(oldest)

    def drop(self, key: str, entry: Entry) -> None:
        """Lets the entry go if it is still this one."""
        with self._lock:
            if self._entries.get(key) is entry:
                self._drop(key)

    def _drop(self, key: str) -> None:
        former = self._entries.pop(key, None)
        if former is not None:
            self.size -= former.size
