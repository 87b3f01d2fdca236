"""The words mail programs put around a quotation, in the languages they speak. Words of one row are separated by `|`."""


def word_rows(table: str) -> tuple[str, ...]:
    return tuple(word.strip().casefold() for row in table.splitlines() for word in row.split("|") if word.strip())


WROTE = word_rows("""
    wrote | writes | has written | said the following | spake | quoting | excerpts from
    schrieb | schreibt | geschrieben | schrieben | zitat von
    a écrit | ecrit | écrit | écrivait | a ecrit
    escribió | escribio | ha escrito | va escriure | escribiu | ha escrit | idatzi du
    ha scritto | scrive | scrisse
    escreveu | escreve | citando
    schreef | geschreven | skryf | het geskryf
    skrev | skriver | kirjoitti | kirjoittaa | skrifaði | kirjutas
    napsal | napsala | napsal(a) | napísal | napísal(a) | napísala | píše
    napisał | napisała | napisał(a) | pisze | napisao | napisala | je napisao | je napisal | napisao/la
    írta | ezt írta | írta a következőt | a scris | rakstīja | rašė | parašė
    написал | написала | написал(а) | пишет | писал | писал(а)
    написав | написала | написав(ла) | пише | напісаў | написа | напиша
    yazdı | şunu yazdı | yazmış | έγραψε | shkroi
    のメール | さんは書きました | は書きました | さんが書きました | が書いた | が書きました | のメッセージ
    写道 | 寫道 | 撰寫 | 来信 | 작성 | 님이 작성 | 쓴 글 | 님이 씀 | 썼습니다
    כתב | כתבה | כתב/ה | נכתב על ידי | مأخوذ من | كتب | كتبت | كتب/كتبت | نوشت | نوشته
    đã viết | menulis | เขียนว่า | ได้เขียน | लिखा
""")

LABELS = {
    "from": word_rows("""
        from | von | de | da | van | från | fra | lähettäjä | od | od kogo | nadawca | feladó | de la | expeditor | от | від | от кого
        gönderen | kimden | από | 差出人 | 送信者 | 发件人 | 寄件者 | 寄件人 | 發件人 | 보낸 사람 | 보낸사람 | מאת | من | expéditeur
        remitente | mittente | remetente | afzender | avsändare | afsender | avsender | absender | od koga | šalje | odosielateľ
        odesílatel | từ | dari | จาก
    """),
    "sent": word_rows("""
        sent | date | gesendet | datum | envoyé | envoyé le | enviado | enviado el | enviada | enviado em | enviada em | fecha | data
        data invio | inviato | verzonden | skickat | sendt | dato | lähetetty | päivämäärä | päiväys | odesláno | datum a čas
        wysłano | wysłane | elküldve | dátum | küldve | trimis | дата | отправлено | дата отправки | надіслано | дата та час
        gönderildi | tarih | gönderme tarihi | ημερομηνία | στάλθηκε | εστάλη | 送信日時 | 日付 | 日時 | 发送时间 | 日期 | 时间
        寄件日期 | 傳送時間 | 發送日期 | 보낸 날짜 | 날짜 | 보낸시간 | 보낸 시간 | נשלח | תאריך | تاريخ الإرسال | التاريخ | تم الإرسال
        تاريخ | odoslané | poslano | poslato | ngày | đã gửi | tanggal | dikirim | отправено | изпратено | dátum odoslania
        fecha de envío | invio
    """),
    "to": word_rows("""
        to | an | à | a | pour | para | per | aan | naar | till | til | vastaanottaja | kenelle | komu | pro | do | címzett | către
        catre | la | кому | alıcı | kime | προς | 宛先 | 收件人 | 收件者 | 받는 사람 | 받는사람 | אל | إلى | الى | destinataire
        destinatario | destinatari | destinatário | geadresseerde | mottagare | modtager | mottaker | empfänger | adresat | za | prima
        đến | kepada | ถึง | до
    """),
    "subject": word_rows("""
        subject | betreff | betr | objet | sujet | asunto | oggetto | assunto | onderwerp | ämne | emne | aihe | otsikko | předmět
        predmet | temat | tárgy | subiect | тема | konu | θέμα | 件名 | 主题 | 主旨 | 主題 | 标题 | 제목 | נושא | הנדון | الموضوع
        موضوع | assumpte | chủ đề | tiêu đề | perihal | subjek | เรื่อง | относно
    """),
    "cc": word_rows("""
        cc | bcc | kopie | copie | copia | kopia | kopi | kopio | kopie an | copie à | másolat | копия | копія | 抄送 | 副本 | 참조
        עותק | نسخة | c c | cci | cco | skrytá kopie | dw | udw | bilgi | κοιν | κοινοποίηση
    """),
    "reply-to": word_rows("""
        reply-to | reply to | antwort an | antworten an | répondre à | responder a | rispondi a | responder para | antwoord aan
        svar till | svar til | odpovědět na | odpowiedz do | válaszcím | ответить | yanıtla | 返信先 | 回复 | 회신
    """),
    "other": word_rows("""
        importance | priority | wichtigkeit | priorität | priorité | importancia | prioridad | priorità | attachments | anlagen
        anhänge | pièces jointes | adjuntos | allegati | anexos | bijlagen | bilagor | organization | organisation | message-id
        sender | mailed-by | signed-by | newsgroups | resent-from | return-path | delivered-to | 添付ファイル | 附件 | вложения
        sent by | gesendet von | envoyé par | enviado por
    """),
}

ANNOUNCEMENTS = word_rows("""
    original message | original mail | original email | original e-mail | original appointment | reply message | forwarded message
    forwarded mail | forwarded email | ursprüngliche nachricht | originalnachricht | original-nachricht | originalmail
    original nachricht | ursprüngliche mail | ursprüngliche e-mail | weitergeleitete nachricht | weitergeleitete mail
    ursprünglicher termin | message d'origine | message d’origine | message original | mail original | message initial
    message transféré | message transmis | message réexpédié | mail transféré | e-mail d'origine | courriel original
    rendez-vous d'origine | mensaje original | mensaje reenviado | correo original | correo reenviado | mensaje enviado
    missatge original | missatge reenviat | messaggio originale | messaggio inoltrato | messaggio originario | mail originale
    mensagem original | mensagem encaminhada | mensagem reencaminhada | mensaxe orixinal | mensaxe reenviada | oorspronkelijk bericht
    oorspronkelijke bericht | origineel bericht | doorgestuurd bericht | oorspronkelijke afspraak | ursprungligt meddelande
    originalmeddelande | vidarebefordrat meddelande | vidarebefordrat mail | oprindelig meddelelse | original meddelelse
    original besked | videresendt meddelelse | videresendt besked | oprindelig besked | opprinnelig melding | original melding
    videresendt melding | videresendt e-post | opprinnelig e-post | alkuperäinen viesti | välitetty viesti | edelleenlähetetty viesti
    upphafleg skilaboð | algne kiri | původní zpráva | původní e-mail | přeposlaná zpráva | pôvodná správa | preposlaná správa
    přeposlaný e-mail | wiadomość oryginalna | oryginalna wiadomość | wiadomość przekazana | przekazana wiadomość
    treść przekazanej wiadomości | wiadomość pierwotna | eredeti üzenet | továbbított üzenet | továbbított levél | eredeti levél
    továbbítandó levél | mesaj original | mesajul original | mesaj redirecționat | mesaj redirectionat | mesaj inițial
    mesaj transmis | исходное сообщение | пересылаемое сообщение | пересланное сообщение | пересылаемое письмо
    оригинальное сообщение | исходное письмо | первоначальное сообщение | переадресованное сообщение | оригінальне повідомлення
    вихідне повідомлення | переслане повідомлення | пересланий лист | початкове повідомлення | оригинално съобщение | orijinal mesaj
    orjinal mesaj | özgün ileti | asıl ileti | iletilen mesaj | iletilmiş ileti | orijinal ileti | yönlendirilen mesaj
    iletilen ileti | αρχικό μήνυμα | προωθημένο μήνυμα | πρωτότυπο μήνυμα | izvorna poruka | izvirno sporočilo | originalna poruka
    proslijeđena poruka | 元のメッセージ | オリジナルメッセージ | 転送メッセージ | 転送されたメッセージ
    original message (元のメッセージ) | 原始邮件 | 原始信件 | 原邮件 | 邮件原件 | 转发的邮件 | 转发邮件信息 | 转发邮件 | 原始郵件
    原始郵件內容 | 轉寄的郵件 | 轉寄郵件 | 转发的消息 | 原始信息 | 원본 메시지 | 원본 메일 | 전달된 메시지 | 전달된 메일 | 원본메일
    הודעה מקורית | הודעה שהועברה | ההודעה המקורית | رسالة أصلية | الرسالة الأصلية | رسالة معاد توجيهها | رسالة محولة | پیام اصلی
    thư gốc | tin nhắn đã chuyển tiếp | thư được chuyển tiếp | pesan asli | pesan terusan | ข้อความต้นฉบับ | ข้อความที่ส่งต่อ
    перенаправленное сообщение | перенаправленное письмо
""")
"""What stands between rules: here comes the mail that is quoted or forwarded."""

FORWARD_STEMS = word_rows("""
    forward | weitergeleitet | transfér | réexpédi | reenviad | reencaminhad | encaminhad | inoltrat | doorgestuurd | vidarebefordra
    videresend | välitet | edelleenlähet | přepos | preposl | przekaz | továbbít | redirec | transmis | пересыла | пересла | пересила
    переадрес | перенаправл | letilen | iletil | yönlendir | προωθ | proslij | 転送 | 转发 | 轉寄 | 전달 | הועבר | توجيه | محول
    chuyển tiếp | terusan | ส่งต่อ
""")
"""Parts of words that tell a forwarded mail from a quoted one in an announcement."""

FORWARD_PREFIXES = word_rows("""
    fw | fwd | wg | tr | rv | i | enc | vb | vs | vl | pd | přep | továbbítás | tov | ilt | i̇lt | προώθ | πρθ | redirecționare
    redir | doorst | doorgestuurd | reenv | 転送 | 转发 | 轉寄 | 转寄 | 전달 | הועבר | пересл | перенаправлено | إعادة توجيه
    chuyển tiếp | trs
""")
"""What programs put before the subject of a mail they forward."""
