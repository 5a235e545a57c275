/** Whose account is used: the connections that fit with what they are, a new one without leaving, the twin in one click. */
import { useState } from "react";
import { Icon } from "../../icon.jsx";
import { ask } from "../../server/ask.js";
import { Combo } from "./combo.jsx";
import { ConnectionDialog } from "./connection_dialog.jsx";
import { usePanel } from "./context.jsx";

/** @import { Connection } from "./context.jsx" */
const MODES = /** @type {Record<string, [string, string, string]>} */ ({ live: ["Live account", "circle-dot", "ok"], sandbox: ["Test account", "flask-conical", "accent"], twin: ["Twin", "flask-conical", "accent"] });

/** @param {{ mode: string }} props */
export function ModeBadge({ mode }) {
  const [word, icon, tone] = MODES[mode] ?? [mode, "circle-dot", "mute"];
  return <span className={`x-badge x-tone-${tone}`}><Icon name={icon} size={14} /> {word}</span>;
}

/**
 * @param {{ wiring: import("./shell.jsx").Wiring, value: string, connector: string, label: string, isOptional?: boolean, onChange: (name: string) => void }} props
 *   connector: "" for every connector's
 */
export function ConnectionChooser({ wiring, value, connector, label, isOptional = false, onChange }) {
  const { connections, connectors, onConnection, urls, isReadOnly } = usePanel();
  const [isNew, setNew] = useState(false);
  const [state, setState] = useState({ isBusy: false, message: "" });
  const fitting = connections.filter((one) => !connector || one.connector === connector);
  const chosen = connections.find((one) => one.name === value || one.id === value);
  const title = connectors.find((one) => one.key === connector)?.title ?? "";
  const made = (/** @type {Connection} */ connection) => {
    onConnection(connection);
    onChange(connection.name);
    setNew(false);
  };
  const useTwin = async () => {
    setState({ isBusy: true, message: "" });
    try {
      const form = await ask("GET", `${urls.connectionForm}?connector=${encodeURIComponent(connector)}`);
      if (!form.fresh) return setNew(true);
      const config = Object.fromEntries(form.config.map((/** @type {any} */ field) => [field.name, field.default || field.example]));
      const name = form.name === form.title ? `${form.title} twin` : `${form.title} twin ${fitting.length + 1}`;
      made(await ask("POST", urls.connectionNew, { connector, name, mode: "twin", config, secrets: {} }));
      setState({ isBusy: false, message: "" });
    } catch (error) {
      setState({ isBusy: false, message: /** @type {Error} */ (error).message });
    }
    return undefined;
  };
  const choices = [...(isOptional ? [{ value: "", title: "none" }] : []), ...fitting.map((one) => ({ value: one.name, title: one.name, note: `${MODES[one.mode]?.[0] ?? one.mode}${connector ? "" : ` · ${connectors.find(({ key }) => key === one.connector)?.title ?? one.connector}`}` }))];
  return (
    <>
      <div className="p-connection">
        <Combo id={wiring.id} describedBy={wiring.describedBy} isInvalid={wiring.isInvalid} label={label} value={value} choices={choices} isReadOnly={isReadOnly} isStrict placeholder={fitting.length ? "Choose …" : "There is none yet"} empty={title ? `There is no connection to ${title} yet.` : "There is no connection yet."} onPick={(choice) => onChange(choice.value)} />
        {chosen && <ModeBadge mode={chosen.mode} />}
      </div>
      {!isReadOnly && connector && (
        <div className="p-buttons is-under">
          <button type="button" className="btn btn-sm" onClick={() => setNew(true)}><Icon name="plus" size={14} /> New connection</button>
          {!fitting.some((one) => one.mode === "twin") && <button type="button" className="btn btn-sm" disabled={state.isBusy} onClick={useTwin}><Icon name="flask-conical" size={14} /> {`Try with a twin of ${title}`}</button>}
        </div>
      )}
      {state.message && <p className="p-problem is-bad" role="alert">{state.message}</p>}
      {isNew && <ConnectionDialog connector={connector} onMade={made} onClose={() => setNew(false)} />}
    </>
  );
}
