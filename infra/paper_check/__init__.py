"""Checks the folder of a paper before it is deployed: every fault by its file, its line, and the rule that it breaks.

`make check-paper` runs it on the folder that `PAPER_FOLDER` names; so do `make check`, `make build` and `make run`.

    __main__    the program           checks      all of them, and their order
    fault       what a check reports  settings    site.toml, and the pictures that it names
    words       locales/              styles      tokens.css
    templates   templates/            files       what nothing reads, and static/
    rendering   all kinds of pages and mails, from a sample
"""
