"""Write the assembled template to build/template.yaml, for SAM and checkov, and the files of its layer PaperLayer.

The argument is the publisher's folder; without one, or with an empty one, the layer holds no paper. Where the settings
name no publisher, the template has a rule against a sender.
"""

import sys
from pathlib import Path

from infra.template import paper_layer, publisher
from infra.template.assembly import ROOT, assemble, text

BUILD = ROOT / "build" / "template.yaml"

if __name__ == "__main__":
    paper = next(filter(None, sys.argv[1:]), None)
    BUILD.parent.mkdir(exist_ok=True)
    folder = Path(paper) if paper else None
    assembled = text(assemble(ROOT / "template.yaml"))
    BUILD.write_text(publisher.with_rule(assembled, publisher.site_file(folder)), "utf-8")
    paper_layer.write(BUILD.parent / "paper-layer", folder)
