/** The side panel: the settings of the open step, with what it finds before it and what the last test made of it. */
import { useEffect, useRef, useState } from "react";
import { StepPanel } from "../../panel/view/step_panel.jsx";
import { ask } from "../../server/ask.js";
import { toNumber } from "../../server/exact_json.js";
import { stepOf, stepsBefore } from "../document.js";
import { visitOf } from "../trial.js";
import { useBuilder, useEditorState } from "./context.js";

const SCOPE_MS = 300;
const NOTHING = { type: "object" };

/**
 * @param {{
 *   props: any, connections: any[], setConnections: (connections: any[]) => void, trial: any,
 *   pins: import("./pins.js").Pins, openMapper: (field: string) => void,
 * }} given
 */
export function Panel({ props, connections, setConnections, trial, pins, openMapper }) {
  const { editor } = useBuilder();
  const state = useEditorState();
  const flow = state.history.present;
  const step = stepOf(flow, state.open);
  const schema = useScope(props.urls.scope, flow, state.open);
  const kind = editor.kinds.get(step?.kind ?? "");
  if (!step || !kind) return null;
  const before = stepsBefore(flow, step.key).map((one) => {
    const its = editor.kinds.get(one.kind);
    return { key: one.key, title: one.title, icon: its?.icon, tone: its?.tone };
  });
  return (
    <aside className="b-panel" aria-label={`Settings of ${step.title || step.key}`}>
      <StepPanel
        step={step} kind={kind} connectors={props.connectors} connections={connections} problems={editor.problemsOf(step.key)}
        scope={{ schema, values: { ...trial.scopeAt(step.key), ...pins.values } }} steps={before}
        trial={resultOf(visitOf(trial.trial, step.key))} isTrying={trial.running} pinned={pins.values[step.key]}
        may={props.may} urls={props.urls} flowRetry={flow.settings.retry}
        onChange={(config, label) => editor.configure(step.key, config, label)} onTitle={(title) => editor.title(step.key, title)}
        onTest={props.may.try ? () => trial.run(step.kind.endsWith("_trigger") || !Object.keys(trial.outputs).length ? { until: step.key } : { only: step.key }) : undefined}
        onPin={props.may.try ? (value) => pins.set(step.key, value) : undefined}
        onOpenMapper={openMapper} onConnection={(made) => setConnections([...connections, made])} onClose={() => editor.openPanel("")}
      />
    </aside>
  );
}

/**
 * A visit of a step as the panel shows it.
 * @param {import("../trial.js").Visit | null} visit
 * @returns {import("../../panel/view/result.jsx").Trial | null}
 */
function resultOf(visit) {
  if (!visit) return null;
  const state = visit.state === "ok" || visit.state === "pinned" ? "ok" : visit.state === "not_reached" ? "skipped" : "failed";
  const note = visit.call?.to === "twin" ? "The twin answered; the real service was not called." : undefined;
  return { state, output: visit.output, port: visit.port ?? undefined, duration_ms: toNumber(visit.ms), error: visit.error, note };
}

/**
 * What the open step finds before it, as the server knows it; asked again a moment after an edit.
 * @param {string} url
 * @param {import("../document.js").Definition} definition
 * @param {string} step
 */
function useScope(url, definition, step) {
  const [schema, setSchema] = useState(/** @type {any} */ (NOTHING));
  const first = useRef(true);
  useEffect(() => {
    const stop = new AbortController();
    const timer = setTimeout(() => {
      first.current = false;
      ask("POST", url, { definition, step }, { signal: stop.signal }).then((found) => setSchema(found.schema)).catch(() => {});
    }, first.current ? 0 : SCOPE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [url, definition, step]);
  return schema;
}
