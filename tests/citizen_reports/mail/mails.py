"""Mails as they come: ordinary ones, those of programs, and such as nobody should have to read."""

import base64
import itertools
import random
from email.message import EmailMessage

BASE = "reports@news.example"
WITNESS = "salma@mail.example"
_NUMBERS = itertools.count(1)


def mail(
    text: str = "The bridge fell at noon.",
    *,
    sender: str = f"Salma Idris <{WITNESS}>",
    to: str = BASE,
    subject: str = "The bridge",
    message_id: str = "",
    files: list[tuple[str, str, bytes]] | None = None,
    **headers: str,
) -> bytes:
    """What a person's mail program sends. `headers`: further ones, with _ for -."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, to, subject
    made["Message-ID"] = message_id or f"<{next(_NUMBERS)}.{random.random()}@mail.example>"
    made.set_content(text)
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    for name, kind, data in files or []:
        main, _slash, sub = kind.partition("/")
        made.add_attachment(data, maintype=main, subtype=sub, filename=name)
    return made.as_bytes()


def raw(*lines: str | bytes, body: str | bytes = b"") -> bytes:
    """A mail written by hand: header lines, then the body."""
    head = b"".join((line.encode() if isinstance(line, str) else line) + b"\r\n" for line in lines)
    return head + b"\r\n" + (body.encode() if isinstance(body, str) else body)


ROBOTS = {
    "vacation": mail(Auto_Submitted="auto-replied"),
    "vacation of old": mail(Precedence="auto_reply"),
    "autoresponder": mail(X_Autorespond="yes"),
    "cron": mail(Auto_Submitted="auto-generated"),
    "null return path": b"Return-Path: <>\r\n" + mail(),
    "daemon": mail(sender="Mail Delivery System <MAILER-DAEMON@mx.example>"),
    "bounce": raw(
        "From: postmaster@mx.example", f"To: {BASE}", "Content-Type: multipart/report; report-type=delivery-status;"
        " boundary=b", body="--b\r\nContent-Type: text/plain\r\n\r\nNo such user.\r\n--b--\r\n",
    ),
    "read receipt": raw(
        f"From: {WITNESS}", f"To: {BASE}", "Content-Type: multipart/report; report-type=disposition-notification;"
        " boundary=b", body="--b\r\nContent-Type: text/plain\r\n\r\nRead.\r\n--b--\r\n",
    ),
    "list": mail(List_Id="Harbour talk <talk.harbour.example>"),
    "newsletter": mail(List_Unsubscribe="<https://shop.example/leave>"),
    "bulk": mail(Precedence="bulk"),
    "no-reply": mail(sender="Shop <no-reply@shop.example>"),
    "noreply with a number": mail(sender="noreply-74@shop.example"),
    "spam": mail(X_Spam_Flag="YES"),
    "ourselves": mail(sender=f"The Harbour Post <{BASE}>"),
    "ourselves by a plus address": mail(sender="reports+abc@news.example"),
    "loop": mail(X_Loop=BASE),
    "no sender": raw(f"To: {BASE}", "Subject: Hello", body="Who am I?"),
    "colleague": mail(sender="editor@news.example"),
    "forged": mail(Authentication_Results="mx.news.example; dmarc=fail header.from=mail.example"),
    "asks for silence": mail(X_Auto_Response_Suppress="All"),
    "two senders": b"From: other@mail.example\r\n" + mail(),
}  # fmt: skip


def hostile(count: int, seed: int = 7) -> dict[str, bytes]:
    """`count` mails that no mail program sends, each once, by name; the same ones for the same seed."""
    dice = random.Random(seed)
    made: dict[str, bytes] = {}
    shapes = list(SHAPES.items())
    for number in range(count):
        name, shape = shapes[number % len(shapes)]
        tag = f"h{number}"
        head = f"From: h{number}@mail.example\r\nTo: {BASE}\r\nMessage-ID: <{tag}.{seed}@hostile.example>\r\n".encode()
        made[f"{name} {number}"] = head + shape(dice, tag)
    return made


def _plain(head: str | bytes, body: str | bytes = b"It happened here.\r\n") -> bytes:
    return raw(head, body=body)


def _nested(depth: int) -> bytes:
    opening = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(depth))
    return (opening + "Content-Type: text/plain\r\n\r\ndeep\r\n").encode()


def _parts(count: int, kind: str = "text/plain") -> bytes:
    one = f"--x\r\nContent-Type: {kind}\r\nContent-Disposition: attachment; filename=a.bin\r\n\r\nhi %d\r\n"
    body = "".join(one % n for n in range(count))
    return raw("MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=x", body=f"{body}--x--\r\n")


def _attached(disposition: str | bytes, data: bytes = b"evidence", kind: str = "application/octet-stream") -> bytes:
    head = disposition.encode() if isinstance(disposition, str) else disposition
    body = b"--x\r\nContent-Type: text/plain\r\n\r\nSee the file.\r\n--x\r\nContent-Type: " + kind.encode()
    body += (
        b"\r\n" + head + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(data) + b"\r\n--x--\r\n"
    )
    return raw("MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=x", body=body)


def _noise(dice: random.Random, size: int) -> bytes:
    return dice.randbytes(size)


# Each gets dice and a word of its own, and gives what comes after From, To and Message-ID.
SHAPES = {
    "deeply nested": lambda dice, tag: _nested(dice.choice([21, 60, 400, 900])),
    "many parts": lambda dice, tag: _parts(dice.choice([101, 180, 800])),
    "huge header": lambda dice, tag: _plain(f"Subject: {tag} " + "a" * 200_000),
    "more headers than 256 KB": lambda dice, tag: _plain("\r\n".join(f"X-{n}: {'y' * 90}" for n in range(3000))),
    "many headers": lambda dice, tag: _plain("\r\n".join(f"X-{n}: y" for n in range(9000))),
    "unknown charset": lambda dice, tag: _plain(
        "Content-Type: text/plain; charset=klingon-8", b"caf\xe9 " + tag.encode()
    ),
    "charset that unpacks": lambda dice, tag: _plain("Content-Type: text/plain; charset=zip", b"x\x9c" + tag.encode()),
    "charset with a line end": lambda dice, tag: _plain('Content-Type: text/plain; charset="utf-8\r\n =?x"', tag),
    "wrong charset": lambda dice, tag: _plain("Content-Type: text/plain; charset=utf-16", b"odd" + tag.encode()),
    "broken base64": lambda dice, tag: _plain(
        "Content-Type: text/plain\r\nContent-Transfer-Encoding: base64", f"{tag}=!=!" + "A" * 41
    ),
    "unknown encoding": lambda dice, tag: _plain("Content-Transfer-Encoding: x-rot-thirteen", tag),
    "RFC 2231 garbage": lambda dice, tag: _attached(
        dice.choice(
            [
                "Content-Disposition: attachment; filename*0*=utf-8''%ZZ; filename*2*=%41; filename*=x",
                "Content-Disposition: attachment; filename*=''''''%",
                "Content-Disposition: attachment; filename*=klingon'xx'%E9%FF",
                "Content-Disposition: attachment; filename*99999999999=a; filename*1=b",
            ]
        )
    ),
    "line ends in a file name": lambda dice, tag: _attached(
        "Content-Disposition: attachment; filename*=utf-8''a%0D%0AX-Evil:%20yes%0D%0A.jpg"
    ),
    "folders in a file name": lambda dice, tag: _attached(
        'Content-Disposition: attachment; filename="../../etc/passwd"'
    ),
    "direction turned round": lambda dice, tag: _attached(
        "Content-Disposition: attachment; filename*=utf-8''photo%E2%80%AEgpj.exe"
    ),
    "winmail.dat": lambda dice, tag: _attached(
        "Content-Disposition: attachment; filename=winmail.dat",
        b"\x78\x9f\x3e\x22" + _noise(dice, 400),
        "application/ms-tnef",
    ),
    "mail in a mail in a mail": lambda dice, tag: (
        b"Content-Type: message/rfc822\r\n\r\n" * dice.choice([30, 3000, 40_000])
    ),
    "no boundary": lambda dice, tag: _plain("Content-Type: multipart/mixed", f"--x\r\n\r\n{tag}\r\n--x--"),
    "boundary that never comes": lambda dice, tag: _plain("Content-Type: multipart/mixed; boundary=x", tag),
    "boundary of nothing": lambda dice, tag: _plain('Content-Type: multipart/mixed; boundary=""', "--\r\n" * 5000),
    "NUL": lambda dice, tag: _plain(b"Subject: nul\x00nul", b"\x00\x00" + tag.encode() + b"\x00"),
    "8-bit headers": lambda dice, tag: _plain(b"Subject: " + bytes(range(128, 256)), tag),
    "huge lines": lambda dice, tag: _plain("Content-Type: text/plain", tag + "x" * 2_000_000),
    "uuencode": lambda dice, tag: _plain(
        "Content-Transfer-Encoding: x-uuencode", f"begin 644 {tag}\r\n#0V%T\r\n!!!\r\nend\r\n"
    ),
    "S/MIME": lambda dice, tag: _plain(
        'Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"\r\n'
        "Content-Transfer-Encoding: base64",
        base64.encodebytes(_noise(dice, 300)),
    ),
    "PGP": lambda dice, tag: raw(
        'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=x',
        body="--x\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--x\r\n"
        "Content-Type: application/octet-stream\r\n\r\n-----BEGIN PGP MESSAGE-----\r\nhQEMA\r\n--x--\r\n",
    ),
    "encoded words without end": lambda dice, tag: _plain("Subject: " + "=?utf-8?q?=41" * 3000 + "=?="),
    "encoded line ends": lambda dice, tag: _plain("Subject: =?utf-8?b?YQ0KQmNjOiB4QHkueg==?= =?utf-8?q?=00=0D=0A?="),
    "addresses without end": lambda dice, tag: _plain("Cc: " + "<a@b," * 20_000 + '"' * 999),
    "HTML of nothing but tags": lambda dice, tag: _plain(
        "Content-Type: text/html", "<a href='" * 50_000 + "<" * 50_000
    ),
    "HTML with script": lambda dice, tag: _plain(
        "Content-Type: text/html", f"<script>alert(1)</script><p>{tag}&#0;&#xD800;"
    ),
    "signed by nobody": lambda dice, tag: _plain("Content-Type: multipart/signed; boundary==; micalg=", tag),
    "headers alone": lambda dice, tag: f"Subject: {tag}".encode(),
    "noise": lambda dice, tag: b"\r\n" + _noise(dice, 3000),
    "noise for headers": lambda dice, tag: _noise(dice, 2000) + b"\r\n\r\n" + tag.encode(),
    "lines that end in CR": lambda dice, tag: f"Subject: {tag}\r\rtext\rtext".encode(),
    "partial": lambda dice, tag: _plain("Content-Type: message/partial; id=x; number=1; total=99", tag),
    "external body": lambda dice, tag: _plain(
        "Content-Type: message/external-body; access-type=URL; URL=http://127.0.0.1/",
        f"Content-Type: image/png\r\n\r\n{tag}",
    ),
}
