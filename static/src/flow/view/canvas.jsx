/** The drawing area: React Flow over the editor's definition. */
import { Background, MarkerType, ReactFlow, ReactFlowProvider, applyNodeChanges, useConnection, useReactFlow } from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import { useEffect, useMemo, useRef, useState } from "react";
import { edgeId, nameOf, stepOf } from "../document.js";
import { frameOf, heightOf, STEP_WIDTH } from "../layout.js";
import { readPlace } from "../places.js";
import { targetsFor, whyNot } from "../rules.js";
import { useBuilder, useEditorState } from "./context.js";
import { Minimap } from "./minimap.jsx";
import { NoteNode, GroupNode } from "./note_node.jsx";
import { StepNode } from "./step_node.jsx";
import { WayEdge } from "./way_edge.jsx";

const NODE_TYPES = { step: StepNode, note: NoteNode, group: GroupNode };
const EDGE_TYPES = { way: /** @type {any} */ (WayEdge) };
const MARKER = { type: MarkerType.ArrowClosed, width: 16, height: 16, color: "var(--x-line-strong)" };
const ERROR_MARKER = { ...MARKER, color: "var(--x-bad)" };
export const STEP_MIME = "application/x-7m-step";
/** Up to so many nodes all are drawn: drawing them as they come into view costs more while panning. */
const DRAWN_WHOLE = 400;
/** Above so many the canvas has no dots: they are painted anew with every pan. */
const DOTTED = 100;
/** Moves of so few pixels may still be a click. */
const CLICK = 4;
/** What stands right of a step: its port and the "+". */
const BESIDE = 48;
const FIT = { padding: 0.15, maxZoom: 1 };
const SEVERAL = ["Control", "Meta", "Shift"];
const OPTIONS = { hideAttribution: true };

/** @param {{ register: (tools: any) => void }} props  register: gets what toolbar and keys do with the view */
export const Canvas = ({ register }) => (
  <ReactFlowProvider>
    <Drawing register={register} />
  </ReactFlowProvider>
);

/** @param {{ register: (tools: any) => void }} props */
function Drawing({ register }) {
  const { editor, act, connectors, near } = useBuilder();
  const state = useEditorState();
  const flow = state.history.present;
  const view = useReactFlow();
  const [from, setFrom] = useState(/** @type {{ source: string, port: string } | null} */ (null));
  const allowed = useMemo(() => (from ? new Set(targetsFor(flow, from.source, from.port).map((step) => step.key)) : null), [flow, from]);
  const drawn = useDrawn(editor, state, allowed, connectors);
  const [nodes, setNodes] = useState(drawn.nodes);
  useEffect(() => setNodes((before) => keepSizes(drawn.nodes, before)), [drawn.nodes]);
  const boxes = useMemo(() => boxesOf(drawn.nodes), [drawn.nodes]);
  const place = useRef(/** @type {HTMLDivElement | null} */ (null));
  const moving = useMoving(place);
  const [hadSteps] = useState(flow.steps.length > 0); // fitting an empty flow would wait for its first step, and move it away

  useEffect(() => {
    register({
      fit: () => view.fitView({ ...FIT, duration: motion() }),
      zoomIn: () => view.zoomIn({ duration: motion() }),
      zoomOut: () => view.zoomOut({ duration: motion() }),
      centre: () => middle(view, place.current),
      show: (/** @type {string} */ key) => {
        view.fitView({ nodes: [{ id: key }], maxZoom: 1, minZoom: 0.5, duration: motion() });
        focusStep(place.current, key);
      },
      focus: (/** @type {string} */ key) => requestAnimationFrame(() => focusStep(place.current, key)),
      toFlow: view.screenToFlowPosition,
    });
  }, [register, view]);

  useEffect(() => {
    const element = /** @type {HTMLDivElement} */ (place.current);
    let height = element.clientHeight;
    const observer = new ResizeObserver(() => {
      if (Math.abs(element.clientHeight - height) > 80) view.fitView(FIT); // the test came or went
      else keepInView(view, element, stepOf(editor.flow, editor.state.open)); // the panel did
      height = element.clientHeight;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [editor, view]);

  useEffect(() => keepInView(view, place.current, stepOf(editor.flow, state.open)), [editor, state.open, view]);

  const handlers = useMemo(() => handlersOf({ editor, act, near, view, setNodes, setFrom }), [editor, act, near, view]);

  return (
    <div className="b-canvas" ref={place} tabIndex={0} role="region" aria-label="Canvas" onDragOver={(event) => event.dataTransfer.types.includes(STEP_MIME) && event.preventDefault()} onDrop={handlers.onDrop}>
      <ReactFlow
        nodes={nodes} edges={drawn.edges} nodeTypes={/** @type {any} */ (NODE_TYPES)} edgeTypes={EDGE_TYPES} {...handlers.flow} {...moving}
        nodesDraggable={!editor.isReadOnly} nodesConnectable={!editor.isReadOnly} deleteKeyCode={null}
        multiSelectionKeyCode={SEVERAL} selectionKeyCode="Shift" disableKeyboardA11y
        connectionRadius={48} minZoom={0.1} maxZoom={2} fitView={hadSteps} fitViewOptions={FIT} onlyRenderVisibleElements={nodes.length > DRAWN_WHOLE}
        proOptions={OPTIONS}
      >
        {nodes.length <= DOTTED && <Background gap={24} size={1.5} color="var(--x-line-strong)" />}
        <Minimap {...boxes} />
        <WhyNot />
      </ReactFlow>
    </div>
  );
}

/**
 * What the canvas hears. Made once: React Flow tells each handler that changed to every step, port and edge.
 * @param {{
 *   editor: import("../editor.js").Editor, act: (action: string, argument?: any) => void, near: import("../live.js").Live<boolean>,
 *   view: import("@xyflow/react").ReactFlowInstance, setNodes: import("react").Dispatch<import("react").SetStateAction<any[]>>,
 *   setFrom: (from: { source: string, port: string } | null) => void,
 * }} given
 */
function handlersOf({ editor, act, near, view, setNodes, setFrom }) {
  const onNodesChange = (/** @type {any[]} */ changes) => {
    const selection = changes.filter((change) => change.type === "select");
    if (selection.length) {
      const selected = new Set(editor.state.selected);
      for (const change of selection) change.selected ? selected.add(change.id) : selected.delete(change.id);
      editor.select(selected);
    }
    const rest = changes.filter((change) => change.type !== "select" && change.type !== "remove");
    if (rest.length) setNodes((before) => /** @type {any} */ (applyNodeChanges(rest, before)));
  };
  const onConnectEnd = (/** @type {any} */ event, /** @type {any} */ connection) => {
    setFrom(null);
    const source = connection.fromNode?.id;
    const port = connection.fromHandle?.id;
    if (!source || !port || connection.isValid) return;
    const point = "changedTouches" in event ? event.changedTouches[0] : event;
    const under = document.elementFromPoint(point.clientX, point.clientY)?.closest(".react-flow__node-step");
    const target = connection.toNode?.id ?? under?.getAttribute("data-id");
    if (target) act("connect", { source, port, target });
    else if (document.elementFromPoint(point.clientX, point.clientY)?.closest(".react-flow__pane")) {
      act("addBehind", { source, port, point: [point.clientX, point.clientY], position: view.screenToFlowPosition({ x: point.clientX, y: point.clientY - 30 }) });
    }
  };
  const onDrop = (/** @type {React.DragEvent} */ event) => {
    const text = event.dataTransfer.getData(STEP_MIME);
    if (!text) return;
    event.preventDefault();
    const position = view.screenToFlowPosition({ x: event.clientX - STEP_WIDTH / 2, y: event.clientY - 30 });
    act("drop", { offer: JSON.parse(text), at: [position.x, position.y], into: edgeAt(event, editor.flow) });
  };
  /** @type {import("@xyflow/react").ReactFlowProps} */
  const flow = {
    onNodesChange,
    onNodeDragStop: (_event, _node, moved) => editor.move(Object.fromEntries(moved.filter((node) => node.type !== "group").map((node) => [node.id, [node.position.x, node.position.y]]))),
    onEdgeMouseEnter: (_, edge) => near.replace({ [edge.id]: true }),
    onEdgesChange: (changes) => act("edgesChanged", changes),
    onConnect: ({ source, sourceHandle, target }) => act("connect", { source, port: sourceHandle, target }),
    onConnectStart: (_, { nodeId, handleId }) => setFrom(nodeId && handleId && handleId !== "in" ? { source: nodeId, port: handleId } : null),
    onConnectEnd,
    onClickConnectStart: (_, { nodeId, handleId }) => setFrom(nodeId && handleId ? { source: nodeId, port: handleId } : null),
    onClickConnectEnd: () => setFrom(null),
    isValidConnection: ({ source, sourceHandle, target }) => whyNot(editor.flow, { source, port: sourceHandle ?? "", target }) === null,
    onNodeDoubleClick: (_, node) => node.type === "step" && editor.openPanel(node.id),
    onNodeClick: (event, node) => node.type === "step" && !event.shiftKey && !event.ctrlKey && !event.metaKey && act("clicked", node.id),
    onPaneClick: () => act("clicked", ""),
  };
  return { flow, onDrop };
}

/**
 * While the canvas is moved with the mouse a pane lies over everything, so that the browser does not look for what is under the pointer.
 * @param {{ current: HTMLElement | null }} place
 */
function useMoving(place) {
  return useMemo(() => {
    let from = { x: 0, y: 0 };
    return {
      onMoveStart: (/** @type {unknown} */ _event, /** @type {{ x: number, y: number }} */ view) => { from = view; },
      onMove: (/** @type {Event | null} */ event, /** @type {{ x: number, y: number }} */ view) => {
        if (event?.type === "mousemove" && Math.hypot(view.x - from.x, view.y - from.y) > CLICK) place.current?.classList.add("is-moving");
      },
      onMoveEnd: () => place.current?.classList.remove("is-moving"),
    };
  }, [place]);
}

/** Says at the pointer why a connection that is being drawn cannot end there. */
function WhyNot() {
  const { editor } = useBuilder();
  const connection = useConnection();
  if (!connection.inProgress || !connection.toNode || connection.isValid !== false) return null;
  const reason = whyNot(editor.flow, { source: connection.fromNode.id, port: connection.fromHandle?.id ?? "", target: connection.toNode.id });
  return reason ? <div className="b-why react-flow__panel" role="status">{reason}</div> : null;
}

/**
 * Steps, notes, groups and edges as React Flow draws them. A step that did not change keeps its object, so that it is not drawn again.
 * @param {import("../editor.js").Editor} editor
 * @param {import("../editor.js").State} state
 * @param {Set<string> | null} allowed
 * @param {Map<string, any>} connectors
 */
function useDrawn(editor, state, allowed, connectors) {
  const cache = useRef(/** @type {Map<string, { mark: string, step: any, node: any }>} */ (new Map()));
  const flow = state.history.present;
  const nodes = useMemo(() => {
    /** @type {Map<string, { errors: number, warnings: number }>} */
    const wrong = new Map();
    for (const problem of state.problems) {
      const { step } = readPlace(problem.place);
      const found = wrong.get(step) ?? { errors: 0, warnings: 0 };
      if (problem.severity === "error") found.errors += 1;
      else found.warnings += 1;
      wrong.set(step, found);
    }
    const led = new Map();
    for (const edge of flow.edges) led.set(edge.source, [...(led.get(edge.source) ?? []), edge.port]);
    const groups = (flow.groups ?? []).flatMap((group) => {
      const frame = frameOf(flow, group.steps, (step) => editor.portsOf(step));
      return frame ? [{ id: `group ${group.key}`, type: "group", position: { x: frame.x, y: frame.y }, width: frame.width, height: frame.height, zIndex: -1, draggable: false, selectable: false, focusable: false, data: { groupKey: group.key, title: group.title, isReadOnly: editor.isReadOnly } }] : [];
    });
    const notes = (flow.notes ?? []).map((note) => ({
      id: note.key, type: "note", position: { x: note.position[0], y: note.position[1] }, width: note.size[0], height: note.size[1], selected: state.selected.has(note.key),
      ariaLabel: `Note: ${note.text.slice(0, 60)}`, data: { text: note.text, isReadOnly: editor.isReadOnly },
    }));
    const steps = flow.steps.map((step) => {
      const kind = editor.kinds.get(step.kind);
      const ports = editor.portsOf(step);
      const found = wrong.get(step.key) ?? { errors: 0, warnings: 0 };
      const canTake = allowed ? allowed.has(step.key) : null;
      const mine = led.get(step.key) ?? [];
      const isSelected = state.selected.has(step.key);
      const mark = JSON.stringify([ports, found, canTake, mine, isSelected]);
      const known = cache.current.get(step.key);
      if (known && known.step === step && known.mark === mark) return known.node;
      const about = aboutOf(step, kind, connectors);
      const node = {
        id: step.key, type: "step", position: { x: step.position[0], y: step.position[1] }, selected: isSelected,
        initialWidth: STEP_WIDTH, initialHeight: heightOf(ports),
        ariaLabel: `${nameOf(step)}, ${about}${step.off ? ", switched off" : ""}${found.errors ? `, ${found.errors} problems` : ""}`,
        data: { step, ports, icon: kind?.icon ?? "puzzle", tone: kind?.tone ?? "mute", about, ...found, led: mine, canTake, isReadOnly: editor.isReadOnly },
      };
      cache.current.set(step.key, { mark, step, node });
      return node;
    });
    return [...groups, ...steps, ...notes];
  }, [editor, flow, state.problems, state.ports, state.selected, allowed, connectors]);
  const edges = useMemo(() => flow.edges.map((edge) => ({
    id: edgeId(edge), type: "way", source: edge.source, sourceHandle: edge.port, target: edge.target, targetHandle: "in",
    markerEnd: edge.port === "error" ? ERROR_MARKER : MARKER, selected: state.edge === edgeId(edge), data: { edge, isReadOnly: editor.isReadOnly },
    ariaLabel: `From ${nameOf(stepOf(flow, edge.source) ?? /** @type {any} */ ({ key: edge.source }))} by ${edge.port} to ${nameOf(stepOf(flow, edge.target) ?? /** @type {any} */ ({ key: edge.target }))}`,
  })), [editor, flow, state.edge]);
  return { nodes, edges };
}

/** @param {any[]} nodes @param {any[]} before */
function keepSizes(nodes, before) {
  const known = new Map(before.map((node) => [node.id, node]));
  return nodes.map((node) => {
    const old = known.get(node.id);
    return old?.measured && node.type === "step" ? { ...node, measured: old.measured } : node;
  });
}

/** What stands under a step's name. @param {import("../document.js").Step} step @param {any} kind @param {Map<string, any>} connectors */
export function aboutOf(step, kind, connectors) {
  if (step.kind !== "call") return kind?.title ?? step.kind;
  const connector = connectors.get(step.config.connector);
  const operation = connector?.operations.find((/** @type {any} */ found) => found.key === step.config.operation);
  if (!connector) return "Choose what to call";
  return operation ? `${connector.title}: ${operation.title}` : connector.title;
}

/** What the small map shows. @param {any[]} nodes */
function boxesOf(nodes) {
  const boxes = (/** @type {(node: any) => boolean} */ isWanted) =>
    nodes.filter(isWanted).map(({ position, width, height, initialWidth, initialHeight }) => ({ ...position, width: width ?? initialWidth, height: height ?? initialHeight }));
  return {
    plain: boxes((node) => node.type === "step" && !node.data.errors),
    wrong: boxes((node) => node.type === "step" && node.data.errors > 0),
    beside: boxes((node) => node.type !== "step"),
  };
}

/** The edge under the pointer. @param {React.DragEvent} event @param {import("../document.js").Definition} flow */
function edgeAt(event, flow) {
  const id = document.elementsFromPoint(event.clientX, event.clientY).map((element) => element.closest(".react-flow__edge")?.getAttribute("data-id")).find(Boolean);
  return flow.edges.find((edge) => edgeId(edge) === id);
}

/** The middle of what is seen, in the flow's pixels. @param {any} view @param {HTMLElement | null} place @returns {[number, number]} */
function middle(view, place) {
  const box = place?.getBoundingClientRect();
  if (!box) return [0, 0];
  const point = view.screenToFlowPosition({ x: box.x + box.width / 2, y: box.y + box.height / 2 });
  return [Math.round(point.x - STEP_WIDTH / 2), Math.round(point.y - 38)];
}

/**
 * Move the canvas aside, as little as needed, when the panel of a step lies over the step or the "+" beside it.
 * @param {any} view @param {HTMLElement | null} place @param {import("../document.js").Step | undefined} step
 */
function keepInView(view, place, step) {
  if (!place?.clientWidth || !step) return;
  const [x, y] = step.position;
  const over = view.flowToScreenPosition({ x: x + STEP_WIDTH + BESIDE, y }).x - place.getBoundingClientRect().right;
  const { x: left, y: top, zoom } = view.getViewport();
  if (over > 0) view.setViewport({ x: left - over, y: top, zoom }, { duration: motion() });
}

/** @param {HTMLElement | null} place @param {string} key */
function focusStep(place, key) {
  const node = place?.querySelector(`.react-flow__node[data-id="${CSS.escape(key)}"]`);
  if (node instanceof HTMLElement) node.focus({ preventScroll: true });
}

/** Milliseconds of a camera move. */
const motion = () => (matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 250);

