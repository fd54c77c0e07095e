"""Write the picture of the architecture."""

from .drawing import draw
from .parts import FILE, parts

if __name__ == "__main__":
    FILE.write_text(draw(parts()), "utf-8")
