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


def _sense(name: str, kind: str, detail: str, phrases: str) -> Sense:
    return Sense(name, kind, detail, re.compile("|".join(line.strip() for line in phrases.strip().splitlines()), re.IGNORECASE))


_IS_NOT = r"(?: name| address|\(s\))?:? (?:is |was |are )?(?:not|isn't)"

# The first hit wins: words that excuse the address stand above words that blame it.
SENSES = (
    _sense("listed", PASSING, "7.1", r"""
        spamhaus|(?<!may be )black-?list|blocklist|dnsbl|\brbl\b|reputation|\bbanned\b
        blocked (?:using|by|for|-|ip)|(?:host|ip|network|address|server) (?:is )?(?:blocked|not allowed)|frequency limit
    """),
    _sense("spam", PASSING, "7.1", r"spam|bulk e?-?mail|\bUBE\b|unsolicited|phish"),
    _sense("content", PASSING, "7.1", r"virus|malware|content (?:rejected|error)|message (?:content )?(?:rejected|filtered)"),
    _sense("policy", PASSING, "7.1", r"policy|not authori[sz]ed|security (?:error|violation)"),
    _sense("authentication", PASSING, "7.26", r"""
        \bDMARC\b|\bSPF\b|\bDKIM\b|unauthenticated|authentication (?:checks|required|information)
    """),
    _sense("reverse-dns", PASSING, "7.25", r"reverse dns|\brdns\b|\bPTR\b|client host rejected|(?:helo|ehlo) command rejected"),
    _sense("sender", PASSING, "1.8", r"""
        sender (?:address |domain )?(?:rejected|denied|verif|is not|does not|unknown|invalid)|(?:unroutable|unknown|invalid) sender
        (?:sending|sender) domain|domain of sender|return path|envelope sender
    """),
    _sense("relay", PASSING, "7.1", r"""
        relay(?:ing)? (?:access )?(?:is )?(?:denied|not permitted|not allowed|prohibited|quota)|no relaying
        (?:configured|unable|permitted) to relay|mail relay
    """),
    _sense("full", PASSING, "2.2", r"""
        (?:folder|inbox|mail ?box|account)[\w'@. <>-]{0,80} full\b|over ?(?:the |its )?(?:storage |disk |mail )?quota|out of storage
        quota (?:is |has been |would be )?exceeded|exceed(?:s|ed|ing)? [\w /]{0,30}(?:size|quota|limit)\b|mailbox (?:size )?limit
        (?:insufficient|not enough|no) (?:system |mail ?box )?(?:storage|disk|space)
        postfach (?:ist )?voll|bo[iî]te (?:aux lettres |de r[eé]ception )?(?:est )?pleine|buz[oó]n lleno|容量
    """),
    _sense("size", PASSING, "3.4", r"(?:message|mail) (?:size|length|too)|too (?:large|big)\b|(?:size|line) (?:limit|exceeds)"),
    _sense("closed", PASSING, "2.1", r"""
        disabled|(?<!temporarily )suspend|no longer accept|not (?:currently )?accepting|not active|inactive
        \blocked\b|frozen|discontinued|deactivated|on hold
    """),
    _sense("later", PASSING, "4.3", r"""
        try (?:again |it )?later|found, try again|gr[ea]ylist|temporar(?:y|ily)|\bdeferred
        not (?:currently )?available at this time|too many|rate limit
    """),
    _sense("moved", GONE, "1.6", r"""
        no longer (?:on|valid|active|available|in use|work|exist|employ|a )|has moved|address (?:has )?changed
        not our (?:user|customer)|user has left
    """),
    _sense("no-mail", GONE, "1.10", r"""
        null ?mx|no smtp service|(?:does not|doesn't) (?:accept|receive) (?:any )?(?:e-?)?mail|seems? to reject all mail
        no mail exchanger|find (?:a|any) (?:mail exchanger|mx|host)|no mx (?:record|found)
    """),
    _sense("no-host", GONE, "1.2", r"""
        (?:host|domain)(?: or domain)?(?: name)?:? (?:is )?(?:unknown|not found|does(?:n't| not) exist)
        unknown (?:host|domain)|no such (?:host|domain)|unroute?able (?:mail )?(?:address|domain)|bad destination (?:system|host)
        nxdomain|domain is not reachable|illegal host/domain name|non-existent hosts|host name lookup failure
        domain [\w.-]{1,253} (?:couldn't be found|does(?:n't| not) exist)
    """),
    _sense("no-address", GONE, "1.1", rf"""
        (?:user|recipient|mailbox|account|addressee|alias){_IS_NOT} (?:found|known|recogni[sz]ed|exist|local|valid|listed)
        user {{1,2}}not listed|not listed in|name is not recogni[sz]ed|not known (?:at|here)|RecipNotFound|unable to find recipient
        (?:user|recipient|mailbox|account|address)[\w '.@()-]{{0,40}}(?:doesn't|does not|didn't) (?:exist|have a)
        invalid (?:user|recipient|mailbox|address|destination|final delivery userid)|bad-mailbox
        (?:no|not a) (?:valid )?mailbox (?:here|by that)|has no (?:such )?mailbox|no account by that name
        (?<!recipient )(?<!sender )address (?:not found|rejected|couldn't be found)|address (?:[\w@.<>-]{{1,80}} )?could not be found
        unknown address(?! error)|unknown or illegal alias|unknown local[- ]part|account or domain may not exist
        recipient (?:address )?rejected(?:: access denied|\.?$|\.? ?\()
        unbekannt|nicht gefunden|existiert nicht|destinataire (?:invalide|inconnu)|adresse.{{0,30}}introuvable|inconnu
        desconocid|no existe|sconosciut|desconhecid|nie istnieje|не найден|не существует
        見つかりません|リストにありません|存在しません|宛先不明|不存在
    """),
    _sense("unknown", DOUBTFUL, "1.1", r"""
        unknown (?:local )?(?:user|recipient|mailbox|account)|(?:user|recipient|mailbox|account|addressee|alias)(?: is| was|\(s\))? unknown
        no such (?:user|recipient|mailbox|address|person|account|local)|recipient not found|mailbox unavailable
    """),
    _sense("invalid-host", DOUBTFUL, "1.2", r"invalid domain name"),
    _sense("expired", PASSING, "4.7", r"""
        timed? ?out|expired|retry|too long|giv(?:e|ing) up|gave up|aborted after|not delivered within|attempts
    """),
    _sense("unreachable", PASSING, "4.1", r"""
        connection refused|connect (?:successfully )?to|not (?:responding|reachable)|(?:network|socket) error|lost connection
        mail loop|too many hops
    """),
)  # fmt: skip


def sense_of(text: str) -> Sense | None:
    return next((sense for sense in SENSES if sense.words.search(text)), None)
