/** The keys of the builder, and what else can be done with the flow. */
import { KEYS } from "../keys.js";
import { Dialog } from "../../dialog.jsx";

/** @param {{ urls: Record<string, string>, close: () => void }} props */
export const KeyList = ({ urls, close }) => (
  <Dialog title="Keys and more" onClose={close}>
    <dl className="x-facts b-keys">{KEYS.map(([name, keys, words]) => <div key={name}><dt><kbd>{keys}</kbd></dt><dd>{words}</dd></div>)}</dl>
    <div className="x-dialog-actions">
      <a className="btn" href={urls.overview}>Overview</a>
      <a className="btn" href={urls.versions}>Versions</a>
      <a className="btn" href={`${urls.export}?draft`}>Export the draft</a>
      <button type="button" className="btn btn-primary" onClick={close}>Close</button>
    </div>
  </Dialog>
);
