"""`python -m infra.docs_site` writes build/docs, which Zensical reads; `--compare` checks what Zensical made of it."""

import shutil
import sys

from .compare import differences
from .pages import BUILD, ROOT, on_site, sources


def main() -> int:
    if sys.argv[1:] == ["--compare"]:
        found = list(differences())
        print(*found, sep="\n", end="\n" if found else "", file=sys.stderr)  # noqa: T201  for who called it
        return len(found) > 0
    shutil.rmtree(BUILD, ignore_errors=True)
    for source in sources():
        target = BUILD / source.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.suffix == ".md":
            target.write_text(on_site(source.read_text("utf-8"), source), "utf-8")
        else:
            shutil.copy(source, target)
    return 0


if __name__ == "__main__":
    sys.exit(main())
