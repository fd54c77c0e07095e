"""The layout of the newsletter's mails: `email_layout.html` with the rules of `email_layout.css` in its elements.

Mail programs ignore most style sheets, so rules are inlined. `make mails` does this once, before the mails' texts are
filled in, so no text can be read as a rule.
"""

import re
from pathlib import Path
from string import Template

from css_inline import CSSInliner

from broadsheet.render.shared.assets import FILES
from broadsheet.render.shared.environment import TEMPLATES

SOURCE = Path(__file__).parent / "email_layout"
LAYOUT = TEMPLATES / "mail" / "mail.html"
TOKEN = re.compile(r"--([a-z]+): light-dark\((#[0-9a-f]+), (#[0-9a-f]+)\);")


def colours() -> dict[str, str]:
    """The site's colours, by name in light mode and by `<name>_dark` in dark mode."""
    tokens = TOKEN.findall((FILES / "tokens.css").read_text(encoding="utf-8"))
    return {name: light for name, light, _ in tokens} | {f"{name}_dark": dark for name, _, dark in tokens}


def layout() -> str:
    """The layout as a Jinja2 template."""
    style = Template(SOURCE.with_suffix(".css").read_text(encoding="utf-8")).substitute(colours())
    html = Template(SOURCE.with_suffix(".html").read_text(encoding="utf-8")).substitute(style=style)
    return CSSInliner(keep_at_rules=True, load_remote_stylesheets=False).inline(html)


if __name__ == "__main__":
    LAYOUT.write_text(layout(), encoding="utf-8")
