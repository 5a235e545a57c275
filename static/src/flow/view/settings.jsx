/** The settings of the whole flow: how it answers, retries, keeps order and keeps data. */
import { Dialog } from "../../dialog.jsx";
import { SchemaForm } from "../../panel/view/schema_form.jsx";
import { useBuilder, useEditorState } from "./context.js";

const PLACE = "settings.";

/** @param {{ form: any, urls: Record<string, string>, close: () => void }} props */
export function SettingsDialog({ form, urls, close }) {
  const { editor } = useBuilder();
  const { history, problems } = useEditorState();
  const own = problems.filter((problem) => problem.place.startsWith(PLACE)).map((problem) => ({ ...problem, place: problem.place.slice(PLACE.length) }));
  return (
    <Dialog title="Settings of the flow" onClose={close}>
      <SchemaForm form={form} value={history.present.settings} problems={own} isReadOnly={editor.isReadOnly} urls={urls} onChange={(settings) => editor.changeSettings(settings)} />
      <div className="x-dialog-actions"><button type="button" className="btn btn-primary" onClick={close}>Done</button></div>
    </Dialog>
  );
}
