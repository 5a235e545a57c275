/** The rules as text, for those who want it: YAML and JSON both ways, JSONata as far as it can say the same. */
import { useEffect, useRef, useState } from "react";
import { ask } from "../../server/ask.js";
import { Icon } from "../../icon.jsx";
import { Dialog } from "../../dialog.jsx";

/** @import { Urls } from "../asking.js" */
/** @typedef {import("../../server/ask.js").Problem & { line?: number }} Lined */

const LANGUAGES = { yaml: "YAML", json: "JSON", jsonata: "JSONata" };

/** @param {{ urls: Urls, plan: any, isReadOnly: boolean, onPlan: (plan: any) => void, onClose: () => void }} props */
export function TextView({ urls, plan, isReadOnly, onPlan, onClose }) {
  const [language, setLanguage] = useState(/** @type {keyof typeof LANGUAGES} */ ("yaml"));
  const [text, setText] = useState("");
  const [problems, setProblems] = useState(/** @type {Lined[]} */ ([]));
  const [written, setWritten] = useState(/** @type {string | null} */ (null)); // null until the rules came as text
  const box = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const failed = (/** @type {any} */ error) => setProblems([{ code: "", message: error.message, hint: error.said?.hint ?? "", place: "", severity: "error" }]);
  useEffect(() => {
    let isWanted = true; // not where another language was chosen meanwhile
    setWritten(null);
    ask("POST", urls.write, { plan, language }).then((answer) => {
      if (!isWanted) return;
      setText(answer.text);
      setWritten(answer.text);
      setProblems(answer.problems);
    }, (error) => {
      if (!isWanted) return;
      setText("");
      setWritten("");
      failed(error);
    });
    return () => { isWanted = false; };
  }, [urls, plan, language]);
  const use = async () => {
    try {
      const answer = await ask("POST", urls.read, { text, language });
      setProblems(answer.problems);
      if (!answer.plan || answer.problems.some((/** @type {Lined} */ one) => one.severity === "error")) return;
      onPlan(answer.plan);
      onClose();
    } catch (error) {
      failed(error);
    }
  };
  const toLine = (/** @type {number} */ line) => {
    const before = text.split("\n").slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    box.current?.focus();
    box.current?.setSelectionRange(before, before + (text.split("\n")[line - 1]?.length ?? 0));
  };
  const lost = language === "jsonata" ? problems.filter((one) => one.severity === "error" && one.place) : [];
  return (
    <Dialog title="The rules as text" onClose={onClose} size="wide">
      <div className="m-form">
        <div className="m-ways" role="radiogroup" aria-label="Language">
          {Object.entries(LANGUAGES).map(([key, word]) => <label key={key}><input type="radio" className="form-check-input" name="m-language" checked={language === key} onChange={() => setLanguage(/** @type {any} */ (key))} /> {word}</label>)}
        </div>
        <textarea ref={box} className="form-control x-mono m-text" aria-label={`Rules as ${LANGUAGES[language]}`} spellCheck={false} aria-busy={written === null} readOnly={isReadOnly || written === null} rows={18} value={text} onChange={({ target: { value } }) => setText(value)} />
        {lost.length > 0 && <p className="m-bad"><Icon name="triangle-alert" size={14} /> JSONata cannot say everything. What is listed here is not in the text, and would be lost by using it.</p>}
        <ul className="m-findings" aria-label="Problems of the text">
          {problems.map((one, index) => (
            <li key={index}><button type="button" className={`m-finding x-tone-${one.severity === "error" ? "bad" : "wait"}`} onClick={() => one.line && toLine(one.line)}>
              <Icon name="triangle-alert" size={16} /><span>{one.line ? <b>Line {one.line}: </b> : one.place ? <b>{one.place}: </b> : null}{one.message} {one.hint && <small>{one.hint}</small>}</span>
            </button></li>
          ))}
        </ul>
        {!isReadOnly && <div className="m-buttons"><button type="button" className="btn btn-primary" disabled={written === null || text === written} onClick={() => void use()}>Use this text</button></div>}
      </div>
    </Dialog>
  );
}
