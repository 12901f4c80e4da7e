"""A real IMAP server on this machine (Dovecot) with one mailbox, and a certificate authority that vouches for it."""

import datetime
import getpass
import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.safeguards.servers import signs

USER, PASSWORD = "reports@news.example", "pass/word?"
CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{folder}/server.pem
ssl_key = <{folder}/server.key
mail_location = maildir:{folder}/box
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {internal}
first_valid_uid = 1
imap_capability = +MOVE
mail_fsync = never
auth_failure_delay = 0
passdb {{
  driver = passwd-file
  args = scheme=plain username_format=%u {folder}/passwd
}}
userdb {{
  driver = static
  args = uid={owner} gid={owner_group} home={folder}/box
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
"""


def program() -> str:
    return shutil.which("dovecot", path=f"{os.environ['PATH']}:/usr/sbin") or "dovecot"


class MailServer:
    """Runs while it is entered, at ``imaps://…@127.0.0.1:<port>/INBOX``; whoever trusts `authority` trusts it."""

    def __init__(self, *, host: str = "127.0.0.1") -> None:
        # Not in the tests' own folder, which is for one user alone: Dovecot's parts are several.
        self.folder = Path(tempfile.mkdtemp(prefix="mail-", dir="/tmp"))
        self.folder.chmod(0o755)
        self.box = self.folder / "box"
        self.authority = self.folder / "authority.pem"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"imaps://reports%40news.example:pass%2Fword%3F@127.0.0.1:{self.port}/INBOX"
        self.count = 0
        _certify(self.folder, host)

    def __enter__(self) -> "MailServer":
        me = getpass.getuser()
        internal = owner = me
        if os.geteuid() == 0:  # Dovecot gives no mail to root
            internal, owner = "dovenull" if _has_user("dovenull") else "nobody", "nobody"
        self.owner = pwd.getpwnam(owner)
        (self.folder / "passwd").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
        (self.folder / "dovecot.conf").write_text(
            CONFIGURATION.format(
                folder=self.folder, port=self.port, internal=internal, owner=owner,
                internal_group=grp.getgrgid(pwd.getpwnam(internal).pw_gid).gr_name,
                owner_group=grp.getgrgid(self.owner.pw_gid).gr_name,
            )
        )  # fmt: skip
        for name in ("", "new", "cur", "tmp"):
            self._give(self.box / name)
        (self.folder / "run").mkdir(mode=0o755)
        (self.folder / "state").mkdir(mode=0o755)
        self.process = subprocess.Popen([program(), "-F", "-c", str(self.folder / "dovecot.conf")])
        self._wait()
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)

    def deliver(self, raw: bytes) -> None:
        """As a mail server does: whole, and by a rename."""
        self.count += 1
        draft = self.box / "tmp" / f"{self.count}.{time.time_ns()}.host"
        draft.write_bytes(raw)
        os.chown(draft, self.owner.pw_uid, self.owner.pw_gid)
        draft.rename(self.box / "new" / draft.name)

    def waiting(self) -> int:
        """Mails in the INBOX."""
        return sum(len(list((self.box / name).iterdir())) for name in ("new", "cur"))

    def fetched(self) -> int:
        """Mails in the folder for those that were fetched."""
        return sum(len(list((self.box / ".Newsroom" / name).glob("*"))) for name in ("new", "cur"))

    def _give(self, path: Path) -> None:
        path.mkdir(mode=0o700, exist_ok=True)
        os.chown(path, self.owner.pw_uid, self.owner.pw_gid)

    def _wait(self) -> None:
        for _moment in range(600):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                assert self.process.poll() is None, (self.folder / "log").read_text()
                time.sleep(0.1)
        raise AssertionError("Dovecot did not start")


def _has_user(name: str) -> bool:
    return name in {each.pw_name for each in pwd.getpwall()}


def _certify(folder: Path, host: str) -> None:
    """A certificate authority, and a certificate by it for `host`."""
    now = datetime.datetime.now(datetime.UTC)
    authority, server = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Tests")])

    def begun(subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=2))
        )

    # What RFC 5280 asks for, since Python 3.13 does.
    own = (
        begun(issuer, authority)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(signs(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(authority.public_key()), critical=False)
    )
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "server")])
    try:
        alternative: x509.GeneralName = x509.IPAddress(ip_address(host))
    except ValueError:
        alternative = x509.DNSName(host)
    of_server = (
        begun(name, server)
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), critical=False)
    )
    pem = serialization.Encoding.PEM
    (folder / "authority.pem").write_bytes(own.sign(authority, hashes.SHA256()).public_bytes(pem))
    (folder / "server.pem").write_bytes(of_server.sign(authority, hashes.SHA256()).public_bytes(pem))
    (folder / "server.key").write_bytes(
        server.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
