"""The connection test of a mailbox whose mail Amazon SES hands over: nothing is reached, its rules are looked at.
https://docs.aws.amazon.com/ses/latest/dg/receiving-email-receipt-rules-console-walkthrough.html"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from maildesk.connecting.ses import client, is_verified, receiving_client, ses_failures
from maildesk.ports import GiveUp, Step, steps
from maildesk.settings import Mailbox
from maildesk.tickets.records import PUSHED_MAIL

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient
    from mypy_boto3_ses.type_defs import ReceiptActionTypeDef as Action
    from mypy_boto3_ses.type_defs import ReceiptRuleOutputTypeDef as Rule
    from mypy_boto3_sesv2 import SESV2Client

_FUNCTION = "-receive-ses"
_FROM_TEMPLATE = "deploy the stack with the parameters ReceiptRuleSet and ReceivingAddresses"
_failures = partial(
    ses_failures,
    advice={"AccessDenied": "Allow the function's role to use ses:DescribeActiveReceiptRuleSet."},
    otherwise="Look at email receiving in SES.",
)


def check_ses_mailbox(mailbox: Mailbox, bucket: str) -> Iterator[Step]:
    """The connection test, up to the first failure. `bucket`: the name of ours."""
    seconds = mailbox.timeout_ms / 1000
    with _failures("be reached"):
        return SesCheck(mailbox, bucket, receiving_client(seconds), client(seconds)).steps()


@dataclass
class SesCheck:
    mailbox: Mailbox
    bucket: str
    receiving: "SESClient"
    identities: "SESV2Client"
    rule_set: str = ""
    rules: "Sequence[Rule]" = ()

    def steps(self) -> Iterator[Step]:
        return steps(("rule set", self._rule_set), ("rule", self._rule), ("domain", self._domain))

    @property
    def _region(self) -> str:
        return self.receiving.meta.region_name

    def _rule_set(self) -> str:
        with _failures("show its receipt rules"):
            active = self.receiving.describe_active_receipt_rule_set()
        if "Metadata" not in active:
            raise GiveUp(f"No receipt rule set is active in {self._region}. Make one and activate it, then {_FROM_TEMPLATE}.")
        self.rule_set, self.rules = active["Metadata"].get("Name", ""), active.get("Rules", [])
        return f"{self.rule_set} is active in {self._region}"

    def _rule(self) -> str:
        """The first rule for the address that hands mail to us; one before it may keep mail from getting that far."""
        address = self.mailbox.address
        meant = [rule for rule in self.rules if rule.get("Enabled") and _names(rule, address)]
        for rule in meant:
            if self._hands_over(rule):
                return f"{rule['Name']} hands mail for {address} over"
            if any("StopAction" in action for action in rule.get("Actions", [])):
                raise GiveUp(f"Rule {rule['Name']} stops mail for {address} before it is handed over. Move it behind the stack's rule.")
        if meant:
            name = meant[0]["Name"]
            raise GiveUp(f"Rule {name} takes mail for {address}, but not into bucket {self.bucket}. To hand it over, {_FROM_TEMPLATE}.")
        raise GiveUp(f"No enabled rule of {self.rule_set} names {address} or its domain. To receive its mail, {_FROM_TEMPLATE}.")

    def _hands_over(self, rule: "Rule") -> bool:
        """Into the bucket first, to the function then."""
        actions = rule.get("Actions", [])
        stored = [place for place, action in enumerate(actions) if self._stores(action)]
        told = [place for place, action in enumerate(actions) if _tells(action)]
        return bool(stored and told and stored[0] < told[0])

    def _stores(self, action: "Action") -> bool:
        store = action.get("S3Action")
        return store is not None and (store["BucketName"], store.get("ObjectKeyPrefix")) == (self.bucket, PUSHED_MAIL)

    def _domain(self) -> str:
        domain = self.mailbox.address.rpartition("@")[2].lower()
        with _failures(f"look at {domain}"):
            verified = next((one for one in _and_above(domain) if is_verified(self.identities, one)), None)
        if verified is None:
            raise GiveUp(f"{domain} is not verified in SES in {self._region}, which takes no mail for it then. Verify the domain there.")
        return (
            f"{verified} is verified; not looked at: the MX record of {domain}, which must name inbound-smtp.{self._region}.amazonaws.com"
        )


def _tells(action: "Action") -> bool:
    return "LambdaAction" in action and action["LambdaAction"]["FunctionArn"].endswith(_FUNCTION)


def _names(rule: "Rule", address: str) -> bool:
    """A rule without recipients takes mail for everybody; `.example.com` stands for what is below that domain."""
    address = address.lower()
    recipients = [recipient.lower() for recipient in rule.get("Recipients", [])]
    domain = address.rpartition("@")[2]
    return not recipients or any(one in (address, domain) or (one.startswith(".") and domain.endswith(one)) for one in recipients)


def _and_above(domain: str) -> Iterator[str]:
    """The domain, and those it belongs to: what is verified holds for all below."""
    while "." in domain:
        yield domain
        domain = domain.partition(".")[2]
