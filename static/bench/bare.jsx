/** React Flow with as many plain nodes as the flow that is measured, and nothing else: what this browser can do at best. */
import { ReactFlow, useEdgesState, useNodesState } from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import { createRoot } from "react-dom/client";

const { steps, edges } = JSON.parse(await (await fetch("flow.json")).text());
const NODES = steps.map(({ key, title, position = [0, 0] }) => ({ id: key, position: { x: position[0], y: position[1] }, style: { width: 224, height: 76 }, sourcePosition: "right", targetPosition: "left", data: { label: title } }));
const EDGES = edges.map(({ source, target }) => ({ id: `${source} ${target}`, source, target }));

function Bare() {
  const [nodes, , onNodesChange] = useNodesState(NODES);
  const [shown, , onEdgesChange] = useEdgesState(EDGES);
  return <ReactFlow nodes={nodes} edges={shown} onNodesChange={onNodesChange} onEdgesChange={onEdgesChange} minZoom={0.1} fitView />;
}

const place = document.getElementById("canvas");
place.style.cssText = "position: fixed; inset: 113px 0 0 248px";
createRoot(place).render(<Bare />);
