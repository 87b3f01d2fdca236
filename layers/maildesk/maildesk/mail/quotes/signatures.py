"""What stands below an answer without being part of it: device lines, disclaimers, advertisements."""

import re

from maildesk.mail.quotes.words import word_rows

_DEVICES = word_rows("""
    iphone | ipad | ipod | android | samsung | galaxy | blackberry | huawei | xiaomi | redmi | nokia | sony | xperia | htc
    motorola | oneplus | oppo | vivo
    pixel | windows phone | windows mail | windows 10 | windows 11 | outlook | yahoo mail | yahoo-mail | gmail | k-9 mail | k-9
    k9 mail | protonmail
    proton mail | fairemail | thunderbird | mobile | mobil | smartphone | mobilgerät | mobiltelefon | handy | tablet | mailbird
    apple mail | mac | spark
    bluemail | aquamail | edison | airmail | superhuman | canary | hey | gmx | web.de | mail.ru | orange | laposte | libero
    virgilio | телефон | айфон
    携帯 | スマートフォン | 手机 | 手機 | 휴대폰 | móvil | movil | telemóvel | celular | cellulare | portable | telefon | tutanota
    tuta | posteo | qq邮箱 | 邮箱 | 邮件
    wireless | handheld | moto | honor | realme | surface | mail for windows | mail.com | aol | icloud | zoho | telefoon
    matkapuhelin | mobilní
""")
_SENT = word_rows("""
    sent | gesendet | verschickt | geschrieben | verfasst | envoyé | envoyée | enviado | enviada | inviato | inviata | verzonden
    verstuurd | skickat
    skickades | sendt | lähetetty | odesláno | odoslané | wysłane | wysłano | elküldve | küldve | trimis | отправлено | надіслано
    gönderildi | στάλθηκε
    εστάλη | 送信 | 发送 | 发自 | 傳送 | 寄出 | 보냄 | 보낸 | נשלח | أرسل | أُرسلت | أرسلت | get outlook | beziehen | obtenir
    télécharger | obtener | scarica
    enviat | downloaden | hämta | hent | hanki | získat | pobierz | diperoleh | dikirim | gửi từ | yahoo mail: search | poslano
    poslato | saadetud
    holen sie sich | obter o | ottieni | download | composed | written | typed | via | escrito | écrit | scritto | sähköposti
    изпратено | загрузить | завантажити
""")
_LONGEST_DEVICE_LINE = 120
_LONGEST_OTHER_LINE = 160

_ADVERTISEMENT = re.compile(
    r"(?:virus-free|virenfrei|sans virus|libre de virus|privo di virus|livre de vírus)\W"
    r"|this email has been (?:checked|scanned)|diese e-?mail wurde (?:von|auf)|diese nachricht wurde von meinem"
    r"|this message was sent (?:from|by|using) "
    r"|please consider the environment|(?:think|please) before (?:you )?print|bitte denken sie an die umwelt|pensez à l['’]environnement"
    r"|(?:excuse|pardon|forgive) (?:my |the |any )?(?:brevity|typos)|bitte entschuldigen sie .{0,20}kürze"
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
    if not line or len(line) > _LONGEST_DEVICE_LINE:
        return False
    folded = line.casefold()
    return any(word in folded for word in _SENT) and any(word in folded for word in _DEVICES)


def is_disclaimer(paragraph: str) -> bool:
    folded = paragraph.casefold()
    return bool(_DISCLAIMER.match(folded) or _ADVERTISEMENT.search(folded[:_LONGEST_OTHER_LINE]))
