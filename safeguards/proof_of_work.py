"""A puzzle that costs a sender a second of a cheap phone, and us one hash: in the manner of Hashcash (Back, 2002).

The challenge is a form token's nonce (`safeguards.form_tokens`). It is signed, and whoever takes the form holds it to
one use; so an answer is worth one form, and none that was found before the form was loaded fits.
"""

import hashlib

BITS = 16  # 65,536 tries on average
_LONGEST = 16


def is_done(challenge: str, answer: str, *, bits: int = BITS) -> bool:
    """SHA-256 of "challenge:answer" begins with so many zero bits. `answer` is a number in ASCII digits."""
    if not (answer.isascii() and answer.isdecimal() and len(answer) <= _LONGEST):
        return False
    digest = hashlib.sha256(f"{challenge}:{answer}".encode()).digest()
    return int.from_bytes(digest) >> (len(digest) * 8 - bits) == 0
