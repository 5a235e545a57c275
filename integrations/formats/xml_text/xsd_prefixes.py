"""The prefixes that the keys of records get from an XSD."""

from collections.abc import Mapping

from integrations.formats.xml_text.names import NCNAME
from integrations.formats.xml_text.xsd_files import XS, Files, Part


def prefixes_of(files: Files, wanted: Mapping[str, str]) -> dict[str, str]:
    """Choose a prefix for each namespace of a schema: those wanted, those of the files, or ns1 and so on.

    The main namespace has the empty prefix, unless the schema has elements in no namespace beside it.
    """
    targets = list(dict.fromkeys(part.target for part in files.parts if part.target))
    chosen = {prefix: namespace for prefix, namespace in wanted.items() if namespace}
    if any(map(_has_bare_elements, files.parts)):
        chosen.pop("", None)
    elif "" not in chosen and targets:
        chosen[""] = targets[0]
    offered = [(p, uri) for part in files.parts for p, uri in part.root.nsmap.items() if p]
    for target in targets:
        if target in chosen.values():
            continue
        names = [prefix for prefix, uri in offered if uri == target] + [f"ns{n}" for n in range(1, 300)]
        free = next(
            name for name in names if name not in {*chosen, "xml", "xsi", "xmlns"} and NCNAME.fullmatch(name)
        )
        chosen[free] = target
    return chosen


def _has_bare_elements(part: Part) -> bool:
    """Tell whether elements of a file are in no namespace though others are in its own."""
    if not part.target:
        return False
    tag = f"{{{XS}}}element"
    return any(
        (node.get("form") or ("qualified" if part.qualifies_elements else "unqualified")) == "unqualified"
        for node in part.root.iter(tag)
        if node.get("name") is not None and node.getparent() is not part.root
    )
