/** The side panel: the settings of the open step. */
import { nameOf, stepOf } from "../document.js";
import { useBuilder, useEditorState } from "./context.js";
import { Icon } from "./icon.jsx";

/** @param {{ props: any, connections: any[], setConnections: (connections: any[]) => void, trial: any, sampleScope: Record<string, any> }} given */
export function Panel(given) {
  const { editor } = useBuilder();
  const state = useEditorState();
  const step = stepOf(state.history.present, state.open);
  if (!step) return null;
  return (
    <aside className="b-panel" aria-label={`Settings of ${nameOf(step)}`}>
      <button type="button" className="b-icon-btn" aria-label="Close" onClick={() => editor.openPanel("")}><Icon name="x" /></button>
      <input aria-label="Name of the step" className="form-control" value={step.title} onChange={(event) => editor.title(step.key, event.target.value)} />
    </aside>
  );
}
