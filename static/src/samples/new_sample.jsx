/** A sample: pasted, uploaded, taken from a run, or the next real document captured. */
import { useEffect, useState } from "react";
import { Refused, ask } from "../server/ask.js";
import { Dialog } from "../dialog.jsx";
import { Icon } from "../icon.jsx";

const WAYS = /** @type {const} */ ([["text", "Paste"], ["file", "Upload"], ["history", "From a run"], ["capture", "Capture the next"]]);
const POLL_MS = 2000;

/** @param {{ urls: Record<string, string>, made: (sample: any) => void, close: () => void }} props */
export function NewSample({ urls, made, close }) {
  const [way, setWay] = useState("text");
  const [refused, setRefused] = useState(/** @type {Refused | null} */ (null));
  const send = async (/** @type {any} */ body) => {
    setRefused(null);
    try {
      made((await ask("POST", urls.samples, body)));
    } catch (failure) {
      setRefused(/** @type {Refused} */ (failure));
    }
  };
  return (
    <Dialog title="New sample" onClose={close}>
      <div className="b-tabs" role="tablist" aria-label="Where it comes from">
        {WAYS.map(([id, words]) => <button key={id} type="button" role="tab" aria-selected={way === id} onClick={() => { setWay(id); setRefused(null); }}>{words}</button>)}
      </div>
      {refused && <div className="x-notice x-tone-bad" role="alert"><Icon name="octagon-alert" /><div><strong>{refused.said.message}</strong> {refused.said.hint}</div></div>}
      {way === "text" && <Pasted send={send} />}
      {way === "file" && <Uploaded send={send} />}
      {way === "history" && <History url={urls.samplesHistory} send={send} />}
      {way === "capture" && <Capture url={urls.samplesCapture} made={made} />}
      <div className="x-dialog-actions"><button type="button" className="btn" onClick={close}>Cancel</button></div>
    </Dialog>
  );
}

/** @param {{ send: (body: any) => void }} props */
function Pasted({ send }) {
  const [name, setName] = useState("");
  const [text, setText] = useState("");
  const isJson = /^\s*[[{]/.test(text);
  return (
    <form onSubmit={(event) => { event.preventDefault(); send({ name, origin: "pasted", document: { text, media_type: isJson ? "application/json" : "text/plain" } }); }}>
      <label className="form-label" htmlFor="b-sample-text">Document</label>
      <textarea id="b-sample-text" className="form-control x-mono" rows={10} required value={text} spellCheck={false} onChange={(event) => setText(event.target.value)} />
      <SampleName name={name} setName={setName} />
      <button className="btn btn-primary" disabled={!text.trim()}>Keep as a sample</button>
    </form>
  );
}

/** @param {{ send: (body: any) => void }} props */
function Uploaded({ send }) {
  const [name, setName] = useState("");
  const [file, setFile] = useState(/** @type {File | null} */ (null));
  const keep = async (/** @type {import("react").FormEvent} */ event) => {
    event.preventDefault();
    if (!file) return;
    const bytes = new Uint8Array(await file.arrayBuffer());
    let binary = "";
    for (let at = 0; at < bytes.length; at += 32768) binary += String.fromCharCode(...bytes.subarray(at, at + 32768));
    send({ name: name || file.name, origin: "uploaded", document: { base64: btoa(binary), media_type: file.type || "application/octet-stream", name: file.name } });
  };
  return (
    <form onSubmit={keep}>
      <label className="form-label" htmlFor="b-sample-file">File, at most 5 MB</label>
      <input id="b-sample-file" className="form-control" type="file" required onChange={(event) => setFile(event.target.files?.[0] ?? null)} />
      <SampleName name={name} setName={setName} />
      <button className="btn btn-primary" disabled={!file}>Keep as a sample</button>
    </form>
  );
}

/** @param {{ name: string, setName: (name: string) => void }} props */
const SampleName = ({ name, setName }) => (
  <>
    <label className="form-label" htmlFor="b-sample-name">Name <span className="text-secondary fw-normal">(optional)</span></label>
    <input id="b-sample-name" className="form-control" maxLength={120} value={name} onChange={(event) => setName(event.target.value)} />
  </>
);

/** @param {{ url: string, send: (body: any) => void }} props */
function History({ url, send }) {
  const [runs, setRuns] = useState(/** @type {any[] | null} */ (null));
  const [run, setRun] = useState("");
  const [reason, setReason] = useState("");
  useEffect(() => {
    ask("GET", url).then((found) => setRuns(found.runs)).catch(() => setRuns([]));
  }, [url]);
  if (runs?.length === 0) return <p className="b-empty">There are no runs whose document is kept. Send one, or paste it.</p>;
  return (
    <form onSubmit={(event) => { event.preventDefault(); send({ name: "", run, reason }); }}>
      <label className="form-label" htmlFor="b-sample-run">Run</label>
      <select id="b-sample-run" className="form-select" required value={run} onChange={(event) => setRun(event.target.value)}>
        <option value="">{runs ? "Choose a run" : "Loading …"}</option>
        {runs?.map((found) => <option key={found.id} value={found.id}>{new Date(found.accepted_at).toLocaleString()} · {found.state} · {found.size_bytes} bytes</option>)}
      </select>
      <label className="form-label" htmlFor="b-sample-reason">Why you need it</label>
      <input id="b-sample-reason" className="form-control" required minLength={10} maxLength={200} value={reason} onChange={(event) => setReason(event.target.value)} />
      <div className="form-hint">It is kept in the audit trail, because the document is real.</div>
      <button className="btn btn-primary" disabled={!run || reason.trim().length < 10}>Take its document</button>
    </form>
  );
}

/** @param {{ url: string, made: (sample: any) => void }} props */
function Capture({ url, made }) {
  const [state, setState] = useState(/** @type {any} */ (null));
  const [wrong, setWrong] = useState("");
  useEffect(() => {
    ask("GET", url).then(setState).catch((failure) => setWrong(failure.message));
  }, [url]);
  useEffect(() => {
    if (state?.state !== "armed") return undefined;
    const timer = setInterval(() => ask("GET", url).then((found) => {
      setState(found);
      if (found.state === "captured") made(found.sample);
    }).catch((failure) => setWrong(failure.message)), POLL_MS);
    return () => clearInterval(timer);
  }, [state?.state, url, made]);
  if (wrong) return <p className="x-field-error" role="alert">{wrong}</p>;
  if (state?.state === "armed") return (
    <p role="status"><Icon name="loader-circle" size={16} /> Waiting for the next document of this flow, for ten minutes at most. <button type="button" className="b-link" onClick={() => ask("DELETE", url).then(() => setState({ state: "off" }))}>Stop waiting</button></p>
  );
  return (
    <>
      <p>The next real document that comes in is kept as a sample. The run goes on as always.</p>
      <button type="button" className="btn btn-primary" onClick={() => ask("POST", url, {}).then(setState).catch((failure) => setWrong(failure.message))}>Capture the next document</button>
    </>
  );
}
