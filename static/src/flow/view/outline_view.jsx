/** The flow as a list, with the same commands as the canvas: for phones, and for who works without seeing. */
import { nameOf, stepOf } from "../document.js";
import { outline, portWord } from "../outline.js";
import { aboutOf } from "./canvas.jsx";
import { useBuilder, useEditorState } from "./context.js";
import { Icon } from "../../icon.jsx";

export function OutlineView() {
  const { editor, act, connectors } = useBuilder();
  const state = useEditorState();
  const flow = state.history.present;
  const lines = outline(flow, (step) => editor.portsOf(step));
  if (!lines.length) return <div className="b-outline"><p className="b-empty">The flow is empty. Add a start: it says what begins a run.</p></div>;
  return (
    <ol className="b-outline" aria-label="Steps in order">
      {lines.map((line, number) => {
        const step = stepOf(flow, line.key);
        if (!step) return null;
        const kind = editor.kinds.get(step.kind);
        const problems = editor.problemsOf(step.key);
        const free = editor.portsOf(step).filter((port) => !flow.edges.some((edge) => edge.source === step.key && edge.port === port));
        const isOpen = state.open === step.key;
        return (
          <li key={`${line.key} ${number}`} className={`b-line is-level-${Math.min(line.level, 6)}${state.selected.has(step.key) ? " is-selected" : ""}${step.off ? " is-off" : ""}`} data-step={line.repeats ? undefined : step.key}>
            {line.port && <span className="b-line-port"><Icon name="corner-down-right" size={14} />{portWord(line.port)}</span>}
            {line.repeats ? <span className="b-line-again">goes on with <button type="button" className="b-link" onClick={() => act("select", step.key)}>{nameOf(step)}</button></span> : (
              <div className="b-line-row">
                <button type="button" className="b-line-step" aria-pressed={isOpen} onClick={() => editor.openPanel(step.key)} onFocus={() => editor.select([step.key])}>
                  <span className={`b-tile is-small x-tone-${kind?.tone ?? "mute"}`}><Icon name={kind?.icon ?? "puzzle"} size={16} /></span>
                  <span className="b-step-words"><strong>{nameOf(step)}</strong><small>{aboutOf(step, kind, connectors)}{step.off ? " · switched off" : ""}</small></span>
                  {problems.length > 0 && <span className={`b-mark x-tone-${problems.some((problem) => problem.severity === "error") ? "bad" : "wait"}`}><Icon name="triangle-alert" size={13} />{problems.length}<span className="x-sr"> problems</span></span>}
                </button>
                {!editor.isReadOnly && (
                  <span className="b-line-tools">
                    {free.length > 0 && <button type="button" className="b-icon-btn" aria-label={`Add a step behind ${nameOf(step)}`} title="Add a step behind it" onClick={(event) => act("addAfter", { key: step.key, at: event.currentTarget })}><Icon name="plus" size={16} /></button>}
                    <button type="button" className="b-icon-btn" aria-label={`Connect ${nameOf(step)}`} title="Connect" onClick={(event) => act("connectMenu", { key: step.key, at: event.currentTarget })}><Icon name="link" size={16} /></button>
                    <button type="button" className="b-icon-btn" aria-label={`${step.off ? "Switch on" : "Switch off"} ${nameOf(step)}`} title={step.off ? "Switch on" : "Switch off"} onClick={() => editor.toggleOff([step.key])}><Icon name="power" size={16} /></button>
                    <button type="button" className="b-icon-btn" aria-label={`Remove ${nameOf(step)}`} title="Remove" onClick={() => editor.remove([step.key])}><Icon name="trash-2" size={16} /></button>
                  </span>
                )}
              </div>
            )}
          </li>
        );
      })}
    </ol>
  );
}
