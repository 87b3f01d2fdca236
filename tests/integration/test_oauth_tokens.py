"""Access tokens from endpoints that expire, rotate and refuse: asked for no more than needed, never lost, never shown."""

import json

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from local.mail.certificates import authority
from local.mail.smtp_receiver import SmtpReceiver
from maildesk.oauth import google, microsoft
from maildesk.oauth.tokens import AccessTokens, for_sender, of_mailbox
from maildesk.ports import Envelope, GiveUp, Login, SignInAgain, TryAgain
from maildesk.senders.smtp.sender import open_smtp
from maildesk.settings import Mailbox, Sender
from maildesk.settings.auth import Credential, Google, Microsoft, OAuth2
from tests.fakes import MemorySecrets
from tests.servers.tokens import CLIENT, CLIENT_SECRET, TENANT, EntraEndpoint, TokenEndpoint
from tests.servers.web import Answer, trusted

USER = "support@example.test"
ACCOUNT = "mailbox/support"
GIVEN = Credential(client_secret=CLIENT_SECRET, refresh_token="first refresh token").text()


@pytest.fixture
def endpoint():
    with TokenEndpoint(USER) as endpoint:
        yield endpoint


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Process:
    """One that signs in with what it remembers of Secrets Manager."""

    def __init__(self, endpoint, secrets, auth=None):
        self.clock, self.secrets = Clock(), secrets
        self.auth = auth or OAuth2(token_url=endpoint.url, client_id=CLIENT)
        self.tokens = AccessTokens(secrets, self.clock)
        self.remembered = secrets.get(ACCOUNT) or GIVEN

    def token(self):
        return self.tokens.token(Login(USER, self.remembered, self.auth, ACCOUNT))


def stored(text=GIVEN):
    return MemorySecrets(**{ACCOUNT: text})


# ---------------------------------------------------------------- when


def test_a_token_is_asked_for_once_and_again_before_it_ends(endpoint):
    process = Process(endpoint, stored())
    first = process.token()
    process.clock.now = 3600 - 301
    assert process.token() == first and len(endpoint.asked) == 1
    process.clock.now = 3600 - 300
    assert process.token() != first and len(endpoint.asked) == 2


def test_a_short_life_is_used_to_four_fifths(endpoint):
    endpoint.seconds = 60
    process = Process(endpoint, stored())
    first = process.token()
    process.clock.now = 47
    assert process.token() == first
    process.clock.now = 48
    assert process.token() != first


@pytest.mark.parametrize(
    ("stated", "good_for"), [(0, 0), (-5, 0), ("60", 48), (None, 240), ("soon", 240), (float("nan"), 240), (float("inf"), 240)]
)
def test_a_life_that_is_stated_oddly(endpoint, stated, good_for):
    answer = json.dumps({"access_token": "a token", "expires_in": stated}).encode()
    endpoint.disturb = lambda _, request: Answer(200, answer)
    process = Process(endpoint, stored())
    process.token()
    (kept,) = process.tokens._kept.values()
    assert kept.until == good_for


def test_a_token_nobody_takes_is_not_used_again(endpoint):
    process = Process(endpoint, stored())
    login = Login(USER, GIVEN, process.auth, ACCOUNT)
    with pytest.raises(GiveUp), process.tokens.signing_in(login):
        raise GiveUp("The mail server does not like it.")
    with process.tokens.signing_in(login) as token:
        pass
    assert process.token() == token and len(endpoint.asked) == 2


def test_a_password_is_handed_on_as_it_is():
    with AccessTokens(stored()).signing_in(Login(USER, "password", account=ACCOUNT)) as password:
        assert password == "password"


# ---------------------------------------------------------------- what is asked


def test_client_credentials_where_there_is_no_refresh_token(endpoint):
    auth = OAuth2(token_url=endpoint.url, client_id=CLIENT, scope="mail")
    Process(endpoint, stored(Credential(client_secret=CLIENT_SECRET).text()), auth).token()
    assert endpoint.asked == [{"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": CLIENT_SECRET, "scope": "mail"}]


def test_google_by_refresh_token(endpoint, monkeypatch):
    monkeypatch.setattr(google, "TOKEN_URL", endpoint.url)
    Process(endpoint, stored(), Google(client_id=CLIENT)).token()
    assert endpoint.asked[0]["grant_type"] == "refresh_token"


def test_google_by_a_service_account_that_acts_for_the_user(endpoint, monkeypatch):
    monkeypatch.setattr(google, "TOKEN_URL", endpoint.url)
    monkeypatch.setattr(endpoint, "is_client", lambda form: True)
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    key_file = json.dumps({"type": "service_account", "client_email": "robot@example.test", "private_key": pem, "private_key_id": "k1"})
    Process(endpoint, stored(Credential(service_account=key_file).text()), Google()).token()
    (form,) = endpoint.asked
    claims = jwt.decode(form["assertion"], key.public_key(), ["RS256"], audience=endpoint.url)
    assert (claims["iss"], claims["sub"], claims["scope"]) == ("robot@example.test", USER, "https://mail.google.com/")
    assert claims["exp"] - claims["iat"] == 3600 and jwt.get_unverified_header(form["assertion"])["kid"] == "k1"


@pytest.mark.parametrize("key_file", ["{", "{}", "7", '{"client_email": "a", "private_key": "planted", "private_key_id": "1"}'])
def test_a_key_file_that_is_none_says_so(endpoint, key_file):
    with pytest.raises(GiveUp, match="Give the whole") as refused:
        Process(endpoint, stored(Credential(service_account=key_file).text()), Google()).token()
    assert "planted" not in str(refused.value)


# ---------------------------------------------------------------- Microsoft


@pytest.fixture
def entra(tmp_path, monkeypatch):
    certificates = authority()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(trusted(certificates, tmp_path)))
    microsoft._app.cache_clear()
    with EntraEndpoint(USER, certificates=certificates) as endpoint:
        yield endpoint
    microsoft._app.cache_clear()


def of(entra, **changes):
    return Microsoft(**{"tenant_id": TENANT, "client_id": CLIENT, "authority": entra.origin, **changes})


def test_microsoft_by_client_secret(entra):
    process = Process(entra, stored(Credential(client_secret=CLIENT_SECRET).text()), of(entra))
    first = process.token()
    process.clock.now = 4000
    assert process.token() != first
    assert [form["grant_type"] for form in entra.asked] == ["client_credentials"] * 2
    assert entra.asked[0]["scope"] == "https://outlook.office365.com/.default"


def test_microsoft_by_certificate(entra):
    key = rsa.generate_private_key(65537, 2048)
    entra.certificate = certificate_of(key)
    pem = entra.certificate.pem + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    Process(entra, stored(Credential(certificate=pem.decode()).text()), of(entra)).token()
    assert "client_secret" not in entra.asked[0]


def certificate_of(key):
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256

    from local.mail.certificates import Certificate, self_signed

    like = self_signed().certificate
    builder = x509.CertificateBuilder().subject_name(like.subject).issuer_name(like.issuer).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(like.not_valid_before_utc).not_valid_after(like.not_valid_after_utc)
    return Certificate(builder.sign(key, SHA256()), key)


def test_microsoft_by_a_refresh_token_that_rotates(entra):
    entra.rotates = True
    process = Process(entra, stored(), of(entra))
    process.token()
    assert entra.asked[0]["grant_type"] == "refresh_token"
    assert json.loads(process.secrets.get(ACCOUNT))["rotated"] == "refresh token number 2"


def test_microsoft_refuses_and_says_what_to_do(entra):
    entra.refuses = (401, "invalid_client")
    with pytest.raises(SignInAgain, match=r'invalid_client: because of \*\*\*". Sign in again: check client_id'):
        Process(entra, stored(Credential(client_secret=CLIENT_SECRET).text()), of(entra)).token()


@pytest.mark.parametrize("changes", [{"tenant_id": "unknown"}, {"authority": "https://127.0.0.1:9"}])
def test_microsoft_at_the_wrong_place(entra, changes):
    with pytest.raises((GiveUp, TryAgain), match=r"tenant|cannot be asked"):
        Process(entra, stored(), of(entra, **changes)).token()


@pytest.mark.parametrize(
    ("host", "outlook"),
    [
        ("login.microsoftonline.com", "https://outlook.office365.com"),
        ("login.microsoftonline.us", "https://outlook.office365.us"),
        ("login.chinacloudapi.cn", "https://partner.outlook.cn"),
    ],
)
def test_the_authority_tells_where_outlook_is(host, outlook):
    assert microsoft.outlook(Microsoft(tenant_id="t", client_id="c", authority=f"https://{host}/")) == outlook


def test_a_mailbox_and_a_sender_on_graph_get_tokens_for_graph(entra):
    tokens, auth = AccessTokens(MemorySecrets()), of(entra)
    secret = Credential(client_secret=CLIENT_SECRET).text()
    box = Mailbox(name="support", address=USER, protocol="graph", host="graph.microsoft.us", auth=auth)
    tokens.token(of_mailbox(box, secret))
    tokens.token(for_sender(Sender(name="out", address=USER, kind="graph", auth=auth), Login(USER, secret, auth, "sender/out")))
    assert [form["scope"] for form in entra.asked] == ["https://graph.microsoft.us/.default", "https://graph.microsoft.com/.default"]


# ---------------------------------------------------------------- refresh tokens that are replaced


@pytest.fixture
def rotating(endpoint):
    endpoint.rotates = True
    return endpoint


def test_a_replaced_refresh_token_is_stored_and_the_next_one_used(rotating):
    process = Process(rotating, stored())
    for hour in range(3):
        process.clock.now = hour * 3600
        process.token()
        assert Credential(client_secret=CLIENT_SECRET, refresh_token="first refresh token", rotated=rotating.refresh_token).text() == (
            process.secrets.get(ACCOUNT)
        )


def test_another_process_uses_what_this_one_stored(rotating):
    secrets = stored()
    this, other = Process(rotating, secrets), Process(rotating, secrets)
    this.token()
    other.token()
    assert [form["refresh_token"] for form in rotating.asked] == ["first refresh token", "refresh token number 2"]


def test_one_that_could_not_be_stored_is_remembered(rotating, monkeypatch):
    process = Process(rotating, stored())
    refuse = pytest.MonkeyPatch()
    refuse.setattr(process.secrets, "put", failing)
    process.token()
    refuse.undo()
    process.clock.now = 3600
    process.token()
    assert "refresh token number 3" in process.secrets.get(ACCOUNT)


def test_one_that_could_not_be_stored_is_stored_at_the_next_chance_and_used_before_the_one_it_replaced(rotating):
    process = Process(rotating, stored())
    with pytest.MonkeyPatch.context() as refuse:
        refuse.setattr(process.secrets, "put", failing)
        process.token()
        process.clock.now = 3600
        process.token()
    assert [form["refresh_token"] for form in rotating.asked] == ["first refresh token", "refresh token number 2"]
    process.token()
    assert "refresh token number 3" in process.secrets.get(ACCOUNT) and len(rotating.asked) == 2


def test_a_process_that_another_one_outran_uses_what_that_was_given(rotating):
    secrets = stored()
    this, other = Process(rotating, secrets), Process(rotating, secrets)

    def outrun(answer, request):
        rotating.disturb = lambda answer, request: answer(request)
        other.token()
        return answer(request)

    rotating.disturb = outrun
    this.token()
    used = [form["refresh_token"] for form in rotating.asked]
    assert used == ["first refresh token", "first refresh token", "refresh token number 2"]
    assert "refresh token number 3" in secrets.get(ACCOUNT)


def failing(*_args):
    raise TryAgain("Secrets Manager is busy.")


def test_what_the_operator_gave_meanwhile_is_not_overwritten(rotating):
    secrets = stored()
    process = Process(rotating, secrets)
    secrets.put(ACCOUNT, "a password by now")
    process.token()
    assert secrets.get(ACCOUNT) == "a password by now"


def test_an_account_that_is_tested_before_it_is_stored_is_not_stored_by_that(rotating):
    process = Process(rotating, MemorySecrets())
    process.token()
    process.clock.now = 3600
    process.token()
    assert process.secrets.values == {} and len(rotating.asked) == 2


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("refusal", "kind", "words"),
    [
        ((400, "invalid_grant"), SignInAgain, "Sign in again"),
        ((401, "invalid_client"), SignInAgain, "Sign in again: check client_id"),
        ((400, "interaction_required"), SignInAgain, "Sign in again"),
        ((400, "invalid_scope"), GiveUp, "Check scope"),
        ((400, "unheard_of"), GiveUp, "Check the URL, the client and its rights."),
        ((503, "temporarily_unavailable"), TryAgain, "temporarily_unavailable"),
        ((429, "unheard_of"), TryAgain, "unheard_of"),
        ((500, ""), TryAgain, "because of"),
    ],
)
def test_a_refusal_in_a_sentence(endpoint, refusal, kind, words):
    endpoint.refuses = refusal
    with pytest.raises(kind, match=words) as refused:
        Process(endpoint, stored()).token()
    assert type(refused.value) is kind and CLIENT_SECRET not in str(refused.value)
    assert str(refused.value).startswith("127.0.0.1")


def test_a_revoked_refresh_token_is_not_shown(endpoint):
    endpoint.refresh_token = "another"
    with pytest.raises(SignInAgain, match=r"\*\*\* was revoked"):
        Process(endpoint, stored()).token()


def test_a_page_that_is_no_token_endpoint(endpoint):
    with pytest.raises(GiveUp, match="it answered 404 without a reason"):
        Process(endpoint, stored(), OAuth2(token_url=endpoint.url + "/x", client_id=CLIENT)).token()


def test_nobody_answers():
    with pytest.raises(TryAgain, match=r"127\.0\.0\.1:9 cannot be asked for an access token \(ConnectionError\)"):
        Process(None, stored(), OAuth2(token_url="http://127.0.0.1:9/token", client_id=CLIENT)).token()


def test_a_password_where_oauth2_is_set(endpoint):
    with pytest.raises(GiveUp, match="mailbox/support has a password, but its auth is not password"):
        Process(endpoint, stored("a password")).token()


# ---------------------------------------------------------------- SMTP

SENDER = {"name": "out", "address": USER, "host": "127.0.0.1", "security": "none", "timeout_ms": 5000}


def test_a_sender_signs_in_with_a_token(endpoint):
    with SmtpReceiver(tokens={USER: "token"}) as server:
        login = Login(USER, "token", OAuth2(token_url=endpoint.url, client_id=CLIENT))
        with open_smtp(Sender(**SENDER, port=server.port), login) as connection:
            connection.send(Envelope(USER, ("alice@example.test",)), b"Subject: hello\r\n\r\n")
    assert server.mails[0].user == USER


def test_a_sender_whose_token_is_refused(endpoint):
    with SmtpReceiver(tokens={USER: "token"}) as server:
        login = Login(USER, "planted-token", OAuth2(token_url=endpoint.url, client_id=CLIENT))
        with pytest.raises(GiveUp, match=r"does not let support@example\.test sign in: .* that the app in auth may open") as refused:
            open_smtp(Sender(**SENDER, port=server.port), login)
    assert "planted" not in str(refused.value)
