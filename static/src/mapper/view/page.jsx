/** The mapper as a page of its own: one step of the draft, saved over the revision that was read. */
import { useCallback, useMemo, useState } from "react";
import { Refused, ask } from "../../server/ask.js";
import { Icon } from "../../icon.jsx";
import { emptyPlan } from "../commands.js";
import { configOf, targetOf, withConfig } from "../steps.js";
import { Dialog } from "../../dialog.jsx";
import { Mapper } from "./mapper.jsx";

/** @typedef {"saved" | "changed" | "saving" | "failed"} State */
const WORDS = { saved: "Saved", changed: "Not saved yet", saving: "Saving …", failed: "Not saved" };
const ICONS = { saved: "check", changed: "pencil", saving: "refresh-cw", failed: "triangle-alert" };

/** @param {{ flow: { id: string, name: string }, step: string, field: string, may: { edit: boolean, try: boolean }, revision: number, definition: any, urls: Record<string, string> }} props */
export function MapperPage({ step, field, may, revision: first, definition: given, urls }) {
  const [base, setBase] = useState({ definition: given, revision: first, turn: 0 });
  const [config, setConfig] = useState(/** @type {Record<string, any>} */ ({}));
  const [state, setState] = useState(/** @type {State} */ ("saved"));
  const [message, setMessage] = useState("");
  const [theirs, setTheirs] = useState(/** @type {{ definition: any, revision: number } | null} */ (null));
  const known = { ...configOf(base.definition, step), ...config };
  const definition = useMemo(() => withConfig(base.definition, step, config), [base.definition, step, config]);
  const change = useCallback((/** @type {Record<string, any>} */ more) => {
    setConfig((before) => ({ ...before, ...more }));
    setState("changed");
  }, []);
  const onChange = useCallback((/** @type {any} */ plan) => change({ [field]: plan }), [change, field]);
  const save = async (/** @type {{ definition: any, revision: number }} */ over) => {
    setState("saving");
    const whole = withConfig(over.definition, step, config);
    try {
      const answer = await ask("PUT", urls.draft, { definition: whole, revision: over.revision });
      setBase((before) => ({ ...before, definition: whole, revision: answer.revision }));
      setState("saved");
      setTheirs(null);
      setMessage("");
    } catch (error) {
      setState("failed");
      if (error instanceof Refused && error.answer?.draft) setTheirs(error.answer.draft);
      else setMessage(/** @type {Error} */ (error).message);
    }
  };
  const found = targetOf(base.definition, step, field, known);
  return (
    <>
      <Mapper key={base.turn} plan={known[field] ?? emptyPlan()} onChange={onChange} definition={definition} step={step} urls={urls} may={may}
        target={found.target} onTarget={found.isChosen ? (target) => change({ target: target ?? undefined }) : undefined} partner={known.partner ?? ""}
        actions={(
          <>
            <span className="m-state" role="status"><Icon name={ICONS[state]} size={14} /> {WORDS[state]}{message && `: ${message}`}</span>
            {may.edit && <button type="button" className="btn btn-sm btn-primary" disabled={state === "saved" || state === "saving"} onClick={() => void save(base)}><Icon name="save" size={14} /> Save</button>}
            <a className="btn btn-sm" href={urls.build}>To the flow</a>
          </>
        )} />
      {theirs && (
        <Dialog title="The draft was changed elsewhere" onClose={() => setTheirs(null)}>
          <p>Somebody saved this flow after you opened it. {same(configOf(theirs.definition, step), configOf(base.definition, step)) ? "This step is as you found it: your mapping can be put into the new draft." : "This step was changed there too."}</p>
          <div className="m-buttons">
            <button type="button" className="btn btn-primary" onClick={() => void save(theirs)}>Put my mapping into it</button>
            <button type="button" className="btn" onClick={() => { setBase((before) => ({ definition: theirs.definition, revision: theirs.revision, turn: before.turn + 1 })); setConfig({}); setState("saved"); setTheirs(null); }}>Take theirs</button>
          </div>
        </Dialog>
      )}
    </>
  );
}

/** @param {any} one @param {any} other */
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
