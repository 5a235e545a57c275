"""The order of a plan's named values: each after those that it reads.

The names of an object have no order that a store would keep (PostgreSQL's jsonb sorts them), so the order in
which they are computed is found from what they read.
"""

from collections.abc import Iterator, Mapping


def in_order(lets: Mapping[str, object]) -> list[str]:
    """Give the names so that each stands after those it reads; else as they stand.

    Of names that read each other in a circle, the one that closes it stands before what it reads.
    """
    ordered: dict[str, None] = {}
    begun: set[str] = set()
    for start in lets:
        if start in begun:
            continue
        begun.add(start)
        todo = [(start, _read(lets[start]))]
        while todo:
            name, read = todo[-1]
            following = next((one for one in read if one in lets and one not in begun), None)
            if following is None:
                ordered.setdefault(name)
                todo.pop()
            else:
                begun.add(following)
                todo.append((following, _read(lets[following])))
    return list(ordered)


def _read(found: object) -> Iterator[str]:
    """Yield the names that an operation reads; what stands in a literal is no operation."""
    todo = [found]
    while todo:
        here = todo.pop()
        if not isinstance(here, list | tuple) or not here or here[0] == "lit":
            continue
        if here[0] == "let" and len(here) > 1 and isinstance(here[1], str):
            yield here[1]
        todo += here
