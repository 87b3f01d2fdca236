"""What strangers write into HTML mail to run code, fetch something, look like our page or leave their box; and what must stay."""

from html.parser import HTMLParser

import pytest

from maildesk.mail import html
from maildesk.mail.html_shape import KNOWN, shape_html

HARMLESS_ATTRIBUTES = {
    "alt",
    "title",
    "style",
    "align",
    "valign",
    "dir",
    "lang",
    "width",
    "height",
    "colspan",
    "rowspan",
    "bgcolor",
    "color",
}
HARMLESS_ATTRIBUTES |= {"face", "size", "border", "cellpadding", "cellspacing", "start", "type", "href", "src", "rel", "data-remote-src"}

RUNS_CODE = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=https://x.example.org/x.js></SCRIPT>",
    "<script/src=//x.example.org/x.js>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<<script>alert(1);//<</script>",
    "<script\x00>alert(1)</script>",
    "<script\n>alert(1)</script\n>",
    "<script>alert(1)",
    "<!--><script>alert(1)</script>-->",
    "<!-- --!><script>alert(1)</script>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version='1.0'?><script>alert(1)</script>",
    "<title><img src=x onerror=alert(1)></title>",
    "<textarea><img title='</textarea><img src=x onerror=alert(1)>'></textarea>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<style><img title='</style><img src=x onerror=alert(1)>'></style>",
    "<xmp><p title='</xmp><img src=x onerror=alert(1)>'>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<plaintext><script>alert(1)</script>",
    "<template><script>alert(1)</script></template>",
    "<select><option><script>alert(1)</script></option></select>",
    "<svg><script>alert(1)</script></svg>",
    "<svg/onload=alert(1)>",
    "<svg><animate onbegin=alert(1) attributeName=x></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<svg><style>{font-family:'<iframe/onload=confirm(1)>'",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<form><math><mtext></form><form><mglyph><svg><mtext><style><path id='</style><img onerror=alert(1) src>'>",
    "<object data='data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=='></object>",
    "<embed src='javascript:alert(1)'>",
    "<applet code=x.class></applet>",
    "<isindex action='javascript:alert(1)' type=image>",
    "<base href='javascript:alert(1)//'>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<link rel=stylesheet href='javascript:alert(1)'>",
    "<xml id=x><x><![CDATA[<img src='javas]]><![CDATA[cript:alert(1)'>]]></x></xml>",
    "<?import namespace='t' implementation='#default#time2'>",
]
HANDLES_EVENTS = [
    "<img src=x onerror=alert(1)>",
    "<img src=x:x onerror=alert(1)//",
    "<img src=x oNeRrOr=alert(1)>",
    "<img/src=x/onerror=alert(1)>",
    "<img src='x'onerror='alert(1)'>",
    "<img src=x\x0conerror=alert(1)>",
    "<img src=x\x0bonerror=alert(1)>",
    "<img \x00src=x o\x00nerror=alert(1)>",
    "<img src=`x`onerror=alert(1)>",
    '<img """><script>alert("1")</script>">',
    "<img alt='`<img src=x onerror=alert(1)>`'>",
    "<img title='&quot; onerror=alert(1) x=&quot;' src=x>",
    "<p title='\"><img src=x onerror=alert(1)>'>x</p>",
    "<body onload=alert(1)>",
    "<body onpageshow=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>x</details>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<div onpointerover=alert(1)>x</div>",
    "<a onmouseover=alert(document.cookie)>x</a>",
    "<a href=https://x.example.org onclick=alert(1)>x</a>",
    "<table background=x onwheel=alert(1)><tr><td>x</table>",
    "<b <script>alert(1)</script>0",
    "<p/onclick=alert(1)>x",
    "<p style='x' onclick=alert(1) style='y'>x",
]
LINKS_TO_CODE = [
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='JaVaScRiPt:alert(1)'>x</a>",
    "<a href=' javascript:alert(1)'>x</a>",
    "<a href='\x01javascript:alert(1)'>x</a>",
    "<a href='jav\tascript:alert(1)'>x</a>",
    "<a href='jav&#x09;ascript:alert(1)'>x</a>",
    "<a href='jav&#x0A;ascript:alert(1)'>x</a>",
    "<a href='jav&Tab;ascript&colon;alert(1)'>x</a>",
    "<a href='&#106;&#97;&#118;&#97;&#115;&#99;&#114;&#105;&#112;&#116;&#58;alert(1)'>x</a>",
    "<a href='&#0000106&#0000097&#0000118&#0000097script:alert(1)'>x</a>",
    "<a href='&#x6A&#x61&#x76&#x61script:alert(1)'>x</a>",
    "<a href='java\x00script:alert(1)'>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='livescript:x'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='data:text/html;base64,PHNjcmlwdD4='>x</a>",
    "<a href='feed:javascript:alert(1)'>x</a>",
    "<a href='view-source:javascript:alert(1)'>x</a>",
    "<a href='file:///etc/passwd'>x</a>",
    "<a href='//x.example.org/relative'>x</a>",
    "<a href='https://ok.example.org' href='javascript:alert(1)'>x</a>",
    "<a href=javascript&colon;alert(1)>x",
    "<img src='javascript:alert(1)'>",
    "<img dynsrc='javascript:alert(1)'>",
    "<img lowsrc='javascript:alert(1)'>",
    "<img src='data:text/html,<script>alert(1)</script>'>",
    "<img src='data:image/svg+xml;base64,PHN2Zz48c2NyaXB0Lz48L3N2Zz4='>",
    "<bgsound src='javascript:alert(1)'>",
    "<table background='javascript:alert(1)'><tr><td background='javascript:alert(1)'>x</table>",
    "<area href='javascript:alert(1)'>",
    "<blockquote cite='javascript:alert(1)'>x</blockquote>",
]
LEAVES_ITS_BOX = [
    "<p style='position:fixed;top:0;left:0'>x</p>",
    "<p style='position:absolute'>x</p>",
    "<p style='POSITION : fixed'>x</p>",
    "<p style='p\\6fsition:fixed'>x</p>",
    "<p style='pos/**/ition:fixed'>x</p>",
    "<p style='color:red;;position:fixed'>x</p>",
    "<p style='color:red}p{position:fixed'>x</p>",
    "<p style='z-index:9999'>x</p>",
    "<p style='margin-top:-500px'>x</p>",
    "<p style='margin:0 0 0 -500px'>x</p>",
    "<p style='margin-left:calc(0px - 500px)'>x</p>",
    "<p style='transform:translate(-500px)'>x</p>",
    "<p style='float:left'>x</p>",
    "<p style='display:none'>x</p>",
    "<p style='background:url(https://x.example.org/a.png)'>x</p>",
    "<p style='background-image:URL(javascript:alert(1))'>x</p>",
    "<p style='background-image:\\75rl(https://x.example.org)'>x</p>",
    "<p style='list-style-image:url(https://x.example.org)'>x</p>",
    "<p style='width:expression(alert(1))'>x</p>",
    "<p style='width:exp/**/ression(alert(1))'>x</p>",
    "<p style='xss:expr/*xss*/ession(alert(1))'>x</p>",
    "<p style='-moz-binding:url(https://x.example.org/x.xml#x)'>x</p>",
    "<p style='behavior:url(x.htc)'>x</p>",
    "<p style='color:var(--brand)'>x</p>",
    "<p style='color:&#x75;rl(https://x.example.org)'>x</p>",
    '<p style="font-family:\'x;position:fixed">x</p>',
    "<style>@import 'https://x.example.org/x.css';</style>",
    "<style>body{display:none}</style>",
    "<link rel=stylesheet href=https://x.example.org/x.css>",
    "<p class='btn btn-primary' id='app'>x</p>",
    "<dialog open>x</dialog>",
    "</div></div></body></html><h1>outside</h1>",
]
ASKS_OR_ACTS = [
    "<form action='https://x.example.org'><input name=password><button>Sign in</button></form>",
    "<button formaction='javascript:alert(1)'>x</button>",
    "<input type=image src=https://x.example.org/x.png>",
    "<isindex prompt='Password'>",
    "<keygen><textarea>x</textarea><select><option>x</select>",
    "<a>Close</a><cwdb-action action='call' endpoint='arn:aws:lambda:x'>{}</cwdb-action>",
    "<CWDB-ACTION action=html event=mouseenter>x</CWDB-ACTION>",
    "<b>x</b><cwdb-action\naction='call'>{}",
    "<svg><cwdb-action action='call'></cwdb-action></svg>",
]
FETCHES = [
    "<img src='https://x.example.org/pixel.gif'>",
    "<img src='//x.example.org/pixel.gif'>",
    "<img srcset='https://x.example.org/a.png 2x'>",
    "<img src='/dashboard/logout'>",
    "<img src='cid:nobody@example.org'>",
    "<picture><source srcset='https://x.example.org/a.webp'></picture>",
    "<video poster='https://x.example.org/a.png' src='https://x.example.org/a.mp4'></video>",
    "<td background='https://x.example.org/a.png'>",
    "<link rel=preload href='https://x.example.org/a.png' as=image>",
    "<iframe src='https://x.example.org'></iframe>",
    "<object data='https://x.example.org/a.swf'></object>",
    "<v:imagedata src='https://x.example.org/a.png'/>",
    "<a href='https://x.example.org' ping='https://x.example.org/ping'>x</a>",
]
HOSTILE = RUNS_CODE + HANDLES_EVENTS + LINKS_TO_CODE + LEAVES_ITS_BOX + ASKS_OR_ACTS + FETCHES


def safe_html(written: str, images: dict[str, str]) -> str:
    return html.safe_html(shape_html(written), images)


class Inspector(HTMLParser):
    """Complains of everything that a browser could make something of."""

    def __init__(self) -> None:
        super().__init__()
        self.complaints: list[str] = []
        self.depth = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag not in KNOWN | {"tbody", "colgroup"}:
            self.complaints.append(f"<{tag}>")
        for name, value in attributes:
            self._inspect(tag, name, value or "")

    def _inspect(self, tag: str, name: str, value: str) -> None:
        bare = "".join(value.split()).lower()
        harmless = {
            "href": tag == "a" and bare.startswith(("http:", "https:", "mailto:", "tel:", "ftp:")),
            "src": tag == "img" and bare.startswith(("cid:", "data:image/png", "data:image/gif", "data:image/jpeg", "data:image/webp")),
            "data-remote-src": tag == "img" and bare.startswith(("http://", "https://", "//")),
            "style": not any(word in bare for word in ("url", "expression", "position", "\\", "/*", ":-", "calc", "var(", "float", "{")),
        }
        if name not in HARMLESS_ATTRIBUTES or not harmless.get(name, True):
            self.complaints.append(f"<{tag} {name}={value!r}>")

    def handle_comment(self, data: str) -> None:
        self.complaints.append(f"<!--{data}-->")


def complaints(html: str) -> list[str]:
    inspector = Inspector()
    inspector.feed(html)
    inspector.close()
    return inspector.complaints


@pytest.mark.parametrize("html", HOSTILE)
def test_nothing_hostile_gets_through(html: str):
    assert complaints(safe_html(html, {})) == []


@pytest.mark.parametrize("html", HOSTILE)
def test_nor_inside_something_else(html: str):
    inside = f"<table><tr><td><font color=red><a href='https://ok.example.org'>{html}</a></font></td></tr></table><p>after</p>"
    assert complaints(safe_html(inside, {})) == []


def test_cleaning_twice_changes_nothing_more():
    once = safe_html("\n".join(HOSTILE), {})
    assert safe_html(once, {}).replace(' rel="noopener noreferrer nofollow"', "") == once.replace(' rel="noopener noreferrer nofollow"', "")


@pytest.mark.parametrize(
    "html",
    [
        "<p>Plain &amp; simple &lt;b&gt;</p>",
        '<p style="color:#222;font-size:11pt;margin:0 0 8px">x</p>',
        '<p style="color:rgb(34, 34, 34)">x</p>',
        "<ul><li>one</li><li>two<ol><li>deeper</li></ol></li></ul>",
        '<table border="1"><tbody><tr><td colspan="2">x</td></tr></tbody></table>',
        "<blockquote><b>bold</b> <i>italic</i> <u>under</u></blockquote>",
        "<h1>Title</h1><hr><pre>code\n  indented</pre>",
        '<img src="data:image/png;base64,iVBORw0KGgo=" alt="dot">',
        '<p dir="rtl" lang="he">שלום</p>',
    ],
)
def test_what_people_write_stays(html: str):
    assert safe_html(html, {}) == html


def test_links_open_without_telling_from_where():
    assert safe_html('<a href="https://example.org/?a=1&amp;b=2">x</a>', {}) == (
        '<a href="https://example.org/?a=1&amp;b=2" rel="noopener noreferrer nofollow">x</a>'
    )


def test_the_mails_own_pictures_are_named_by_their_content_id():
    assert (
        safe_html("<img src='CID:Logo%40example.org'>", {"cid:logo@example.org": "logo@example.org"}) == '<img src="cid:logo@example.org">'
    )
    assert safe_html("<img src='http://example.org/a.png'>", {"http://example.org/a.png": "a@x"}) == '<img src="cid:a@x">'


def test_remote_pictures_are_marked_and_not_fetched():
    assert safe_html("<img src=https://example.org/a.png>", {}) == '<img data-remote-src="https://example.org/a.png">'


@pytest.mark.parametrize(
    ("broken", "closed"),
    [
        ("<p>one<p>two", "<p>one</p><p>two</p>"),
        ("<ul><li>one<li>two</ul>", "<ul><li>one</li><li>two</li></ul>"),
        ("<b><i>x</b></i>", "<b><i>x</i></b>"),
        ("<div><b>x</div>y", "<div><b>x</b></div>y"),
        ("a < b and c > d", "a &lt; b and c &gt; d"),
        ("<td>lonely", "lonely"),
    ],
)
def test_broken_html_is_closed(broken: str, closed: str):
    assert safe_html(broken, {}) == closed
