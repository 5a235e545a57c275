/** The layout of a flat file in a step's panel: what is drawn, in words, and the way to the editor. */
import { useState } from "react";
import { Icon } from "../../icon.jsx";
import { problemsAt } from "../../panel/problems.js";
import { at } from "../../panel/values.js";
import { usePanel } from "../../panel/view/context.jsx";
import { Problems } from "../../panel/view/shell.jsx";
import { layoutWords } from "../layout.js";
import { LayoutEditor } from "./layout_editor.jsx";

/** @param {{ form: any, path: import("../../panel/values.js").Path }} props */
export function LayoutField({ form, path }) {
  const { config, problems, isReadOnly } = usePanel();
  const [isOpen, setOpen] = useState(false);
  const options = at(config, path) ?? {};
  const own = [...problemsAt(problems, [...path, "records"]), ...problemsAt(problems, [...path, "checks"]), ...problemsAt(problems, path, false)];
  return (
    <div className="p-field" role="group" aria-label="Layout of the file">
      <div className="p-label">Layout of the file</div>
      <div className="p-plan">
        <span>{layoutWords(options)}</span>
        <button type="button" className="btn btn-sm" onClick={() => setOpen(true)}><Icon name="table" size={14} /> {isReadOnly ? "Look at the layout" : "Draw the layout"}</button>
      </div>
      <Problems problems={own} />
      {isOpen && <LayoutEditor form={form} path={path} title="Layout of the file" onClose={() => setOpen(false)} />}
    </div>
  );
}
