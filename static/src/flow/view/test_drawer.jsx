/** Testing the draft: a sample, a run against the twins, what every step made of it. */
import { useCallback, useEffect, useState } from "react";
import { Refused, ask } from "../../server/ask.js";
import { isTrigger, nameOf, stepOf } from "../document.js";
import { inTime, outcomeWords } from "../trial.js";
import { useBuilder, useEditorState } from "./context.js";
import { Icon } from "../../icon.jsx";
import { ValueView } from "./value_view.jsx";
import { NewSample } from "../../samples/new_sample.jsx";
import { Cases } from "./cases.jsx";
import { Shadow } from "./shadow.jsx";

const TABS = /** @type {const} */ ([["run", "Test run"], ["cases", "Saved tests"], ["shadow", "Shadow run"]]);

/**
 * @param {{
 *   urls: Record<string, string>, trial: import("../trial.js").Trial | null, running: boolean, refused: Refused | null,
 *   sample: string, setSample: (id: string) => void, run: (also?: { until?: string, only?: string }) => void, close: () => void, may: Record<string, boolean>,
 * }} props
 */
export function TestDrawer(props) {
  const { urls, trial, running, refused, sample, setSample, run, close } = props;
  const { editor } = useBuilder();
  const { history, selected } = useEditorState();
  const [tab, setTab] = useState("run");
  const [samples, setSamples] = useState(/** @type {any[] | null} */ (null));
  const [adding, setAdding] = useState(false);
  const load = useCallback(async () => {
    const found = await ask("GET", urls.samples);
    setSamples(found.samples);
    if (!found.samples.some((/** @type {any} */ one) => one.id === sample)) setSample(found.samples[0]?.id ?? "");
  }, [urls, sample, setSample]);
  useEffect(() => {
    load().catch(() => setSamples([]));
  }, [load]);
  const flow = history.present;
  const [one] = selected.size === 1 ? selected : [];
  const chosen = stepOf(flow, one ?? "");
  return (
    <section className="b-drawer" aria-label="Test">
      <div className="b-drawer-head">
        <div className="b-tabs" role="tablist" aria-label="Kinds of test">
          {TABS.map(([id, words]) => <button key={id} type="button" role="tab" id={`b-tab-${id}`} aria-controls="b-test-panel" aria-selected={tab === id} onClick={() => setTab(id)}>{words}</button>)}
        </div>
        <span className="b-space" />
        <button type="button" className="b-icon-btn" aria-label="Close the test" onClick={close}><Icon name="x" /></button>
      </div>
      <div id="b-test-panel" role="tabpanel" aria-labelledby={`b-tab-${tab}`} className="b-drawer-body">
        {tab === "run" && <>
          <div className="b-test-bar">
            <label htmlFor="b-sample">Sample</label>
            <select id="b-sample" className="form-select" value={sample} onChange={(event) => setSample(event.target.value)} disabled={!samples?.length}>
              {!samples?.length && <option value="">{samples ? "No sample yet" : "Loading …"}</option>}
              {samples?.map((found) => <option key={found.id} value={found.id}>{found.name}</option>)}
            </select>
            <button type="button" className="btn" onClick={() => setAdding(true)}><Icon name="plus" size={16} />New sample</button>
            <button type="button" className="btn btn-primary" disabled={running || !sample} onClick={() => run()}><Icon name={running ? "loader-circle" : "play"} size={16} />{running ? "Running …" : "Run the draft"}</button>
            {chosen && !isTrigger(chosen) && <button type="button" className="btn" disabled={running || !sample} onClick={() => run({ until: chosen.key })}>Up to “{nameOf(chosen)}”</button>}
          </div>
          <p className="form-hint">Calls go to the twins, never to the real services. Nothing is written and nothing is charged.</p>
          {refused && <div className="x-notice x-tone-bad" role="alert"><Icon name="octagon-alert" /><div><strong>{refused.said.message}</strong> {refused.said.hint}</div></div>}
          {samples?.length === 0 && <p className="b-empty">Paste or upload a document that starts the flow, take one from history, or capture the next real one.</p>}
          {trial && <Result trial={trial} flow={flow} open={(key) => editor.openPanel(key)} />}
        </>}
        {tab === "cases" && <Cases {...props} />}
        {tab === "shadow" && <Shadow {...props} />}
      </div>
      {adding && <NewSample urls={urls} close={() => setAdding(false)} made={(made) => { setAdding(false); setSample(made.id); load(); }} />}
    </section>
  );
}

/** @param {{ trial: import("../trial.js").Trial, flow: import("../document.js").Definition, open: (key: string) => void }} props */
function Result({ trial, flow, open }) {
  const good = trial.outcome === "succeeded" || trial.outcome === "reached";
  const failedAt = trial.error?.step ? stepOf(flow, trial.error.step) : undefined;
  return (
    <div className="b-result">
      <div className={`x-notice x-tone-${good ? "ok" : trial.outcome === "asks" ? "wait" : "bad"}`} role="status">
        <Icon name={good ? "circle-check" : "triangle-alert"} />
        <div><strong>{failedAt ? `${nameOf(failedAt)}: ` : ""}{outcomeWords(trial)}</strong> {trial.error?.hint}
          {failedAt && <> <button type="button" className="b-link" onClick={() => open(failedAt.key)}>Open the step</button></>}</div>
      </div>
      {trial.reply && <details className="b-visit" open><summary>Answer to the caller: {trial.reply.status}</summary><ValueView value={trial.reply.body} label="Answer" /></details>}
      <ol className="b-visits">
        {trial.steps.filter((visit) => visit.state !== "not_reached").map((visit, number) => {
          const step = stepOf(flow, visit.key);
          return (
            <li key={number}>
              <details className="b-visit">
                <summary><span className={`b-mark x-tone-${{ ok: "ok", failed: "bad", pinned: "accent", asks: "wait" }[visit.state] ?? "mute"}`}><Icon name={{ ok: "circle-check", failed: "circle-x", pinned: "pin", asks: "circle-question-mark" }[visit.state] ?? "circle-dashed"} size={14} /><span className="x-sr">{visit.state}</span></span>
                  {step ? nameOf(step) : visit.key}{visit.iteration.length > 0 && ` (${visit.iteration.map((index) => index + 1).join(".")})`} <small>{inTime(visit.ms)}{visit.port && visit.port !== "next" ? ` · ${visit.port}` : ""}</small></summary>
                {visit.error && <p className="x-field-error">{visit.error.message} {visit.error.hint}</p>}
                {visit.call && <><h4>{visit.call.method} {visit.call.url ?? ""}</h4>{visit.call.body !== undefined && visit.call.body !== null && <ValueView value={visit.call.body} label="Sent" />}</>}
                {visit.answer && <><h4>Answer {visit.answer.status}</h4><ValueView value={visit.answer.body} label="Answer" /></>}
                {!visit.call && visit.output !== null && <ValueView value={visit.output} label="Output" />}
              </details>
            </li>
          );
        })}
      </ol>
      {!trial.is_complete && <p className="b-empty">There were more than 1,000 visits of steps; the first are shown.</p>}
    </div>
  );
}
