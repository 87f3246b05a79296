"""Which test or lab scenario proves which row of the lists of faults (F), bad inputs (B) and targets (T).

`python -m tests.faults_table` writes docs/faults.md from the marks `@pytest.mark.fault(…)` (read as source, nothing is
run), the lab's scenarios, and the two lists below; `tests/test_faults_table.py` holds the page to it.
"""

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "faults.md"
LATER = {  # rows that belong to a later piece of work, and to which
    "F42": "deadlines and boards", "B17": "search", "F46": "operations", "F51": "operations", "F52": "operations", "F55": "operations",
    "B10": "security", "B11": "security", "B31": "interfaces with writing calls", "B34": "front server",
    "B35": "front server", "B36": "security",
    "T7": "operations", "T9": "state machine test", "T10": "operations", "T11": "operations", "T16": "security", "T3": "figures of the bench (latency)", "T23": "security",
    "T17": "interfaces", "T18": "security", "T21": "security", "T24": "security", "T25": "security",
    "T26": "exports", "T27": "security", "T28": "security", "T29": "security", "T30": "security", "T31": "operations",
    "T32": "operations", "T35": "security", "T36": "operations", "T38": "security", "T39": "operations",
}  # fmt: skip
NOT_RUN = {
    "F19": "the message is tested; a really full volume needs a mount of its own, which the lab may not make",
}


def rows() -> dict[str, str]:
    """Every row's id and title, in the order of the lists."""
    lines = (TESTS / "fault_rows.tsv").read_text().splitlines()
    return {ident: title for ident, _, title in (line.partition("\t") for line in lines)}


def marked() -> dict[str, set[str]]:
    """Row → places (file::test) whose mark claims it."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted(TESTS.rglob("test_*.py")):
        text = path.read_text()
        if "mark.fault" not in text:
            continue
        tree = ast.parse(text)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                for ident in _ids_of(node.decorator_list):
                    found[ident].add(f"{path.relative_to(TESTS.parent)}::{node.name}")
                for case in node.decorator_list:  # marks of single parameters
                    for ident in {i for inner in ast.walk(case) if inner is not case for i in _ids_of([inner])}:
                        found[ident].add(f"{path.relative_to(TESTS.parent)}::{node.name}")
            elif isinstance(node, ast.Assign) and any(ast.unparse(t) == "pytestmark" for t in node.targets):
                for ident in {i for inner in ast.walk(node.value) for i in _ids_of([inner])}:
                    found[ident].add(str(path.relative_to(TESTS.parent)))
    return found


def _ids_of(nodes: list[ast.expr] | list[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.fault":
            yield from (one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str))


def scenarios() -> dict[str, set[str]]:
    """Row → scenarios of the lab, by its own registries (read as source: the lab needs no settings to be listed)."""
    found: dict[str, set[str]] = defaultdict(set)
    tree = ast.parse((TESTS / "lab" / "faults.py").read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.AsyncFunctionDef):
            for decorator in node.decorator_list:
                if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "proves":
                    for one in decorator.args:
                        if isinstance(one, ast.Constant):
                            found[str(one.value)].add(f"lab: faults {node.name}")
    tree = ast.parse((TESTS / "lab" / "failpoints.py").read_text())
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Assign)
            and ast.unparse(node.targets[0]) == "PLACES"
            and isinstance(node.value, ast.Dict)
        ):
            for place, ident in zip(node.value.keys, node.value.values, strict=True):
                if isinstance(place, ast.Constant) and isinstance(ident, ast.Constant):
                    found[str(ident.value)].add(f"lab: failpoints {place.value}")
    for ident in ("T1", "F12", "F15", "F26", "F27", "F28", "F29", "F30", "F31", "F34"):
        found[ident].add("lab: the whole run")
    found["T2"].add("lab: failpoints")
    found["T5"].add("lab: differences")
    return found


def proofs() -> dict[str, list[str]]:
    """Row → everything that proves it, tests by their file only once."""
    tests, lab = marked(), scenarios()
    return {
        ident: sorted({place.partition("::")[0] for place in tests.get(ident, ())}) + sorted(lab.get(ident, ()))
        for ident in rows()
    }


def render() -> str:
    """The page."""
    lines = [
        "# Faults, bad inputs, targets: where each is proved",
        "",
        "Made by `python -m tests.faults_table` from the marks `@pytest.mark.fault(…)` in the tests and the scenarios of the",
        "fault lab ([lab.md](lab.md)); `tests/test_faults_table.py` fails when this page claims what nothing proves.",
        "*later*: belongs to a later piece of work. *not run*: with the reason.",
        "",
    ]
    titles, proved = rows(), proofs()
    for letter, heading in (("F", "Faults"), ("B", "Bad inputs"), ("T", "Targets")):
        lines += [f"## {heading}", "", "| # | What | Where |", "|---|---|---|"]
        for ident, title in titles.items():
            if ident[0] == letter:
                lines.append(f"| {ident} | {title} | {where(ident, proved[ident])} |")
        lines.append("")
    return "\n".join(lines)


def where(ident: str, places: list[str]) -> str:
    told = ", ".join(f"`{place}`" if not place.startswith("lab") else place for place in places)
    if ident in NOT_RUN:
        return f"*not run*: {NOT_RUN[ident]}" + (f" ({told})" if told else "")
    if told:
        return told
    return f"*later*: {LATER[ident]}" if ident in LATER else "*nowhere*"


if __name__ == "__main__":
    PAGE.write_text(render())
    sys.stdout.write(
        f"{PAGE}: nowhere {[i for i, p in proofs().items() if not p and i not in LATER and i not in NOT_RUN]}\n"
    )
