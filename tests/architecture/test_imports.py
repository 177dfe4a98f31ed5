"""The arrows between the rooms of the house run one way, and the thinking modules think only."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# A slice may import what stands before it. budgeting and feedback stand side by side: neither imports the other.
ORDER = [
    "translations",
    "engage.core",
    "engage.people",
    "engage.campaigns",
    "engage.stories",
    "engage.themes",
    "budgeting",
    "feedback",
]
SIDE_BY_SIDE = {"budgeting", "feedback"}
# The composition roots put everything together; they alone look up.
ROOTS = {
    "engage.app",
    "engage.worker",
    "engage.__main__",
    "engage.site",
    "engage.desk",
    "engage.serving",
    "engage.migrations",
    "engage.demo",
}
MAY_THINK_WITH = {
    "numpy",
    "scipy",
    "sklearn",
    "babel",
    "msgspec",
    "jinja2",
    "rfc8785",
    "cryptography",
    "threadpoolctl",
    "onnx",
}
IMPURE = {
    "engage.core.clock",
    "asyncio",
    "os",
    "pathlib",
    "socket",
    "subprocess",
    "time",
    "random",
    "secrets",
    "urllib.request",
    "shutil",
    "tempfile",
}
# Modules of a slice that are not thinking: they have a fixed name, or are an adapter and say so.
FIXED = {
    "models",
    "schemas",
    "service",
    "queries",
    "routes",
    "pages",
    "tasks",
    "forms",
    "commands",
    "__init__",
    "__main__",
}


def modules() -> dict[str, Path]:
    found = {}
    for top in ("engage", "budgeting", "feedback", "translations"):
        for path in (ROOT / top).rglob("*.py"):
            if "versions" in path.parts:
                continue
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            found[name.removesuffix(".__init__")] = path
    return found


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def slice_of(module: str) -> str | None:
    return next((name for name in ORDER if module == name or module.startswith(name + ".")), None)


def is_root(module: str) -> bool:
    return any(module == root or module.startswith(root + ".") for root in ROOTS)


MODULES = modules()


@pytest.mark.parametrize("module", [name for name in MODULES if slice_of(name) and not is_root(name)])
def test_arrows_run_one_way(module: str) -> None:
    own = slice_of(module)
    assert own is not None
    for target in imports(MODULES[module]):
        other = slice_of(target)
        if is_root(target):
            pytest.fail(f"{module} imports {target}: only composition roots look at composition roots")
        if other is None or other == own:
            continue
        assert ORDER.index(other) < ORDER.index(own), f"{module} imports {target}, which stands above it"
        assert {own, other} != SIDE_BY_SIDE, f"{module} imports {target}"


def thinking() -> list[str]:
    """Modules that import no database, framework or web say so that they are pure, and are held to it."""
    pure = []
    for name, path in MODULES.items():
        own, last = slice_of(name), name.rsplit(".", 1)[-1]
        if own in (None, "engage.core", "translations") or last in FIXED or is_root(name):
            continue
        if not {target.split(".")[0] for target in imports(path)} & {"sqlalchemy", "litestar", "wtforms"}:
            pure.append(name)
    return pure


ADAPTERS = {
    "engage.themes.model": "loads the weights",
    "engage.themes.resources": "loads dictionaries and the encoder",
    "budgeting.round_secret": "keeps R in a file",
    "budgeting.passes": "compares in constant time",
}


@pytest.mark.parametrize("module", [name for name in thinking() if name not in ADAPTERS])
def test_thinking_is_pure(module: str) -> None:
    for target in imports(MODULES[module]):
        top = target.split(".")[0]
        assert target not in IMPURE, f"{module} imports {target}"
        assert top not in IMPURE, f"{module} imports {target}"
        allowed = top in sys.stdlib_module_names or top in MAY_THINK_WITH or slice_of(target)
        assert allowed, f"{module} thinks with {target}, which is not on the list"


def test_the_list_of_thinking_modules_is_not_empty() -> None:
    assert {"engage.themes.clustering", "budgeting.equal_shares", "engage.campaigns.phases"} <= set(
        thinking()
    )


def test_adapters_exist() -> None:
    assert set(ADAPTERS) <= set(MODULES)
