/** The field mapper over the whole page, for one plan of one step; its edits are edits of the flow. */
import { useCallback, useEffect, useRef, useState } from "react";
import { emptyPlan } from "../../mapper/commands.js";
import { targetOf } from "../../mapper/steps.js";
import { Mapper } from "../../mapper/view/mapper.jsx";
import { nameOf, stepOf, stepsBefore } from "../document.js";
import { useBuilder, useEditorState } from "./context.js";

/**
 * @param {{ step: string, field: string, urls: Record<string, string>, may: { edit: boolean, try: boolean }, values: Record<string, any>, sampleName: string, close: () => void }} props
 *   values: what the steps gave in the last test, and what is pinned
 */
export function MappingDialog({ step: key, field, urls, may, values, sampleName, close }) {
  const { editor } = useBuilder();
  const flow = useEditorState().history.present;
  const opened = useRef(flow); // what the steps before give does not change while one maps
  const [scope] = useState(() => Object.fromEntries(stepsBefore(flow, key).filter((one) => one.key in values).map((one) => [one.key, values[one.key]])));
  const [titles] = useState(() => Object.fromEntries(stepsBefore(flow, key).map((one) => [one.key, nameOf(one)])));
  const box = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => {
    if (!box.current?.open) box.current?.showModal();
  }, []);
  const change = useCallback((/** @type {Record<string, any>} */ more, /** @type {string} */ label) => {
    const step = stepOf(editor.flow, key);
    if (!step) return;
    const config = Object.fromEntries(Object.entries({ ...step.config, ...more }).filter(([, value]) => value !== undefined));
    editor.configure(key, config, label);
  }, [editor, key]);
  const onChange = useCallback((/** @type {any} */ plan) => change({ [field]: plan }, "Mapping changed"), [change, field]);
  const step = stepOf(flow, key);
  if (!step) return null;
  const found = targetOf(flow, key, field, step.config);
  return (
    <dialog ref={box} className="b-mapping" aria-label={`Map the fields of ${nameOf(step)}`} onCancel={(event) => { event.preventDefault(); close(); }} onKeyDown={(event) => event.stopPropagation()}>
      <Mapper plan={step.config[field] ?? emptyPlan()} onChange={onChange} definition={opened.current} step={key} urls={urls} may={may}
        target={found.target} onTarget={found.isChosen ? (target) => change({ target: target ?? undefined }, "Target of the mapping changed") : undefined} partner={step.config.partner ?? ""}
        titles={titles} scope={Object.keys(scope).length ? scope : undefined} sampleName={sampleName} onClose={close} />
    </dialog>
  );
}
