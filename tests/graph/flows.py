"""Generated flows for the laws of the graph package."""

from hypothesis import strategies as st

from integrations.graph.flow import ERROR, Edge, Flow, Json, Node, Settings

KEYS = st.from_regex(r"[a-z][a-z0-9_]{0,6}", fullmatch=True)
PORTS = ("next", "yes", ERROR)
JSON: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.text(max_size=5) | st.decimals(-9, 9, places=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def ports(node: Node) -> tuple[str, ...]:
    return PORTS[:-1]


@st.composite
def valid_flows(draw: st.DrawFn) -> Flow:
    """A trigger and steps that are all reached from it, with further edges forward, in any order."""
    size = draw(st.integers(1, 12))
    nodes = [Node("start", "webhook_trigger")]
    nodes += [Node(f"s{n}", "map", config={"value": draw(JSON)}) for n in range(1, size)]
    edges: dict[tuple[str, str], Edge] = {}
    for index in range(1, size):
        free = [
            (node.key, port)
            for node in nodes[:index]
            for port in (("next",) if node.key == "start" else PORTS)
            if (node.key, port) not in edges
        ]
        source, port = draw(st.sampled_from(free))
        edges[source, port] = Edge(source, port, nodes[index].key)
    for _ in range(draw(st.integers(0, 4))):
        source, target = sorted(draw(st.lists(st.integers(1, size), min_size=2, max_size=2)))
        port = draw(st.sampled_from(PORTS))
        if source < target < size and (nodes[source].key, port) not in edges:
            edges[nodes[source].key, port] = Edge(nodes[source].key, port, nodes[target].key)
    return Flow(
        tuple(draw(st.permutations(nodes))), tuple(draw(st.permutations(list(edges.values())))), Settings()
    )


ANY_NODES = st.builds(Node, KEYS | st.text(max_size=3), st.sampled_from(["map", "file_trigger", "branch"]))
ANY_FLOWS = st.lists(ANY_NODES, max_size=6).flatmap(
    lambda nodes: st.builds(
        Flow,
        st.just(tuple(nodes)),
        st.lists(
            st.builds(
                Edge,
                st.sampled_from([node.key for node in nodes] or ["x"]) | KEYS,
                st.sampled_from((*PORTS, "each")),
                st.sampled_from([node.key for node in nodes] or ["x"]),
            ),
            max_size=10,
        ).map(tuple),
    )
)
