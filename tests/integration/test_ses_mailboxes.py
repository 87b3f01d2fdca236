"""The connection test of a mailbox of Amazon SES: what each step finds, and what to do where it fails. SES's answers are stubs."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from maildesk.mailboxes.ses import SesCheck, check_ses_mailbox
from maildesk.ports import Step
from maildesk.settings import Mailbox

SUPPORT = Mailbox(name="support", address="Support@help.example.com", protocol="ses", timeout_ms=300)
TO_US = [
    {"S3Action": {"BucketName": "our-bucket", "ObjectKeyPrefix": "raw/ses/"}},
    {"LambdaAction": {"FunctionArn": "arn:aws:lambda:eu-central-1:123456789012:function:maildesk-receive-ses", "InvocationType": "Event"}},
]
ELSEWHERE = [{"S3Action": {"BucketName": "archive"}}]
STOP = [{"StopAction": {"Scope": "RuleSet"}}]
FOREIGN_PREFIX = [{"S3Action": {"BucketName": "our-bucket", "ObjectKeyPrefix": "raw/"}}, TO_US[1]]


def rule(name: str, actions: list[dict[str, Any]], *recipients: str, enabled: bool = True) -> dict[str, Any]:
    return {"Name": name, "Enabled": enabled, "Recipients": list(recipients), "Actions": actions}


def active(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"Metadata": {"Name": "incoming"}, "Rules": list(rules)}


OURS = rule("maildesk", TO_US, "support@help.example.com")


class Ses:
    """Says what it is told to say, in turn, and holds each request against SES's own model."""

    def __init__(self, receiving: Stubber, identities: Stubber) -> None:
        self.receiving, self.identities = receiving, identities

    def has(self, answer: dict[str, Any]) -> None:
        self.receiving.add_response("describe_active_receipt_rule_set", answer, {})

    def has_identity(self, name: str, verified: bool | None) -> None:
        if verified is None:
            self.identities.add_client_error("get_email_identity", "NotFoundException", "No such identity", http_status_code=404)
        else:
            asked = {"EmailIdentity": name}
            self.identities.add_response("get_email_identity", {"VerifiedForSendingStatus": verified}, asked)

    def looked_at(self, mailbox: Mailbox = SUPPORT) -> list[Step]:
        return list(SesCheck(mailbox, "our-bucket", self.receiving.client, self.identities.client).steps())

    def found(self) -> str:
        """What the step that failed says."""
        *passed, last = self.looked_at()
        assert all(step.ok for step in passed) and not last.ok
        return f"{last.name}: {last.detail}"


@pytest.fixture
def ses(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ses]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    account = {"region_name": "eu-central-1", "aws_access_key_id": "none", "aws_secret_access_key": "none"}
    with Stubber(boto3.client("ses", **account)) as receiving, Stubber(boto3.client("sesv2", **account)) as identities:
        yield Ses(receiving, identities)


@pytest.mark.parametrize(
    "recipients", [["support@help.example.com"], ["HELP.example.com"], [".example.com"], [], ["other.example.org", "help.example.com"]]
)
def test_all_is_well(ses: Ses, recipients: list[str]) -> None:
    ses.has(active(rule("maildesk", TO_US, *recipients)))
    ses.has_identity("help.example.com", None)
    ses.has_identity("example.com", True)
    assert [(step.name, step.ok, step.detail) for step in ses.looked_at()] == [
        ("rule set", True, "incoming is active in eu-central-1"),
        ("rule", True, "maildesk hands mail for Support@help.example.com over"),
        (
            "domain",
            True,
            "example.com is verified; not looked at: the MX record of help.example.com,"
            " which must name inbound-smtp.eu-central-1.amazonaws.com",
        ),
    ]


def test_without_an_active_rule_set(ses: Ses) -> None:
    ses.has({})
    assert ses.found() == (
        "rule set: No receipt rule set is active in eu-central-1. Make one and activate it,"
        " then deploy the stack with the parameters ReceiptRuleSet and ReceivingAddresses."
    )


@pytest.mark.parametrize(
    "rules",
    [
        [],
        [rule("maildesk", TO_US, "support@help.example.com", enabled=False)],
        [rule("maildesk", TO_US, "sales@help.example.com", "example.com", ".help.example.com")],
    ],
    ids=["no rule", "switched off", "for others"],
)
def test_without_a_rule_for_the_address(ses: Ses, rules: list[dict[str, Any]]) -> None:
    ses.has(active(*rules))
    assert ses.found() == (
        "rule: No enabled rule of incoming names Support@help.example.com or its domain."
        " To receive its mail, deploy the stack with the parameters ReceiptRuleSet and ReceivingAddresses."
    )


@pytest.mark.parametrize("actions", [ELSEWHERE, FOREIGN_PREFIX, TO_US[:1], TO_US[1:], TO_US[::-1]])
def test_a_rule_that_does_not_hand_over_to_this_desk(ses: Ses, actions: list[dict[str, Any]]) -> None:
    ses.has(active(rule("other", actions, "help.example.com")))
    assert ses.found().startswith("rule: Rule other takes mail for Support@help.example.com, but not into bucket our-bucket.")


def test_another_rule_may_come_first_unless_it_stops_the_mail(ses: Ses) -> None:
    ses.has(active(rule("archive", ELSEWHERE, "help.example.com"), OURS))
    ses.has_identity("help.example.com", True)
    assert all(step.ok for step in ses.looked_at())
    ses.has(active(rule("block", STOP, "help.example.com"), OURS))
    assert ses.found() == (
        "rule: Rule block stops mail for Support@help.example.com before it is handed over. Move it behind the stack's rule."
    )


@pytest.mark.parametrize("verified", [None, False])
def test_a_domain_that_is_not_verified(ses: Ses, verified: bool | None) -> None:
    ses.has(active(OURS))
    ses.has_identity("help.example.com", verified)
    ses.has_identity("example.com", verified)
    assert ses.found() == (
        "domain: help.example.com is not verified in SES in eu-central-1, which takes no mail for it then. Verify the domain there."
    )


def test_what_the_function_may_not_ask_is_named(ses: Ses) -> None:
    ses.receiving.add_client_error("describe_active_receipt_rule_set", "AccessDenied", "Not authorized", http_status_code=403)
    assert ses.found() == (
        'rule set: SES does not show its receipt rules: "Not authorized" (AccessDenied).'
        " Allow the function's role to use ses:DescribeActiveReceiptRuleSet."
    )


def test_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a region where SES receives no mail."""
    for name, value in {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_DEFAULT_REGION": "eu-central-1"}.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    (step,) = check_ses_mailbox(SUPPORT, "our-bucket")
    assert step.detail.startswith("SES cannot show its receipt rules now: it gave no answer")
