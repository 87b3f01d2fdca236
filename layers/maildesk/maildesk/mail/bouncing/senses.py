"""What the words of mail systems mean, in the languages they use."""

import re
from typing import NamedTuple

GONE = "gone"  # the address or its host does not exist
DOUBTFUL = "doubtful"  # so somebody says, but filters say so too
PASSING = "passing"  # the address may be good


class Sense(NamedTuple):
    """`detail` is subject and detail of the RFC 3463 status that the words stand for."""

    name: str
    kind: str
    detail: str
    words: re.Pattern[str]


def _sense(name: str, kind: str, detail: str, *phrases: str) -> Sense:
    return Sense(name, kind, detail, re.compile("|".join(phrases), re.IGNORECASE))


_PERSON = r"(?:user|recipient|mailbox|account|addressee|alias)"
_IS_NOT = r"(?: name| address|\(s\))?:? (?:is |was |are )?(?:not|isn't)"

# The first hit wins: words that excuse the address stand above words that blame it.
SENSES = (
    _sense(
        "listed", PASSING, "7.1", "spamhaus", "(?<!may be )black-?list", "blocklist", "dnsbl", r"\brbl\b", "reputation", r"\bbanned\b",
        "blocked (?:using|by|for|-|ip)", "(?:host|ip|network|address|server) (?:is )?(?:blocked|not allowed)", "frequency limit",
    ),
    _sense("spam", PASSING, "7.1", "spam", "bulk e?-?mail", r"\bUBE\b", "unsolicited", "phish"),
    _sense("content", PASSING, "7.1", "virus", "malware", "content (?:rejected|error)", "message (?:content )?(?:rejected|filtered)"),
    _sense("policy", PASSING, "7.1", "policy", "not authori[sz]ed", "security (?:error|violation)"),
    _sense(
        "authentication", PASSING, "7.26", r"\bDMARC\b", r"\bSPF\b", r"\bDKIM\b", "unauthenticated",
        "authentication (?:checks|required|information)",
    ),
    _sense("reverse-dns", PASSING, "7.25", "reverse dns", r"\brdns\b", r"\bPTR\b"),
    _sense(
        "sender", PASSING, "1.8", "sender (?:address |domain )?(?:rejected|denied|verif|is not|does not|unknown|invalid)",
        "(?:sending|sender) domain", "domain of sender", "unroutable sender", "unknown sender", "invalid sender",
        "return path", "envelope sender",
    ),
    _sense(
        "relay", PASSING, "7.1", "relay(?:ing)? (?:access )?(?:is )?(?:denied|not permitted|not allowed|prohibited|quota)",
        "no relaying", "(?:configured|unable|permitted) to relay", "mail relay",
    ),
    _sense(
        "full", PASSING, "2.2", r"(?:folder|inbox|mail ?box|account)[\w' ]{0,20} full", "over ?(?:the |its )?(?:storage )?quota",
        "quota (?:is |has been |would be )?exceeded", r"exceed(?:s|ed|ing)? [\w ]{0,30}(?:size|quota|limit)\b", "out of storage",
        "(?:insufficient|not enough|no) (?:system |mail ?box )?(?:storage|disk|space)", "mailbox (?:size )?limit", "postfach (?:ist )?voll",
        "bo[iî]te (?:aux lettres |de r[eé]ception )?(?:est )?pleine", "buz[oó]n lleno", "容量",
    ),
    _sense("size", PASSING, "3.4", "(?:message|mail) (?:size|length|too)", r"too (?:large|big)\b", "(?:size|line) (?:limit|exceeds)"),
    _sense(
        "closed", PASSING, "2.1", "disabled", "(?<!temporarily )suspend", "no longer accept", r"\blocked\b", "frozen",
        "inactive", "discontinued", "deactivated", "on hold",
    ),
    _sense(
        "later", PASSING, "4.3", "try (?:again |it )?later", r"found,\s{0,80}try again", "gr[ea]ylist", "temporar(?:y|ily)", r"\bdeferred",
        "not (?:currently )?available at this time", "too many", "rate limit", "service (?:currently |is )?(?:unavailable|not available)",
    ),
    _sense(
        "moved", GONE, "1.6", "no longer (?:on|valid|active|available|in use|work|exist|employ|a )", "has moved",
        "address (?:has )?changed", "not our (?:user|customer)", "user has left",
    ),
    _sense(
        "no-mail", GONE, "1.10", "null ?mx", "no smtp service", "(?:does not|doesn't) (?:accept|receive) (?:any )?(?:e-?)?mail",
        "no mail exchanger", "find (?:a|any) (?:mail exchanger|mx|host)", "no mx (?:record|found)", "seems? to reject all mail",
    ),
    _sense(
        "no-host", GONE, "1.2",
        "(?:host|domain)(?: or domain)?(?: name)?:? (?:is )?(?:unknown|not found|does(?:n't| not) exist)",
        "unknown (?:host|domain)", "no such (?:host|domain)", "unroute?able (?:mail )?(?:address|domain)",
        "bad destination (?:system|host)", "nxdomain", "domain is not reachable", "illegal host/domain name", "non-existent hosts",
        "host name lookup failure", r"domain [\w.-]{1,253} (?:couldn't be found|does(?:n't| not) exist)",
    ),
    _sense(
        "no-address", GONE, "1.1",
        _PERSON + _IS_NOT + " (?:found|known|recogni[sz]ed|exist|local|valid|listed)",
        "user {1,2}not listed", "not listed in", "name is not recogni[sz]ed", "RecipNotFound",
        r"(?:user|recipient|mailbox|account|address)[\w '.@()-]{0,40}(?:doesn't|does not|didn't) (?:exist|have a)",
        "invalid (?:user|recipient|mailbox|address|destination)", "(?:no|not a) (?:valid )?mailbox (?:here|by that)", "bad-mailbox",
        "account or domain may not exist", "invalid final delivery userid",
        "unknown or illegal alias", "unknown local[- ]part",
        "(?<!recipient )(?<!sender )address (?:not found|rejected|couldn't be found)", "unknown address(?! error)",
        r"recipient (?:address )?rejected(?:: access denied|\.?$|\.? ?\()", "unable to find recipient", "has no (?:such )?mailbox",
        "destinataire (?:invalide|inconnu)", "adresse.{0,30}introuvable", "unbekannt", "nicht gefunden", "existiert nicht", "inconnu",
        "desconocid", "no existe", "sconosciut", "desconhecid", "nie istnieje", "не найден", "не существует",
        "見つかりません", "リストにありません", "存在しません", "宛先不明", "不存在",
    ),
    _sense(
        "unknown", DOUBTFUL, "1.1", "unknown (?:local )?(?:user|recipient|mailbox|account)", _PERSON + r"(?: is| was|\(s\))? unknown",
        "no such (?:user|recipient|mailbox|address|person|account|local)", "recipient not found", "mailbox unavailable",
    ),
    _sense("invalid-host", DOUBTFUL, "1.2", "invalid domain name"),
    _sense(
        "expired", PASSING, "4.7", "timed? ?out", "expired", "retry", "too long", "giv(?:e|ing) up", "gave up", "aborted after",
        "not delivered within", "attempts",
    ),
    _sense(
        "unreachable", PASSING, "4.1", "connection refused", "connect (?:successfully )?to", "not (?:responding|reachable)",
        "(?:network|socket) error", "lost connection", "mail loop|too many hops",
    ),
)  # fmt: skip


def sense_of(text: str) -> Sense | None:
    return next((sense for sense in SENSES if sense.words.search(text)), None)
