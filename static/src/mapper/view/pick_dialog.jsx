/** What one value is taken from a list: the first, their sum, or the item that carries a code. */
import { useMemo, useState } from "react";
import { Dialog } from "../../dialog.jsx";
import { Icon } from "../../icon.jsx";
import { qualifiers } from "../choosing.js";

/** @import { Chosen, Pick } from "../connecting.js" */
/** @import { Path, Tree } from "../tree.js" */

const PICKS = { first: "The first", last: "The last", join: "All, with commas between", sum: "Their sum", count: "How many there are", all: "All as a list" };

/**
 * @param {{
 *   ask: { target: Path, picks: Pick[], list: string, of: Path }, source: Tree, scope: any,
 *   onPick: (pick: Pick) => void, onChosen: (chosen: Chosen) => void, onClose: () => void,
 * }} props
 */
export function PickDialog({ ask, source, scope, onPick, onChosen, onClose }) {
  const known = useMemo(() => qualifiers(source, ask.of, scope), [source, ask, scope]);
  const [at, setAt] = useState(0);
  const [typed, setTyped] = useState(/** @type {string | null} */ (null));
  const qualifier = known[at];
  const code = typed ?? qualifier?.codes[0]?.code ?? "";
  const word = qualifier?.codes.find((one) => one.code === code)?.word;
  return (
    <Dialog title={`“${ask.list}” is a list, “${ask.target.at(-1)}” takes one value`} onClose={onClose}>
      <div className="m-picks">{ask.picks.map((one) => <button key={one} type="button" className="btn" onClick={() => onPick(one)}>{PICKS[one]}</button>)}</div>
      {qualifier && (
        <form className="m-form m-choose" onSubmit={(event) => { event.preventDefault(); if (code) onChosen({ qualifier: qualifier.path, code }); }}>
          <p>{`Or the one of “${ask.of.at(-1)}” that carries a code:`}</p>
          <label>Where <select className="form-select" value={at} onChange={({ target: { value } }) => { setAt(Number(value)); setTyped(null); }}>{known.map(({ words }, index) => <option key={words} value={index}>{words}</option>)}</select></label>
          <label>is <input className="form-control" list="m-choose-codes" value={code} onChange={({ target: { value } }) => setTyped(value)} /></label>
          <datalist id="m-choose-codes">{qualifier.codes.map((one) => <option key={one.code} value={one.code}>{one.word}</option>)}</datalist>
          {word && <p className="form-hint">{`${code} means ${word}.`}</p>}
          <button type="submit" className="btn btn-primary" disabled={!code}><Icon name="check" size={14} /> Take that one</button>
        </form>
      )}
    </Dialog>
  );
}
