/** A new connection without leaving the step: its form, its test, and back with it chosen. What is typed here is sent once and kept nowhere. */
import { useEffect, useId, useRef, useState } from "react";
import { Dialog } from "../../dialog.jsx";
import { Icon } from "../../icon.jsx";
import { ask, Refused } from "../../server/ask.js";
import { forget, useAsked, usePanel } from "./context.jsx";

/** @import { Connection } from "./context.jsx" */
const ASK_MS = 700;
const MOST = 60;

/** @param {{ connector: string, onMade: (made: Connection) => void, onClose: () => void }} props */
export function ConnectionDialog({ connector, onMade, onClose }) {
  const { urls } = usePanel();
  const url = `${urls.connectionForm}?connector=${encodeURIComponent(connector)}`;
  const { answer: form, message, again } = useAsked(url);
  const [made, setMade] = useState(/** @type {any} */ (null));
  useEffect(() => () => forget(url), [url]);
  return (
    <Dialog title={form ? `New connection to ${form.title}` : "New connection"} onClose={() => (made ? onMade(made) : onClose())}>
      {message && <p className="p-problem is-bad" role="alert">{message} <button type="button" className="btn btn-sm" onClick={again}>Try again</button></p>}
      {!form && !message && <p role="status">Opening …</p>}
      {form && !made && <Form form={form} onMade={setMade} onClose={onClose} onSignedIn={again} />}
      {made && <Test made={made} onState={setMade} onUse={() => onMade(made)} />}
    </Dialog>
  );
}

/** @param {{ form: any, onMade: (made: any) => void, onClose: () => void, onSignedIn: () => void }} props */
function Form({ form, onMade, onClose, onSignedIn }) {
  const { urls } = usePanel();
  const id = useId();
  const [name, setName] = useState(form.name);
  const [mode, setMode] = useState(form.modes[0].key);
  const [config, setConfig] = useState(() => Object.fromEntries(form.config.map((/** @type {any} */ field) => [field.name, field.default])));
  const [secrets, setSecrets] = useState(/** @type {Record<string, string>} */ ({}));
  const [state, setState] = useState({ isBusy: false, message: "", place: "", signIn: form.fresh ? "" : form.signIn });
  const save = async (/** @type {import("react").FormEvent} */ event) => {
    event.preventDefault();
    setState({ ...state, isBusy: true, message: "", place: "" });
    try {
      const sent = mode === "twin" ? Object.fromEntries(form.config.map((/** @type {any} */ field) => [field.name, config[field.name] || field.example])) : config;
      const made = await ask("POST", urls.connectionNew, { connector: form.connector, name, mode, config: sent, secrets: mode === "twin" ? {} : secrets });
      setSecrets({});
      onMade(made);
    } catch (error) {
      const refused = error instanceof Refused ? error : null;
      setState({ isBusy: false, message: `${/** @type {Error} */ (error).message} ${refused?.said.hint ?? ""}`, place: refused?.said.place ?? "", signIn: refused?.answer?.signIn ?? "" });
    }
  };
  const error = (/** @type {string} */ place) => (state.place === place ? { "aria-invalid": true, "aria-describedby": `${id}-error` } : {});
  return (
    <form className="p-dialog-form" onSubmit={save}>
      {state.signIn && (
        <div className="x-notice x-tone-wait" role="status"><Icon name="triangle-alert" /><div><p>Your sign-in is older than five minutes. <a href={state.signIn} target="_blank" rel="noreferrer">Confirm that it is you</a> in a new tab, then come back: what you typed here stays.</p><button type="button" className="btn btn-sm" onClick={() => { setState({ ...state, signIn: "", message: "" }); onSignedIn(); }}>I have confirmed it</button></div></div>
      )}
      <label className="p-label" htmlFor={`${id}-name`}>Name</label>
      <input id={`${id}-name`} className="form-control" value={name} maxLength={80} required autoFocus onChange={(event) => setName(event.target.value)} {...error("name")} />
      <fieldset className="p-modes"><legend className="p-label">Account</legend>
        {form.modes.map((/** @type {any} */ one) => <label key={one.key} className="form-check"><input type="radio" className="form-check-input" name={`${id}-mode`} checked={mode === one.key} onChange={() => setMode(one.key)} /><span>{one.title}</span></label>)}
      </fieldset>
      {mode !== "twin" && form.config.map((/** @type {any} */ field) => (
        <div className="p-field" key={field.name}>
          <label className="p-label" htmlFor={`${id}-${field.name}`}>{field.title}{field.required && <span className="p-needed"> *</span>}</label>
          {field.options.length
            ? <select id={`${id}-${field.name}`} className="form-select" value={config[field.name]} onChange={(event) => setConfig({ ...config, [field.name]: event.target.value })}>{field.options.map((/** @type {string} */ option) => <option key={option}>{option}</option>)}</select>
            : <input id={`${id}-${field.name}`} className="form-control" value={config[field.name]} placeholder={field.example} required={field.required} onChange={(event) => setConfig({ ...config, [field.name]: event.target.value })} {...error(field.name)} />}
          {field.help && <div className="p-hint">{field.help}</div>}
        </div>
      ))}
      {mode !== "twin" && form.secrets.map((/** @type {any} */ field) => (
        <div className="p-field" key={field.name}>
          <label className="p-label" htmlFor={`${id}-s-${field.name}`}>{field.title}<span className="p-needed"> *</span></label>
          <input id={`${id}-s-${field.name}`} type="password" autoComplete="off" className="form-control" required value={secrets[field.name] ?? ""} onChange={(event) => setSecrets({ ...secrets, [field.name]: event.target.value })} {...error(field.name)} />
          <div className="p-hint">{field.help} Sealed at once; nobody can read it again.</div>
        </div>
      ))}
      {mode === "twin" && <p className="p-hint">The twin is 7M’s own stand-in of the service: it behaves like it and costs nothing. Nothing more is needed.</p>}
      {state.message && <p id={`${id}-error`} className="p-problem is-bad" role="alert"><Icon name="octagon-alert" size={14} /> {state.message}</p>}
      <div className="x-dialog-actions">
        <button type="button" className="btn" onClick={onClose}>Cancel</button>
        <button type="submit" className="btn btn-primary" disabled={state.isBusy}>{state.isBusy ? "Saving …" : "Save and test"}</button>
      </div>
    </form>
  );
}

/** The worker's test of the new connection. @param {{ made: any, onState: (made: any) => void, onUse: () => void }} props */
function Test({ made, onState, onUse }) {
  const { urls } = usePanel();
  const rounds = useRef(0);
  const isChecking = made.status === "checking";
  useEffect(() => {
    if (!isChecking || rounds.current >= MOST) return undefined;
    const timer = setTimeout(() => {
      rounds.current += 1;
      ask("GET", `${urls.connection}?connection=${made.id}`).then(onState, () => onState({ ...made }));
    }, ASK_MS);
    return () => clearTimeout(timer);
  }, [made, isChecking, onState, urls.connection]);
  const again = () => {
    rounds.current = 0;
    ask("POST", urls.connection, { connection: made.id }).then(onState, (error) => onState({ ...made, status: "failed", detail: error.message }));
  };
  const [icon, tone] = isChecking ? ["hourglass", "run"] : made.status === "ok" ? ["circle-check", "ok"] : ["circle-x", "bad"];
  return (
    <>
      <div className={`x-notice x-tone-${tone}`} role="status"><Icon name={icon} /><div><strong>{isChecking ? "Being tested" : made.word}</strong><p>{made.detail || (isChecking ? "A real call over the connection …" : "")}</p></div></div>
      <p>{`“${made.name}” is saved.`}</p>
      <div className="x-dialog-actions">
        {!isChecking && made.status !== "ok" && <><a className="btn" href={made.url} target="_blank" rel="noreferrer">Open the connection</a><button type="button" className="btn" onClick={again}>Test again</button></>}
        <button type="button" className="btn btn-primary" autoFocus onClick={onUse}>Use it</button>
      </div>
    </>
  );
}
