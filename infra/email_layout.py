"""The mails' layout as it ships: `letterhead.html` with the rules of `letterhead.css` in it, `make mails` writes it.

Mail programs keep what stands at an element and little else. Nothing of it depends on a mail's own words, so it is done
once, here, and not in the function that sends: what a mail says is put in afterwards and is never taken for a rule.
"""

import re
from pathlib import Path
from string import Template

from css_inline import CSSInliner

from broadsheet.render.newsletter.phrases import TEMPLATES
from broadsheet.render.pages.static import FILES

SOURCE = Path(__file__).parent / "email_layout"
LAYOUT = TEMPLATES / "mail" / "letter.html"
TOKEN = re.compile(r"--([a-z]+): light-dark\((#[0-9a-f]+), (#[0-9a-f]+)\);")


def colours() -> dict[str, str]:
    """The colours of the site, each by its name and, for dark rooms, by its name `_by_night`."""
    tokens = TOKEN.findall((FILES / "tokens.css").read_text(encoding="utf-8"))
    return {name: day for name, day, _ in tokens} | {f"{name}_by_night": night for name, _, night in tokens}


def layout() -> str:
    """The layout, a template for the mails' own words."""
    style = Template(SOURCE.with_suffix(".css").read_text(encoding="utf-8")).substitute(colours())
    html = Template(SOURCE.with_suffix(".html").read_text(encoding="utf-8")).substitute(style=style)
    return CSSInliner(keep_at_rules=True, load_remote_stylesheets=False).inline(html)


if __name__ == "__main__":
    LAYOUT.write_text(layout(), encoding="utf-8")
