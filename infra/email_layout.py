"""The layouts of the newsletter's mails: `email_layout.html` with the rules of `email_layout.css` in its elements, and
`issue_layout.html` with those of `issue_layout.css` too.

Mail programs ignore most style sheets, so rules are inlined. `make mails` does this once, before the mails' texts are
filled in, so no text can be read as a rule.
"""

import re
from pathlib import Path
from string import Template

from css_inline import CSSInliner

from broadsheet.render.shared.assets import FILES
from broadsheet.render.shared.environment import TEMPLATES

FOLDER = Path(__file__).parent
# The layouts that ship, and what each is made of: a document, and style sheets.
LAYOUTS = {
    TEMPLATES / "mail" / "mail.html": ("email_layout.html", "email_layout.css"),
    TEMPLATES / "mail" / "issue.html": ("issue_layout.html", "email_layout.css", "issue_layout.css"),
}
TOKEN = re.compile(r"--([a-z]+): light-dark\((#[0-9a-f]+), (#[0-9a-f]+)\);")


def colours() -> dict[str, str]:
    """The site's colours, by name in light mode and by `<name>_dark` in dark mode."""
    tokens = TOKEN.findall((FILES / "tokens.css").read_text(encoding="utf-8"))
    return {name: light for name, light, _ in tokens} | {f"{name}_dark": dark for name, _, dark in tokens}


def layout(sources: tuple[str, ...]) -> str:
    """The layout of these sources as a Jinja2 template."""
    document, *sheets = ((FOLDER / source).read_text(encoding="utf-8") for source in sources)
    style = Template("\n".join(sheets)).substitute(colours())
    html = Template(document).substitute(style=style)
    return CSSInliner(keep_at_rules=True, load_remote_stylesheets=False).inline(html)


if __name__ == "__main__":
    for path, sources in LAYOUTS.items():
        path.write_text(layout(sources), encoding="utf-8")
