/** Saved tests: they run when the flow is published, and one that fails keeps it back. */
import { useCallback, useEffect, useState } from "react";
import { Refused, ask } from "../../server/ask.js";
import { useBuilder } from "./context.js";
import { Icon } from "../../icon.jsx";

/** @param {{ urls: Record<string, string>, sample: string, may: Record<string, boolean> }} props */
export function Cases({ urls, sample, may }) {
  const { editor } = useBuilder();
  const [cases, setCases] = useState(/** @type {any[] | null} */ (null));
  const [results, setResults] = useState(/** @type {Record<string, any>} */ ({}));
  const [name, setName] = useState("");
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState(/** @type {Refused | null} */ (null));
  const load = useCallback(() => ask("GET", urls.cases).then((found) => setCases(found.cases)), [urls]);
  useEffect(() => {
    load().catch(setRefused);
  }, [load]);
  const doing = async (/** @type {() => Promise<any>} */ work) => {
    setBusy(true);
    setRefused(null);
    try {
      await work();
    } catch (failure) {
      setRefused(/** @type {Refused} */ (failure));
    } finally {
      setBusy(false);
    }
  };
  const definition = () => editor.flow;
  const runAll = () => doing(async () => {
    const found = await ask("POST", urls.casesRun, { definition: definition() });
    setResults(Object.fromEntries(found.results.map((/** @type {any} */ result) => [result.id, result])));
  });
  const save = () => doing(async () => {
    await ask("POST", urls.cases, { name, definition: definition(), sample });
    setName("");
    await load();
  });
  return (
    <>
      {refused && <div className="x-notice x-tone-bad" role="alert"><Icon name="octagon-alert" /><div><strong>{refused.said.message}</strong> {refused.said.hint}</div></div>}
      {may.edit && (
        <form className="b-test-bar" onSubmit={(event) => { event.preventDefault(); save(); }}>
          <label htmlFor="b-case-name">Save what the chosen sample gives now as a test</label>
          <input id="b-case-name" className="form-control" required maxLength={120} placeholder="An order to Berlin" value={name} onChange={(event) => setName(event.target.value)} />
          <button className="btn" disabled={busy || !sample || !name.trim()}><Icon name="save" size={16} />Save as a test</button>
          <button type="button" className="btn btn-primary" disabled={busy || !cases?.length} onClick={runAll}><Icon name="play" size={16} />Run all</button>
        </form>
      )}
      {cases?.length === 0 && <p className="b-empty">No saved test yet. Saved tests run each time the flow is published; one that fails keeps it back.</p>}
      <ul className="b-cases">
        {cases?.map((found) => {
          const result = results[found.id];
          return (
            <li key={found.id}>
              <span className={`b-mark x-tone-${result ? (result.passed ? "ok" : "bad") : "mute"}`}><Icon name={result ? (result.passed ? "circle-check" : "circle-x") : "circle-dashed"} size={15} /></span>
              <strong>{found.name}</strong> <small>{result ? (result.passed ? "passed" : "failed") : "not run"}</small>
              <span className="b-space" />
              {result && !result.passed && may.edit && <button type="button" className="btn btn-sm" onClick={() => doing(async () => { await ask("POST", found.accept_url, { definition: definition() }); await runAll(); })}>Accept what it gives now</button>}
              {may.edit && <button type="button" className="b-icon-btn" aria-label={`Delete the test ${found.name}`} title="Delete" onClick={() => doing(async () => { await ask("DELETE", found.url); await load(); })}><Icon name="trash-2" size={15} /></button>}
              {result && !result.passed && <ul className="x-changes">{result.error && <li>{result.error.message}</li>}{result.differences.map((/** @type {any} */ difference, /** @type {number} */ number) => <li key={number}>{difference.sentence}</li>)}</ul>}
            </li>
          );
        })}
      </ul>
    </>
  );
}
