"""A brake on guessing passwords: too many failures for one account from one address, and both must wait."""

from django.core.cache import cache
from django.utils.crypto import salted_hmac

FAILURES = 10
SECONDS = 15 * 60


class Brake:
    """Counts failures for fifteen minutes, in this process's memory; the key tells neither account nor address."""

    def __init__(self, email: str, address: str) -> None:
        self.key = "sign-in:" + salted_hmac("accounts.brake", f"{email.strip().lower()}|{address}").hexdigest()

    def holds(self) -> bool:
        return int(cache.get(self.key, 0)) >= FAILURES

    def failed(self) -> None:
        cache.add(self.key, 0, SECONDS)
        cache.incr(self.key)

    def release(self) -> None:
        cache.delete(self.key)
