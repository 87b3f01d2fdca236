"""Senders by Amazon SES (API v2, raw mails). Who may send is decided by the function's role: there is no password."""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from maildesk.connecting.ses import client, is_verified, ses_failures
from maildesk.ports import Envelope, GiveUp, Login, Sent, Step, TryAgain, steps
from maildesk.settings import Sender

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

_ADVICE = {
    "AccessDeniedException": "Allow the function's role to use ses:SendEmail.",
    "AccountSuspendedException": "Ask AWS Support to let the account send again.",
    "MailFromDomainNotVerifiedException": "Finish the DNS entries of the MAIL FROM domain in SES.",
    "MessageRejected": "Check in SES that the address or its domain is verified, and that the account is out of the sandbox.",
    "SendingPausedException": "Let the account send again in SES.",
}
_ses_failures = partial(ses_failures, advice=_ADVICE, otherwise="Look at the sender in SES.")


def open_sender(sender: Sender, _login: Login | None) -> "SesSender":
    with _ses_failures("be reached"):
        return SesSender(client(sender.timeout_ms / 1000), sender)


def check_sender(sender: Sender, login: Login | None) -> Iterator[Step]:
    """The connection test, up to the first failure: the account, the sender's identity, what is left of the quota."""
    connection = open_sender(sender, login)
    return steps(("account", connection.account), ("identity", connection.identity), ("quota", connection.quota))


class SesSender:
    """`ports.SenderConnection`. SES writes the return path itself: an empty envelope sender is its own affair."""

    def __init__(self, client: "SESV2Client", sender: Sender) -> None:
        self._client, self._sender = client, sender

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None: ...

    def send(self, envelope: Envelope, mime: bytes) -> Sent:
        with _ses_failures(f"send from {self._sender.address}"):
            answer = self._client.send_email(
                FromEmailAddress=self._sender.address,
                Destination={"ToAddresses": list(envelope.recipients)},
                Content={"Raw": {"Data": mime}},
            )
        return Sent(answer["MessageId"], message_id=f"{answer['MessageId']}@{self._domain}")

    @property
    def _domain(self) -> str:
        """SES writes Message-IDs of its own, of its region, but for its oldest
        (https://docs.aws.amazon.com/ses/latest/dg/header-fields.html)."""
        region = self._client.meta.region_name
        return f"{'email' if region == 'us-east-1' else region}.amazonses.com"

    def account(self) -> str:
        account = self._account()
        if not account.get("SendingEnabled"):
            raise GiveUp("This AWS account may not send by SES at present. Let it send again in SES.")
        sandbox = "" if account.get("ProductionAccessEnabled") else "; in the sandbox: only to verified addresses"
        return f"sending is enabled in {self._client.meta.region_name}{sandbox}"

    def identity(self) -> str:
        address = self._sender.address
        verified = next((name for name in (address, address.rpartition("@")[2]) if self._is_verified(name)), None)
        if verified is None:
            raise GiveUp(f"Neither {address} nor its domain is verified in SES. Verify one of them there.")
        return f"{verified} is verified"

    def quota(self) -> str:
        quota = self._account()["SendQuota"]
        left = quota["Max24HourSend"] - quota["SentLast24Hours"]
        if quota["Max24HourSend"] >= 0 and left < 1:
            raise TryAgain(f"All {quota['Max24HourSend']:.0f} mails of these 24 hours are sent. Wait, or ask AWS for more.")
        return f"{left:.0f} of {quota['Max24HourSend']:.0f} mails left in 24 hours, {quota['MaxSendRate']:.0f} a second"

    def _account(self) -> dict[str, Any]:
        with _ses_failures("look at the account"):
            return dict(self._client.get_account())

    def _is_verified(self, identity: str) -> bool:
        with _ses_failures(f"look at {identity}"):
            return is_verified(self._client, identity)
