"""Write the assembled template to build/template.yaml, for SAM and checkov."""

from infra.template.assembly import ROOT, assemble, text

BUILD = ROOT / "build" / "template.yaml"

if __name__ == "__main__":
    BUILD.parent.mkdir(exist_ok=True)
    BUILD.write_text(text(assemble(ROOT / "template.yaml")), "utf-8")
