"""The tests run on what is built in, whatever folder `paper/` a publisher has."""

import os

os.environ["PAPER_FOLDER"] = ""  # before broadsheet.paper reads it
