"""Feeds as files: an article an entry that holds the whole text."""

from pathlib import Path

import pytest

from index.errors import BadDocument
from index.read import discover, read

RSS = """<?xml version="1.0"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>The Daily</title>
<item><title>Rain &amp;amp; snow</title><link>https://daily.example/1</link>
<pubDate>Fri, 19 May 2017 10:00:00 GMT</pubDate>
<description>Short.</description>
<content:encoded>
<![CDATA[<p>It <b>rained</b>.</p><script>evil()</script><p>Then it stopped.</p>]]></content:encoded></item>
<item><title>Fog</title><link>https://daily.example/2</link><description>Only a summary of the fog.</description></item>
<item><title>Long</title><description>{long}</description></item>
<item><title>Cut</title><description>{long} […]</description></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>A blog</title>
<entry><title>Ants</title><link href="https://blog.example/ants"/><published>2019-02-03T10:00:00Z</published>
<updated>2020-01-01T00:00:00Z</updated>
<content type="html">&lt;p&gt;Ants are many.&lt;/p&gt;</content></entry></feed>"""
OPML = '<opml version="2.0"><body><outline text="A" xmlUrl="https://a.example/rss"/></body></opml>'


def test_whole_texts_are_articles_and_summaries_are_named(tmp_path: Path) -> None:
    path = tmp_path / "daily.rss"
    path.write_text(RSS.format(long="The storm went on and on. " * 60))
    flaws: list[str] = []
    rain, storm = read(path, flaws)
    assert (rain.title, rain.url, rain.publisher, rain.published) == (
        "Rain & snow", "https://daily.example/1", "The Daily", "2017-05-19",
    )  # fmt: skip
    assert rain.text == "It rained.\n\nThen it stopped."
    assert (storm.title, storm.source) == ("Long", f"{path}#3")
    assert flaws == [
        f"{path} entry 2 (Fog): holds only a summary: footnote add https://daily.example/2 fetches the page",
        f"{path} entry 4 (Cut): holds only a summary",
    ]


def test_an_atom_feed_in_a_file_of_xml(tmp_path: Path) -> None:
    (tmp_path / "blog.xml").write_text(ATOM)
    (tmp_path / "sitemap.xml").write_text("<urlset><url/></urlset>")
    skipped: list[Path] = []
    found = list(discover([tmp_path], skipped=lambda path, _: skipped.append(path)))
    assert ([path.name for path in found], [path.name for path in skipped]) == (["blog.xml"], ["sitemap.xml"])
    (ants,) = read(found[0])
    assert (ants.text, ants.published, ants.publisher) == ("Ants are many.", "2019-02-03", "A blog")


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("list.xml", OPML, "footnote feed add"),
        ("list.opml", OPML, "footnote feed add"),
        ("page.rss", "<html><body>No feed.</body></html>", "no RSS or Atom feed"),
        ("cut.rss", "<rss version='2.0'><channel><item><title>A", "cut.rss"),
        ("empty.atom", "<feed xmlns='http://www.w3.org/2005/Atom'></feed>", "no articles"),
        (
            "bomb.rss",
            "<!DOCTYPE r [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><rss version='2.0'><channel><item><title>x</title>"
            "<description>&b;</description></item></channel></rss>",
            "entry 1",
        ),
        (
            "file.rss",
            "<!DOCTYPE r [<!ENTITY a SYSTEM 'file:///etc/hostname'>]><rss version='2.0'><channel><item>"
            "<description>&a;</description></item></channel></rss>",
            "entry 1",
        ),
    ],
)
def test_what_is_no_feed_is_named_in_a_line(tmp_path: Path, name: str, text: str, why: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(BadDocument, match=why) as raised:
        read(tmp_path / name)
    assert "\n" not in str(raised.value)
