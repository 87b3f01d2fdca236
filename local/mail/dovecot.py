"""Dovecot 2.3 from a private folder on high ports of 127.0.0.1: starts in some 50 ms, as root or not, leaves only the mails behind."""

import base64
import grp
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from .certificates import Certificate, self_signed
from .maildir import Maildir
from .ports import free_ports, wait_until_it_answers

NOBODY = 65534


def missing() -> str | None:
    """Why Dovecot cannot be used here, as a sentence; None where it can."""
    if not (binary := _binary()):
        return "Dovecot is not installed (Debian: apt install dovecot-imapd dovecot-pop3d)"
    version = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    return None if version.startswith("2.3.") else f"Dovecot 2.3 is needed, here is {version or 'an unknown version'}"


class Dovecot:
    """`with Dovecot(folder, {"alice@example.test": "secret"}) as server:` then `server.deliver(...)` and `server.imap_port`.

    Mails stay in `folder`. `base_port` fixes the ports: imap, +1 imaps, +2 pop3, +3 pop3s; without it free ones are taken.
    `capability` replaces what the server says it can after sign-in; `prefix` and `separator` are its namespace.
    `config` is added to the configuration as it is. With `token_key`, access tokens sign in too (XOAUTH2, OAUTHBEARER):
    JSON Web Tokens signed by HS256 with that key, whose `email` is the user."""

    host = "127.0.0.1"

    def __init__(
        self,
        folder: Path,
        users: dict[str, str],
        *,
        base_port: int | None = None,
        certificate: Certificate | None = None,
        capability: str | None = None,
        prefix: str = "",
        separator: str = "/",
        config: str = "",
        token_key: bytes = b"",
    ) -> None:
        self.folder, self.users = folder.absolute(), users
        self._base_port, self._certificate = base_port, certificate
        self._capability, self._prefix, self._separator, self._config = capability, prefix, separator, config
        self._token_key = token_key

    def __enter__(self) -> Self:
        if reason := missing():
            raise RuntimeError(reason)
        self._take_ports()
        # Sockets live here: their paths must be short, and every user of the server must reach them.
        self._run = Path(tempfile.mkdtemp(prefix="maildesk-dovecot-"))
        self._run.chmod(0o755)
        self._mail = self._mail_folder()
        self._write()
        self._process = subprocess.Popen([str(_binary()), "-F", "-c", str(self._run / "dovecot.conf")], start_new_session=True)
        if self._process.poll() is not None or not wait_until_it_answers(self.imap_port):
            log = self.log()
            self.__exit__(None, None, None)
            raise RuntimeError(f"Dovecot did not start on port {self.imap_port}: {log[-1000:]}")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        # All of its processes at once: asked politely, they take a second or more.
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(15)
        shutil.rmtree(self._run, ignore_errors=True)

    def deliver(self, user: str, raw: bytes, folder: str = "INBOX", read: bool = False) -> None:
        """A new mail in the folder, which is created where missing."""
        self.maildir(user).deliver(raw, folder, read)

    def mails(self, user: str, folder: str = "INBOX") -> list[bytes]:
        """Raw mails, oldest first."""
        return self.maildir(user).mails(folder)

    def flags(self, user: str, folder: str = "INBOX") -> list[str]:
        """Maildir flags of each (S seen, T deleted)."""
        return self.maildir(user).flags(folder)

    def maildir(self, user: str) -> Maildir:
        return Maildir(self._mail / user, _mail_owner(), self._separator)

    def change_uidvalidity(self, user: str, folder: str = "INBOX") -> None:
        """As after a restored backup: the folder's UIDVALIDITY and all UIDs start anew."""
        root = self.maildir(user).folder(folder)
        listed = root / "dovecot-uidlist"
        validity = int(listed.read_text().split(" V", 1)[1].split(" ", 1)[0]) if listed.exists() else 1
        for index in root.glob("dovecot*index*"):
            index.unlink()
        listed.write_text(f"3 V{validity + 1} N1\n")
        if owner := _mail_owner():
            os.chown(listed, *owner)

    def log(self) -> str:
        path = self._run / "dovecot.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def _take_ports(self) -> None:
        ports = range(self._base_port, self._base_port + 4) if self._base_port else free_ports(4)
        self.imap_port, self.imaps_port, self.pop3_port, self.pop3s_port = ports

    def _mail_folder(self) -> Path:
        """Root's server reads mail as nobody, who may not reach below /root or pytest's folders: there the mails are not kept."""
        folder = self.folder if not _mail_owner() or _reachable_by_all(self.folder) else self._run
        mail = folder / "mail"
        mail.mkdir(parents=True, exist_ok=True)
        if owner := _mail_owner():
            os.chown(mail, *owner)
        return mail

    def _write(self) -> None:
        (self._certificate or self_signed()).save(self._run)
        users = "".join(f"{name}:{{PLAIN.b64}}{base64.b64encode(password.encode()).decode()}\n" for name, password in self.users.items())
        (self._run / "users").write_text(users)
        if self._token_key:
            self._take_tokens()
        (self._run / "dovecot.conf").write_text(self._configuration())

    def _take_tokens(self) -> None:
        key = self._run / "keys/default/HS256/default"
        key.parent.mkdir(parents=True)
        key.write_bytes(base64.b64encode(self._token_key))
        (self._run / "oauth2.conf").write_text(_OAUTH2.format(keys=f"{self._run}/keys/"))
        self._config += _TOKENS_TOO.format(settings=f"{self._run}/oauth2.conf")

    def _configuration(self) -> str:
        uid, gid = _mail_owner() or (os.getuid(), os.getgid())
        own = pwd.getpwuid(os.getuid()).pw_name
        login, internal = ("dovenull", "dovecot") if os.getuid() == 0 else (own, own)
        capability = f"imap_capability = {self._capability}" if self._capability else ""
        return f"""\
base_dir = {self._run}/run
state_dir = {self._run}/state
log_path = {self._run}/dovecot.log
protocols = imap pop3
listen = {self.host}
default_login_user = {login}
default_internal_user = {internal}
default_internal_group = {_group_of(internal)}
first_valid_uid = 0
ssl = yes
ssl_cert = <{self._run}/cert.pem
ssl_key = <{self._run}/key.pem
disable_plaintext_auth = no
auth_failure_delay = 0
mail_location = maildir:{self._mail}/%u
mail_fsync = never
mail_max_userip_connections = 200
passdb {{
  driver = passwd-file
  args = username_format=%u {self._run}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={self._mail}/%u
}}
namespace inbox {{
  inbox = yes
  separator = {self._separator}
  prefix = {self._prefix}
}}
service imap-login {{
  chroot =
  service_count = 0
{_listeners("imap", self.imap_port, self.imaps_port)}
}}
service pop3-login {{
  chroot =
  service_count = 0
{_listeners("pop3", self.pop3_port, self.pop3s_port)}
}}
service imap {{
  process_limit = 200
}}
# After one bad password anvil would delay all later ones by up to 15 s.
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service auth {{
  chroot =
}}
{capability}
{self._config}
"""


_OAUTH2 = """\
introspection_mode = local
local_validation_key_dict = fs:posix:prefix={keys}
username_attribute = email
"""

_TOKENS_TOO = """
auth_mechanisms = plain xoauth2 oauthbearer
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {settings}
}}
"""


def _listeners(protocol: str, port: int, tls_port: int) -> str:
    return f"""\
  inet_listener {protocol} {{
    port = {port}
  }}
  inet_listener {protocol}s {{
    port = {tls_port}
    ssl = yes
  }}"""


def _binary() -> str | None:
    return shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def _mail_owner() -> tuple[int, int] | None:
    return (NOBODY, NOBODY) if os.getuid() == 0 else None


def _group_of(user: str) -> str:
    return grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name


def _reachable_by_all(folder: Path) -> bool:
    folder.mkdir(parents=True, exist_ok=True)
    return all(path.stat().st_mode & 0o001 for path in (folder, *folder.parents))
