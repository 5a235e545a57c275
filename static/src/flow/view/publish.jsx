/** Publishing: what would change, a comment, and what keeps it back. */
import { useEffect, useState } from "react";
import { ask } from "../../server/ask.js";
import { Dialog } from "../../dialog.jsx";
import { Icon } from "../../icon.jsx";

/**
 * @param {{ urls: Record<string, string>, flush: () => Promise<void>, close: () => void, done: (answer: any) => void, go: (problem: any) => void }} props
 */
export function Publish({ urls, flush, close, done, go }) {
  const [state, setState] = useState(/** @type {{ changes: string[], problems: any[], isPublished: boolean } | null} */ (null));
  const [comment, setComment] = useState("");
  const [refused, setRefused] = useState(/** @type {import("../../server/ask.js").Refused | null} */ (null));
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    flush().then(() => ask("GET", urls.changes)).then(setState).catch(setRefused);
  }, [flush, urls]);
  const errors = state?.problems.filter((problem) => problem.severity === "error") ?? [];
  const problems = refused?.said.problems.length ? refused.said.problems : errors;
  const publish = async (/** @type {import("react").FormEvent} */ event) => {
    event.preventDefault();
    setBusy(true);
    try {
      done(await ask("POST", urls.publishJson, { comment }));
    } catch (failure) {
      setRefused(/** @type {any} */ (failure));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title="Publish" onClose={close}>
      {!state && !refused && <p role="status">Checking the draft …</p>}
      {refused && <div className="x-notice x-tone-bad" role="alert"><Icon name="octagon-alert" /><div><strong>{refused.said.message}</strong> {refused.said.hint}</div></div>}
      {problems.length > 0 && <><p>Put these right first:</p><ul className="b-problem-list">{problems.map((problem, number) => <li key={number}><button type="button" className="b-link" onClick={() => go(problem)}>{problem.message}</button></li>)}</ul></>}
      {state && !errors.length && (
        <form onSubmit={publish}>
          {!state.isPublished && <p>Nothing runs yet: this will be version 1.</p>}
          {state.isPublished && state.changes.length > 0 && <><p>Against the version that runs:</p><ul className="x-changes">{state.changes.map((change) => <li key={change}>{change}</li>)}</ul></>}
          {state.isPublished && state.changes.length === 0 && <p>The draft says what runs already.</p>}
          {(!state.isPublished || state.changes.length > 0) && <>
            <label className="form-label" htmlFor="b-comment">What changes <span className="text-secondary fw-normal">(optional)</span></label>
            <input id="b-comment" className="form-control" maxLength={500} value={comment} onChange={(event) => setComment(event.target.value)} />
            <div className="form-hint">One sentence for the list of versions.</div>
          </>}
          <div className="x-dialog-actions">
            <button type="button" className="btn" onClick={close}>Cancel</button>
            {(!state.isPublished || state.changes.length > 0) && <button className="btn btn-primary" disabled={busy}><Icon name="rocket" size={17} />{busy ? "Publishing …" : "Publish"}</button>}
          </div>
        </form>
      )}
      {(!state || errors.length > 0) && <div className="x-dialog-actions"><button type="button" className="btn" onClick={close}>Close</button></div>}
    </Dialog>
  );
}
