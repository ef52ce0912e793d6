"""A page for every check and report, and indexes by theme and by framework."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import assert_never

from collector.ask.library import Parameter, Query, library
from generator.inventory import empty
from generator.markdown import block, bullets, code, join, link, made_from, names, paragraphs, prose, table

_THEMES = {
    "kms": "Keys",
    "grants": "Grants",
    "s3": "Buckets",
    "cross_account": "Across accounts",
    "iam": "Identities",
    "org": "Organization",
    "inventory": "Inventory",
}
"""Headings for the folders of `queries/`."""
_FRAMEWORKS = {
    "aws_fsbp": "AWS Foundational Security Best Practices",
    "cis_aws_": "CIS AWS Foundations Benchmark",
}
"""What frameworks are called outside; behind a name that ends with a line stands the version."""


def pages() -> dict[str, str]:
    """The index and the page of every query, by file name."""
    return {"README.md": _index(), **{f"{id}.md": _page(query) for id, query in library().items()}}


def _index() -> str:
    by_theme: dict[str, list[Query]] = defaultdict(list)
    for query in library().values():
        by_theme[query.theme].append(query)
    return join(
        made_from("queries/"),
        "# Checks and reports",
        "A check gives a verdict about each resource: `fail`, `pass`, or `unknown` where the inventory "
        "cannot tell. A report answers a question without judging. `keyreach check` runs the checks, "
        "`keyreach query` any one of them.",
        *(
            join(f"## {_THEMES.get(theme, theme)}", _listed(by_theme[theme])).rstrip()
            for theme in sorted(by_theme, key=_order)
        ),
        "## Frameworks",
        "Controls that a check gives evidence for, as the checks themselves name them. A control may ask for "
        "more than the check looks at, and controls that no check serves are not listed. `keyreach check "
        "--framework 'cis_aws_*'` runs the checks of one framework or several.",
        *_frameworks(),
    )


def _order(theme: str) -> tuple[int, str]:
    known = list(_THEMES)
    return (known.index(theme) if theme in known else len(known), theme)


def _listed(queries: list[Query]) -> str:
    rows = [[_link(query), query.kind, _severity(query), prose(query.title)] for query in queries]
    return table(("Id", "Kind", "Severity", "Title"), rows)


def _frameworks() -> list[str]:
    """Framework by framework, the checks for each control."""
    controls: dict[str, dict[str, list[Query]]] = defaultdict(lambda: defaultdict(list))
    for query in library().values():
        for name in query.frameworks:
            framework, _, control = name.partition("/")
            controls[framework][control].append(query)
    blocks = []
    for framework in sorted(controls, key=_natural):
        rows = [
            [code(control), ", ".join(map(_link, controls[framework][control]))]
            for control in sorted(controls[framework], key=_natural)
        ]
        blocks += [f"### {_called(framework)}", table(("Control", "Checks"), rows)]
    return blocks


def _called(framework: str) -> str:
    """The framework's own name and version, and the id that the headers use."""
    for id, name in _FRAMEWORKS.items():
        if framework.startswith(id):
            return f"{name} {framework.removeprefix(id)}".strip() + f" ({code(framework)})"
    return code(framework)


def _natural(name: str) -> list[tuple[int, str]]:
    """Sorts 3.10 after 3.9."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", name)]


def _page(query: Query) -> str:
    return join(
        made_from(f"queries/{query.theme}/{query.id}.sql"),
        f"# {prose(query.title)}",
        paragraphs(query.description),
        table(_facts(query)[0], _facts(query)[1:]),
        _remediation(query),
        _parameters(query),
        "## Run it",
        block(_command(query), "shell"),
        "## SQL",
        block(f"{query.sql};", "sql"),
        "## Cases",
        "What the query is tested on:",
        bullets(prose(case.name) for case in query.cases),
    )


def _facts(query: Query) -> list[list[str]]:
    facts = [["Id", code(query.id)], ["Kind", query.kind]]
    if query.kind == "check":
        varies = "; a row may say another" if "severity" in _columns(query) else ""
        facts += [["Severity", _severity(query) + varies], ["A pass needs", _reach(query)]]
    else:
        facts.append(["Columns", names(_columns(query))])
    if query.frameworks:
        facts.append(["Frameworks", names(query.frameworks)])
    facts.append(["Reads", _tables(query.reads.relations)])
    if through := query.reads.tables - query.reads.relations:
        facts.append(["Through views", _tables(through)])
    return facts


def _columns(query: Query) -> list[str]:
    values = {name: found.default for name, found in query.parameters.items()}
    return [column[0] for column in empty().execute(query.sql, values).description or ()]


def _tables(found: Iterable[str]) -> str:
    return ", ".join(f"[{code(name)}](../tables/{name}.md)" for name in sorted(found))


def _severity(query: Query) -> str:
    return query.severity.value if query.kind == "check" else ""


def _reach(query: Query) -> str:
    """What a pass needs to stand, and not to be turned into unknown."""
    match query.reach:
        case "account":
            return "all that it reads to be collected about the resource, and in its account and region"
        case "organization":
            return "all that it reads to be collected in every account"
    assert_never(query.reach)


def _remediation(query: Query) -> str:
    return join("## Remediation", paragraphs(query.remediation)).rstrip() if query.remediation else ""


def _parameters(query: Query) -> str:
    rows = [[code(name), _default(found), prose(found.help)] for name, found in query.parameters.items()]
    return join("## Parameters", table(("Name", "Default", "Meaning"), rows)).rstrip() if rows else ""


def _default(parameter: Parameter) -> str:
    if parameter.required:
        return "must be given"
    return "none" if parameter.default is None else code(str(parameter.default))


def _command(query: Query) -> str:
    """How it is run, with every parameter that it takes."""
    given = "".join(
        f" -p {name} {'VALUE' if found.default is None else _quoted(str(found.default))}"
        for name, found in query.parameters.items()
    )
    verb = "check" if query.kind == "check" else "query"
    return f"keyreach {verb} {query.id}{given}"


def _quoted(text: str) -> str:
    return text if re.fullmatch(r"[\w.:/-]+", text) else "'" + text.replace("'", "'\\''") + "'"


def _link(query: Query) -> str:
    return link(query.id, f"{query.id}.md")
