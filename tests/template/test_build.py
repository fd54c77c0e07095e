"""What `make build` ships to Lambda: each function's package, and its layers."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.lambdas import environments
from benchmarks.starting import FUNCTIONS, READY
from tests.template.resources import ROOT, functions, layers, resolved
from tests.world import deployed

pytestmark = pytest.mark.proof

BUILT = ROOT / ".aws-sam" / "build"
AARCH64 = (183).to_bytes(2, "little")  # EM_AARCH64 of elf.h

# Lambda's packages are for another processor. So the interpreter of the tests imports its own copies, and only of
# packages that ship with the function.
ONLY_SHIPPED = """
import sys
sys.dont_write_bytecode = True
shipped = set(sys.argv[2].split(","))

class OnlyShipped:
    def find_spec(name, path=None, target=None):
        package = name.partition(".")[0]
        if package not in shipped | sys.stdlib_module_names and not package.startswith("_sysconfigdata"):
            raise ModuleNotFoundError(f"{name} does not ship", name=name)

sys.meta_path.insert(0, OnlyShipped)
"""


def folders(function: str) -> list[Path]:
    """Where Python looks for packages on Lambda: the function's package, then its layers."""
    packages = (BUILT / layer / "python" for layer in layers(resolved(), function))
    return [BUILT / function, *(folder for folder in packages if folder.is_dir())]


def shipped(function: str) -> set[str]:
    """The modules and packages that a function can import, besides the standard library's."""
    return {entry.name.partition(".")[0] for folder in folders(function) for entry in folder.iterdir()}


def machine(library: Path) -> bytes:
    """The processor that a shared library is for, from its header."""
    with library.open("rb") as file:
        header = file.read(20)
    assert header.startswith(b"\x7fELF")
    return header[18:]


def test_every_function_starts_with_its_package_and_its_layers_alone() -> None:
    with deployed() as deployment:
        variables = environments(deployment)
    for function, properties in functions(resolved()).items():
        module = properties["Handler"].partition(".")[0]
        started = subprocess.run(  # noqa: S603  # our own interpreter and code
            [sys.executable, "-c", ONLY_SHIPPED + READY, module, ",".join(shipped(function))],
            env={"PYTHONPATH": FUNCTIONS, **variables[module]},
            cwd=ROOT,
            check=False,
            capture_output=True,
            text=True,
        )
        assert started.returncode == 0, (function, started.stderr)


def test_pillow_and_lxml_ship_only_with_their_layers() -> None:
    for function in functions(resolved()):
        assert not {"PIL", "pi_heif", "lxml", "feedgen"} & {entry.name for entry in (BUILT / function).iterdir()}
    assert {"PIL", "pi_heif"} <= shipped("VariantsFunction")
    assert {"lxml", "feedgen"} <= shipped("PublishFunction")


def test_every_library_is_for_lambdas_processor() -> None:
    ids = [*functions(resolved()), "FeedsLayer", "ImagingLayer"]
    found = [library for name in ids for library in (BUILT / name).rglob("*.so*")]
    assert found
    assert [library for library in found if machine(library) != AARCH64] == []


def test_the_papers_layer_is_never_empty() -> None:
    assert [path.name for path in (BUILT / "PaperLayer").iterdir() if path.name != "paper"] == ["paper.txt"]
