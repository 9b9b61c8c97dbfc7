"""The walls of the house: who may import whom, and names that do not hide each other."""

import ast
import inspect
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import goldpress

SOURCE = Path(__file__).parent.parent / "src" / "goldpress"
ROOMS = ("seeds", "schemas", "annotations", "validation", "dataset")
FLOORS = {
    "errors": 0,
    "files": 0,
    "memory": 0,
    "engine": 0,
    "timings": 0,
    "workspace": 0,
    "seeds": 1,
    "schemas": 1,
    "labelstudio": 2,
    "annotations": 3,
    "validation": 4,
    "dataset": 5,
    "pages": 6,
    # Above the rooms, since they call most of them; below the command line.
    "setup": 6.5,
    "demonstration": 6.5,
    "cli": 7,
    "__main__": 8,
}
MODULES = sorted(SOURCE.rglob("*.py"))


def relative(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def only_for_types(tree: ast.Module) -> set[int]:
    """Return the ids of the nodes that run for type checkers only."""
    blocks = [node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    return {id(node) for block in blocks for node in ast.walk(block)}


def imports(path: Path, *, types: bool = True) -> Iterator[str]:
    """Yield the rooms of goldpress that a module imports anywhere, also inside of functions and for types only."""
    tree = ast.parse(path.read_text("utf-8"))
    for_types = only_for_types(tree)
    for node in ast.walk(tree):
        if not types and id(node) in for_types:
            continue
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [entry.name for entry in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            names = [f"{node.module}.{entry.name}" for entry in node.names]
        for name in names:
            package, _, rest = name.partition(".")
            if package == "goldpress":
                yield rest.split(".")[0]


def _dotted(path: Path) -> str:
    return ".".join(("goldpress", *path.relative_to(SOURCE).with_suffix("").parts))


NAMES = {_dotted(path) for path in MODULES}


def _modules(path: Path) -> Iterator[str]:
    """Yield the modules of goldpress that a module imports anywhere, but for types only."""
    tree = ast.parse(path.read_text("utf-8"))
    for_types = only_for_types(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and id(node) not in for_types:
            for name in [f"{node.module}.{entry.name}" for entry in node.names] + [str(node.module)]:
                if name in NAMES:
                    yield name


def test_every_module_has_a_floor() -> None:
    assert {room_of(path) for path in MODULES} == {*FLOORS, "__init__"}


@pytest.mark.parametrize("path", [p for p in MODULES if room_of(p) not in {"__init__", "cli"}], ids=relative)
def test_a_room_imports_only_rooms_below_it(path: Path) -> None:
    own = room_of(path)
    for other in imports(path):
        if other in FLOORS and other != own:
            below = FLOORS[other] < FLOORS[own] or (FLOORS[own] == 0 == FLOORS[other])
            assert below, f"{relative(path)} imports goldpress.{other}"


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {_dotted(path): {name for name in _modules(path) if name != _dotted(path)} for path in MODULES}
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


@pytest.mark.parametrize("room", ["annotations", "dataset"])
def test_no_chambers_of_a_room_import_each_other_in_a_circle(room: str) -> None:
    graph: dict[str, set[str]] = {}
    for path in (SOURCE / room).rglob("*.py"):
        chamber = path.relative_to(SOURCE / room).parts[0].removesuffix(".py")
        graph.setdefault(chamber, set()).update(
            parts[2] for name in _modules(path) if (parts := name.split("."))[1] == room and len(parts) > 2
        )
        graph[chamber].discard(chamber)
    TopologicalSorter(graph).prepare()


def test_errors_imports_nothing_of_the_package() -> None:
    assert not list(imports(SOURCE / "errors.py"))


@pytest.mark.parametrize("path", sorted((SOURCE / "cli" / "commands").glob("*.py")), ids=relative)
def test_a_command_reaches_the_rooms_through_the_public_names_only(path: Path) -> None:
    assert set(imports(path, types=False)) <= {"", "cli", "timings"}, "call the library twin: goldpress.push(...)"


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_no_module_imports_annotations_from_the_future(path: Path) -> None:
    assert "from __future__ import annotations" not in path.read_text("utf-8"), "it would hide goldpress.annotations"


def test_no_module_is_called_like_a_public_name() -> None:
    top = {path.stem for path in SOURCE.glob("*.py")} | {path.name for path in SOURCE.iterdir() if path.is_dir()}
    assert not top & set(goldpress.__all__), "importing the module would hide the function"


def test_no_module_of_a_room_is_called_like_a_function_that_the_room_gives() -> None:
    for room in (path for path in SOURCE.iterdir() if (path / "__init__.py").is_file() and path.name != "cli"):
        module = __import__(f"goldpress.{room.name}", fromlist=["*"])
        given = {name for name in getattr(module, "__all__", ()) if inspect.isroutine(getattr(module, name))}
        assert not given & {path.stem for path in room.glob("*.py")}, room.name


@pytest.mark.parametrize("name", ROOMS)
def test_each_folder_has_its_room_in_the_code_and_a_page_that_says_what_lies_there(name: str, repository: Path) -> None:
    assert (SOURCE / name / "__init__.py").is_file()
    assert (repository / name / "README.md").is_file()
    assert not list((repository / name).rglob("*.py")), "code belongs in src/"


def test_the_public_names_are_sorted_there_and_documented() -> None:
    assert goldpress.__all__ == sorted(goldpress.__all__)
    for name in goldpress.__all__:
        thing = getattr(goldpress, name)
        assert (inspect.getdoc(thing) or "").strip(), f"goldpress.{name} has no docstring"
        assert getattr(goldpress, name) is thing, f"goldpress.{name} changes when it is asked for twice"


def test_what_the_library_promises_to_type_checkers_is_what_it_gives() -> None:
    tree = ast.parse((SOURCE / "__init__.py").read_text("utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    promised = {
        (str(node.module).removeprefix("goldpress."), entry.name)
        for node in ast.walk(block)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("goldpress.")
        for entry in node.names
    }
    assert promised == {(home, name) for home, names in goldpress._HOMES.items() for name in names}
    assert {name for _, name in promised} == set(goldpress.__all__)
