"""What stands below an answer without being part of it: device lines, disclaimers, advertisements."""

import re

from maildesk.mail.quotes.words import word_rows

_DEVICES = word_rows("""
    iphon | ipad | ipod | android | samsung | galaxy | blackberry | huawei | xiaomi | redmi | nokia | sony | xperia | htc | motorola
    oneplus | oppo | vivo | pixel | honor | realme | surface | windows | outlook | yahoo | gmail | k-9 | k9 | protonmail | proton mail
    fairemail | thunderbird | mailbird | mailspring | spark | bluemail | aquamail | edison | airmail | superhuman | canary | hey | gmx
    web.de | mail.de | mail.ru | orange | laposte | libero | virgilio | tutanota | tuta | posteo | mail.com | aol | icloud | zoho
    spike | sfr | bouygues | free mail | freenet | t-online | yandex | mobile | mobil | smartphone | phone | handy | tablet
    apple mail | apple watch | mac | wireless | handheld | telefon | telefoon | téléphone | teléfono | telefono | portable | móvil
    movil | telemóvel | celular | cellulare | matkapuhelin | puhelime | komórk | телефон | айфон | смартфон | κινητό | 携帯
    スマートフォン | スマホ | 手机 | 手機 | 휴대폰 | qq邮箱 | 邮箱 | 邮件 | 信箱 | הטלפון | الهاتف | هاتفي | webmail | unterwegs
    deepmail | polymail | mailbox
""")
_SENT_FROM = word_rows("""
    sent from | sent via | sent by | sent using | sent with | sent on | sent through | sent securely | get outlook | get bluemail
    composed on | composed with | written on | typed on | typed from | yahoo mail: search | gesendet von | gesendet mit
    gesendet über | gesendet via | gesendet aus | mobil gesendet | diese nachricht wurde von | diese nachricht wurde mit
    diese e-mail wurde von | diese e-mail wurde mit | diese mail wurde | holen sie sich | geschrieben auf | geschrieben mit
    verschickt mit | verfasst mit | envoyé de | envoyé depuis | envoyé à partir | envoyé avec | envoyé par | envoyé via | envoyée de
    envoyée depuis | obtenez outlook | obtenir outlook | télécharger outlook | téléchargez outlook | provenance : courrier
    provenance: courrier
    enviado desde | enviado con | enviado de | enviado por | enviado vía | enviado via | enviado mediante | enviado do | enviado da
    enviado a partir | enviado pelo | enviado com | enviada do | obtener outlook | obter o outlook | obtenha o outlook
    descargar outlook | enviat des | inviato da | inviato dal | inviato con | inviato tramite | inviata da | ottieni outlook
    scarica outlook | verzonden vanaf | verzonden vanuit | verzonden met | verzonden via | verzonden door | verstuurd vanaf
    verstuurd met | verstuurd via | download outlook | skickat från | skickat via | skickat med | skickades från | hämta outlook
    sendt fra | sendt via | sendt med | hent outlook | få outlook | lähetetty | hanki outlook | odesláno z | odesláno ze | odoslané z
    odoslané zo | získat outlook | stáhnout outlook | wysłane z | wysłano z | wysłane ze | wysłano ze | wysłana z | pobierz outlook
    a outlook beszerzése | trimis de | trimis din | obțineți outlook | отправлено | послано | скачать outlook | загрузить outlook
    надіслано | відправлено | завантажити outlook | изпратено от | poslano s | poslano iz | poslato sa | saadetud | στάλθηκε | εστάλη
    λήψη του outlook | 发自 | 發自 | 取得 outlook | 获取 outlook | נשלח מ | أرسلت من | أُرسلت من | أرسل من | تم الإرسال من
    dikirim dari | gửi từ | được gửi từ | ส่งจาก
""")
_SENT_AT_END = re.compile(
    r"(?:von|mit) (?:meine[mnr]?|unterwegs).{0,40} (?:gesendet|verschickt|geschrieben)"
    r"|.{1,30}[rb][óő]l (?:el)?küldve|.{1,30}[dt][ae]n gönderildi"
    r"|.{1,30}から送信(?:されました)?|[从從]?我的.{1,20}(?:发送|傳送|寄出)|.{1,20}에서 보냄|from my [\w ]{1,20}"
    r"|outlook (?:für|pour|para|per|voor) (?:ios|android|mac)(?: \w+)?"
)
_LONGEST_DEVICE_LINE = 120
_LONGEST_OTHER_LINE = 160

_FROM_SOME_PROGRAM = re.compile(
    r"(?:Sent|Composed) (?:from|with|via|using) (?:my )?[A-Z][\w.+-]{0,30}(?: [A-Z][\w.+-]{0,20}){0,2}(?: (?:for|on) [\w .]{1,30})?"
    r"\s?(?:<[^<>]*>|\([^()]*\))?"
)
_ADVERTISEMENT = re.compile(
    r"(?:virus-free|virenfrei|sans virus|libre de virus|privo di virus|livre de vírus)\W"
    r"|this email has been (?:checked|scanned)|diese e-?mail wurde (?:von|auf)|diese nachricht wurde von meinem"
    r"|this message was sent (?:from|by|using) "
    r"|please consider the environment|(?:think|please) before (?:you )?print|bitte denken sie an die umwelt|pensez à l['’]environnement"
    r"|(?:excuse|pardon|forgive) (?:my |the |any )?(?:brevity|typos)|bitte entschuldigen sie .{0,20}kürze"
)
_BANNER = re.compile(
    r"[\W_]*(?:\[?external\b(?: e-?mail)?|caution|warning|attention|achtung|be careful|vorsicht|prudence|atención|attenzione|let op)\W"
    r".{0,120}(?:outside|external|extern|außerhalb|extérieur|fuera de|esterno|buiten)"
)
_MAIL = (
    r".{0,30}(?:e-?mail|mail|message|communication|transmission|nachricht|courriel"
    r"|mensaje|correo|mensagem|messaggio|bericht|wiadomo|сообщени|письм)"
)
_DISCLAIMER = re.compile(
    r"(?:legal |important |e-?mail )?(?:disclaimer|confidentiality(?: notice| note| statement| warning)?|legal notice)\b"
    r"|vertraulichkeitshinweis|haftungsausschluss|(?:avis|clause) de confidentialité|aviso (?:legal|de confidenciali)"
    rf"|(?:this|the (?:information|contents?)){_MAIL}.{{0,120}}(?:confidential|privileged|intended (?:only |solely )?for)"
    r"|if you (?:are not the intended|have received this (?:e-?mail|message|communication|transmission) (?:in error|by mistake))"
    rf"|(?:diese|der inhalt|die in dieser){_MAIL}.{{0,120}}(?:vertraulich|ausschließlich für)"
    rf"|(?:ce|le présent){_MAIL}.{{0,160}}(?:confidentiel|destinataire)"
    rf"|(?:este|esta|el presente){_MAIL}.{{0,160}}(?:confidencia|destinatari|privilegia)"
    rf"|(?:questo|questa|il presente|la presente|le informazioni){_MAIL}.{{0,160}}(?:riservat|confidenzial|destinatari)"
    rf"|(?:dit|deze|detta|denna|denne){_MAIL}.{{0,160}}(?:vertrouwelijk|konfidentiel|fortrolig)"
    rf"|(?:niniejsza|ta|treść tej){_MAIL}.{{0,160}}poufn"
    rf"|(?:это|данное|настоящее){_MAIL}.{{0,160}}конфиденциал"
)


def is_device_line(line: str) -> bool:
    """`Sent from my iPhone` and `Get Outlook for Android` in any of our languages; the line is plain."""
    if len(line) > _LONGEST_DEVICE_LINE:
        return False
    folded = line.casefold().strip("<>()[]«»\"' .!")
    if _FROM_SOME_PROGRAM.fullmatch(line):
        return True
    sent = folded.startswith(_SENT_FROM) or _SENT_AT_END.fullmatch(folded.partition("<")[0])
    return bool(sent) and any(device in folded for device in _DEVICES)


def is_banner(paragraph: str) -> bool:
    """What a mail gateway puts above a mail from outside."""
    return bool(_BANNER.match(paragraph.casefold()))


def is_disclaimer(paragraph: str) -> bool:
    folded = paragraph.casefold()
    return bool(_DISCLAIMER.match(folded) or _ADVERTISEMENT.search(folded[:_LONGEST_OTHER_LINE]))
