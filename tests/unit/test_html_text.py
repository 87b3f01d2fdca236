"""HTML becomes text that keeps what the HTML meant."""

import pytest

from maildesk.mail.html_shape import shape_html
from maildesk.mail.html_text import html_to_text

CASES = {
    "paragraphs stand apart": ("<p>one</p><p>two</p>", "one\n\ntwo"),
    "divisions are lines": ("<div>one</div><div>two</div>", "one\ntwo"),
    "breaks are lines": ("one<br>two<br><br>three", "one\ntwo\n\nthree"),
    "an empty division with a break is an empty line": ("<div>one</div><div><br></div><div>two</div>", "one\n\ntwo"),
    "white space folds": ("<p> one \n  <b>two</b>&nbsp;&nbsp; three</p>", "one two three"),
    "verbatim text does not": ("<pre>a\n  b\n\nc</pre>", "a\n  b\n\nc"),
    "bullets": ("<p>x</p><ul><li>one<li>two</ul><p>y</p>", "x\n\n- one\n- two\n\ny"),
    "numbers": ("<ol><li>one</li><li>two</li></ol>", "1. one\n2. two"),
    "lists in lists": ("<ul><li>a<ol><li>b</li><li>c</li></ol></li><li>d</li></ul>", "- a\n  1. b\n  2. c\n- d"),
    "an item of two lines": ("<ul><li>one<br>two</li></ul>", "- one\n  two"),
    "links say where": ("<a href='https://example.org/x'>here</a>", "here <https://example.org/x>"),
    "links that say it already": ("<a href='https://example.org/'>example.org</a>", "example.org"),
    "addresses": ("<a href='mailto:a@example.org'>a@example.org</a>", "a@example.org"),
    "links around pictures": ("<a href='https://example.org'><img src=x alt='Shop'></a>", "[Shop] <https://example.org>"),
    "places in the page are no links": ("<a href='#top'>top</a>", "top"),
    "tables": ("<table><tr><th>item<th>price<tr><td>pen<td>1 €</table>", "item | price\npen | 1 €"),
    "tables of paragraphs": ("<table><tr><td><p>pen</p></td><td><p>1 €</p></td></tr></table>", "pen | 1 €"),
    "cells of several lines follow one another": ("<table><tr><td>a<br>b</td><td>c</td></tr></table>", "a\nb\nc"),
    "tables in tables": ("<table><tr><td><table><tr><td>a<td>b</table><td>c</table>", "a | b | c"),
    "quotations": ("x<blockquote>one<br>two<blockquote>three</blockquote></blockquote>y", "x\n\n> one\n> two\n>\n> > three\n\ny"),
    "headings": ("<h1>Title</h1>text", "Title\n\ntext"),
    "rules": ("a<hr>b", "a\n--------------------\nb"),
    "pictures by their description": ("<img alt='a chart'>", "[a chart]"),
    "emoji pictures": ("fine <img alt='👍'>", "fine 👍"),
    "styles and scripts are not text": ("<style>p{}</style><script>x</script><title>t</title>x", "x"),
    "comments are not text": ("a<!-- b --><!--[if mso]>c<![endif]-->d", "ad"),
    "signs": ("&lt;tag&gt; &amp; &euro; &#8211; &copy", "<tag> & € – ©"),
    "invisible characters": ("a\u200bb\u00adc", "abc"),
    "a lone bracket": ("1 < 2", "1 < 2"),
    "nothing": ("<div><img src=x></div>", ""),
}


@pytest.mark.parametrize(("html", "text"), CASES.values(), ids=CASES)
def test_html_reads_as(html: str, text: str):
    assert html_to_text(shape_html(html)) == text
