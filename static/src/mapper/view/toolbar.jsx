/** What can be done to the whole mapping. */
import { Icon } from "../../icon.jsx";

/**
 * @param {{
 *   canUndo: boolean, canRedo: boolean, count: { done: number, all: number }, todo: number, isReadOnly: boolean,
 *   samples?: { id: string, name: string }[], sample?: string, sampleWord: string, actions?: import("react").ReactNode, onClose?: () => void,
 *   onUndo: () => void, onRedo: () => void, onSuggest: () => void, onText: () => void, onTodo: () => void, onSample: (id: string) => void,
 * }} props
 */
export function Toolbar({ canUndo, canRedo, count, todo, isReadOnly, samples = [], sample = "", sampleWord, actions, onClose, onUndo, onRedo, onSuggest, onText, onTodo, onSample }) {
  return (
    <div className="m-bar" role="toolbar" aria-label="Mapper">
      <button type="button" className="x-icon-btn" aria-label="Undo" title="Undo (Ctrl+Z)" disabled={!canUndo || isReadOnly} onClick={onUndo}><Icon name="undo-2" /></button>
      <button type="button" className="x-icon-btn" aria-label="Redo" title="Redo (Ctrl+Shift+Z)" disabled={!canRedo || isReadOnly} onClick={onRedo}><Icon name="redo-2" /></button>
      <button type="button" className="btn btn-sm" disabled={isReadOnly} onClick={onSuggest}><Icon name="wand-sparkles" size={14} /> Match similar fields</button>
      <button type="button" className="btn btn-sm" onClick={onText}><Icon name="file-text" size={14} /> As text</button>
      <label className="m-sample"><span className="x-sr">Sample</span>
        <select className="form-select form-select-sm" aria-label="Sample" value={samples.some(({ id }) => id === sample) ? sample : "shown"} onChange={({ target: { value } }) => value !== "shown" && onSample(value)}>
          {!samples.some(({ id }) => id === sample) && <option value="shown">{sampleWord || "No sample"}</option>}
          {samples.map(({ id, name }) => <option key={id} value={id}>{name}</option>)}
          <option value="own">Paste, upload or make one …</option>
        </select>
      </label>
      <button type="button" className={`btn btn-sm m-count ${todo ? "x-tone-wait" : "x-tone-ok"}`} onClick={onTodo}><Icon name={todo ? "triangle-alert" : "circle-check"} size={14} /> {count.done} of {count.all} filled{todo ? `, ${todo} to do` : ""}</button>
      <span className="m-bar-end">{actions}{onClose && <button type="button" className="btn btn-sm btn-primary" onClick={onClose}>Done</button>}</span>
    </div>
  );
}
