/** The draft over the last real documents, calls answered from what was recorded: what would be different. */
import { useEffect, useState } from "react";
import { Refused, ask } from "../../server/ask.js";
import { useBuilder } from "./context.js";
import { Icon } from "../../icon.jsx";

const POLL_MS = 1000;

/** @param {{ urls: Record<string, string> }} props */
export function Shadow({ urls }) {
  const { editor } = useBuilder();
  const [runs, setRuns] = useState(20);
  const [report, setReport] = useState(/** @type {any} */ (null));
  const [refused, setRefused] = useState(/** @type {Refused | null} */ (null));
  useEffect(() => {
    if (report?.state !== "running") return undefined;
    const timer = setInterval(() => ask("GET", report.url).then(setReport).catch(setRefused), POLL_MS);
    return () => clearInterval(timer);
  }, [report?.state, report?.url]);
  const start = () => {
    setRefused(null);
    ask("POST", urls.shadow, { definition: editor.flow, runs }).then(setReport).catch(setRefused);
  };
  return (
    <>
      <form className="b-test-bar" onSubmit={(event) => { event.preventDefault(); start(); }}>
        <label htmlFor="b-shadow-runs">Last documents</label>
        <input id="b-shadow-runs" className="form-control b-short" type="number" min={1} max={100} value={runs} onChange={(event) => setRuns(Number(event.target.value))} />
        <button className="btn btn-primary" disabled={report?.state === "running"}><Icon name="play" size={16} />Compare with what ran</button>
      </form>
      <p className="form-hint">The draft works on the documents that really came in. Nothing is sent: calls get the answers that were recorded.</p>
      {refused && <div className="x-notice x-tone-bad" role="alert"><Icon name="octagon-alert" /><div><strong>{refused.said.message}</strong> {refused.said.hint}</div></div>}
      {report?.state === "running" && <><progress max={report.wanted} value={report.done} aria-label="Compared" /> <span role="status">{report.done} of {report.wanted}</span></>}
      {report?.state === "done" && <p role="status"><strong>{report.summary.compared === 0 ? "There are no documents to compare with yet." : `${report.summary.same} of ${report.summary.compared} give the same, ${report.summary.different} differ${report.summary.could_not ? `, ${report.summary.could_not} could not be compared` : ""}.`}</strong></p>}
      <ul className="b-cases">
        {report?.runs.map((/** @type {any} */ run) => (
          <li key={run.run}>
            <a href={`/runs/${run.run}/`}>{new Date(run.accepted_at).toLocaleString()}</a> <small>{run.result === "could_not" ? run.why : `${run.differences.length} differences`}</small>
            <ul className="x-changes">{run.differences.map((/** @type {any} */ difference, /** @type {number} */ number) => <li key={number}>{difference.sentence}</li>)}</ul>
          </li>
        ))}
      </ul>
    </>
  );
}
