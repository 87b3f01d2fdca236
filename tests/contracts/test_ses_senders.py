"""SES passes the sender contract, against the local AWS, which hands its mail on to an SMTP receiver."""

import subprocess
from collections.abc import Iterator

import pytest

from local.aws import ROOT, LocalAws, free_port
from local.mail.smtp_receiver import SmtpReceiver
from maildesk.senders import ses
from tests.contracts.sender_contract import SenderContract
from tests.servers.outlets import Outlet


class TestSes(SenderContract):
    verbatim = False  # the local SES writes the mail anew; that the whole mail is handed over, test_ses.py shows

    @pytest.fixture(scope="class")
    @classmethod
    def receiver(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmtpReceiver]:
        subprocess.run(["make", "-s", ROOT / ".local/aws/installed"], cwd=ROOT, check=True)
        with (
            SmtpReceiver() as receiver,
            LocalAws(tmp_path_factory.mktemp("aws"), free_port(), smtp=f"127.0.0.1:{receiver.port}") as aws,
            pytest.MonkeyPatch.context() as patch,
        ):
            for name, value in aws.environment().items():
                patch.setenv(name, value)
            aws.client("sesv2").create_email_identity(EmailIdentity="example.test")
            ses.client.cache_clear()
            yield receiver
        ses.client.cache_clear()

    @pytest.fixture
    def outlet(self, receiver: SmtpReceiver) -> Outlet:
        receiver.mails.clear()
        return Outlet(receiver, "ses")
