"""What a site asks programs to leave alone, by its robots.txt. Knows nothing of how that is fetched."""

from __future__ import annotations

from urllib.robotparser import RobotFileParser

LONGEST = 500 * 1024
"""So many bytes of a robots.txt count (RFC 9309)."""
MOST_DELAY = 10.0
"""So many seconds are waited between two pages of a site at most, however many it asks for."""


class Robots:
    """The rules of one site for programs of a name.

    >>> rules = Robots("Footnote", "User-agent: *\\nDisallow: /private/\\nCrawl-delay: 2")
    >>> rules.allows("https://a.org/private/1"), rules.allows("https://a.org/1"), rules.delay
    (False, True, 2.0)
    """

    def __init__(self, agent: str, text: str) -> None:
        self._agent = agent
        self._rules = RobotFileParser()
        self._rules.parse(text.splitlines())

    def allows(self, url: str) -> bool:
        """Whether the page may be fetched."""
        return self._rules.can_fetch(self._agent, url)

    @property
    def delay(self) -> float:
        """Seconds to wait between two pages."""
        return min(float(self._rules.crawl_delay(self._agent) or 0), MOST_DELAY)
