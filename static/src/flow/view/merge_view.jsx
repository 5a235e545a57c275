/** Two people changed the draft: what they did, and who is right where both changed the same. */
import { useMemo, useState } from "react";
import { mergeThree, merged } from "../merge.js";
import { Dialog } from "../../dialog.jsx";

/**
 * @param {{
 *   base: import("../document.js").Definition, mine: import("../document.js").Definition, theirs: import("../document.js").Definition,
 *   settle: (definition: import("../document.js").Definition, label: string) => void, close: () => void,
 * }} props
 */
export function MergeView({ base, mine, theirs, settle, close }) {
  const first = useMemo(() => mergeThree(base, mine, theirs), [base, mine, theirs]);
  const [taken, setTaken] = useState(/** @type {Set<string>} */ (new Set()));
  const choose = (/** @type {string} */ id, /** @type {boolean} */ isTheirs) => {
    const next = new Set(taken);
    isTheirs ? next.add(id) : next.delete(id);
    setTaken(next);
  };
  return (
    <Dialog title="The draft was changed elsewhere" onClose={close} size="wide">
      <p>Somebody saved the same draft meanwhile, perhaps you in another tab. Your edits are kept here and are not saved yet.</p>
      <h3>What was changed there</h3>
      {first.theirChanges.length ? <ul className="x-changes">{first.theirChanges.slice(0, 40).map((change) => <li key={change}>{change}</li>)}</ul> : <p className="b-empty">Nothing but the places of steps.</p>}
      {first.conflicts.length > 0 && <>
        <h3>Changed by both: choose</h3>
        {first.conflicts.map((conflict) => (
          <fieldset key={conflict.id} className="b-conflict">
            <legend>{conflict.what}</legend>
            {[["Mine", conflict.mine, false], ["Theirs", conflict.theirs, true]].map(([word, value, isTheirs]) => (
              <label key={String(word)} className="form-check">
                <input type="radio" className="form-check-input" name={conflict.id} checked={taken.has(conflict.id) === isTheirs} onChange={() => choose(conflict.id, Boolean(isTheirs))} />
                <span className="form-check-label">{String(word)}: <code>{value === null ? "removed" : JSON.stringify(value)?.slice(0, 200)}</code></span>
              </label>
            ))}
          </fieldset>
        ))}
      </>}
      <div className="x-dialog-actions">
        <button type="button" className="btn" onClick={() => settle(theirs, "Took theirs")}>Discard mine</button>
        <button type="button" className="btn btn-primary" onClick={() => settle(merged(base, mine, theirs, taken).merged, "Merged")}>Merge and save</button>
      </div>
    </Dialog>
  );
}
