/** The bar above the canvas. */
import { useBuilder, useEditorState } from "./context.js";
import { Icon } from "../../icon.jsx";

const SAVED = /** @type {const} */ ({
  saved: ["check", "ok", "Saved"],
  waiting: ["pencil", "mute", "Saving …"],
  saving: ["loader-circle", "run", "Saving …"],
  offline: ["triangle-alert", "wait", "Not saved: no connection. It goes on by itself."],
  conflict: ["users", "bad", "Changed elsewhere"],
  refused: ["octagon-alert", "bad", "Not saved"],
});

/**
 * @param {{ flow: any, view: string, isLive: boolean, people: string[], canTest: boolean, canPublish: boolean }} props
 */
export function Toolbar({ flow, view, isLive, people, canTest, canPublish }) {
  const { editor, act } = useBuilder();
  const { history, problems, saving } = useEditorState();
  const [icon, tone, words] = SAVED[saving.state];
  const errors = problems.filter((problem) => problem.severity === "error").length;
  const warnings = problems.filter((problem) => problem.severity === "warning").length;
  return (
    <div className="b-toolbar" role="toolbar" aria-label="Builder">
      <span className={`x-badge x-tone-${flow.version ? "ok" : "mute"}`}><Icon name={flow.version ? "circle-dot" : "pencil"} size={14} />{flow.version ? `Version ${flow.version} runs` : "Never published"}</span>
      <span role="status"><button type="button" className={`b-saved x-tone-${tone}`} disabled={saving.state !== "conflict" && saving.state !== "refused"} title={saving.message || words} onClick={() => act("saving")}><Icon name={icon} size={15} />{saving.state === "refused" ? `${words}: ${saving.message}` : words}</button></span>
      {people.length > 0 && <span className="b-people" title={`Also here: ${people.join(", ")}`}><Icon name="users" size={15} /><span className="x-sr">Also here: </span>{people.join(", ")}</span>}
      <span className="b-space" />
      {!editor.isReadOnly && <>
        <Tool icon="undo-2" name="Undo" note={history.past.at(-1)?.label} keys="Control+Z" disabled={!history.past.length} onClick={() => editor.undo()} />
        <Tool icon="redo-2" name="Do again" note={history.future.at(-1)?.label} keys="Control+Shift+Z" disabled={!history.future.length} onClick={() => editor.redo()} />
        <Tool icon="wand-sparkles" name="Tidy up" keys="L" onClick={() => act("tidy")} />
        <Tool icon="sticky-note" name="Add a note" keys="N" onClick={() => act("note")} />
        <Tool icon="settings" name="Settings of the flow" onClick={() => act("settings")} />
      </>}
      <Tool icon={view === "outline" ? "workflow" : "list-tree"} name={view === "outline" ? "Canvas" : "Outline"} keys="O" pressed={view === "outline"} onClick={() => act("outline")} />
      {flow.version && <Tool icon="activity" name="Live figures" pressed={isLive} onClick={() => act("live")} />}
      <Tool icon="ellipsis" name="Keys and more" keys="?" onClick={(event) => act("more", event.currentTarget)} />
      <button type="button" className={`btn b-problems x-tone-${errors ? "bad" : warnings ? "wait" : "ok"}`} aria-haspopup="dialog" onClick={(event) => act("problems", event.currentTarget)}>
        <Icon name={errors ? "octagon-alert" : warnings ? "triangle-alert" : "circle-check"} size={16} />{errors + warnings === 0 ? "No problems" : errors + warnings === 1 ? "1 problem" : `${errors + warnings} problems`}
      </button>
      {canTest && <button type="button" className="btn" onClick={() => act("test")}><Icon name="play" size={16} />Test</button>}
      {canPublish && <button type="button" className="btn btn-primary" onClick={() => act("publish")}><Icon name="rocket" size={16} />Publish</button>}
    </div>
  );
}

/** @param {{ icon: string, name: string, note?: string, keys?: string, pressed?: boolean, disabled?: boolean, onClick: (event: import("react").MouseEvent<HTMLButtonElement>) => void }} props */
function Tool({ icon, name, note, keys, pressed, disabled, onClick }) {
  return (
    <button type="button" className="b-icon-btn is-large" aria-label={name} aria-keyshortcuts={keys} aria-pressed={pressed} title={[note ? `${name}: ${note}` : name, keys && `(${keys.replace("Control", "Ctrl")})`].filter(Boolean).join(" ")} disabled={disabled} onClick={onClick}>
      <Icon name={icon} size={18} />
    </button>
  );
}
