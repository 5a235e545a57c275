/** What stands around each field: its title, whether it is needed, help, and problems in their place. */
import { useId } from "react";
import { Icon } from "../../icon.jsx";
import { checkValue, problemsAt } from "../problems.js";
import { at } from "../values.js";
import { usePanel } from "./context.jsx";

/** @import { ReactNode } from "react" */
/** @import { Field } from "../schema.js" */
/** @import { Problem } from "../problems.js" */
/** @import { Path } from "../values.js" */
/** @typedef {{ id: string, describedBy: string | undefined, isInvalid: boolean }} Wiring  for the control inside */

/**
 * @param {{ field: Field, path: Path, isGroup?: boolean, isDeep?: boolean, note?: ReactNode, children: (wiring: Wiring) => ReactNode }} props
 *   isGroup: several controls, named together; isDeep: shows the problems of everything in it
 */
export function Shell({ field, path, isGroup = false, isDeep = true, note, children }) {
  const { config, problems } = usePanel();
  const id = useId();
  const here = problemsAt(problems, path, isDeep);
  const own = here.length ? "" : checkValue(field, at(config, path));
  const isInvalid = own !== "" || here.some((problem) => problem.severity === "error");
  const hasWords = field.help || note;
  const describedBy = [hasWords ? `${id}-help` : "", here.length || own ? `${id}-problem` : ""].filter(Boolean).join(" ") || undefined;
  const title = <>{field.title}{field.required && <span className="p-needed" title="needed"> *<span className="x-sr"> needed</span></span>}</>;
  return (
    <div className={`p-field ${isInvalid ? "is-invalid" : ""}`} role={isGroup ? "group" : undefined} aria-labelledby={isGroup ? `${id}-title` : undefined} data-field={path.join(".")}>
      {isGroup ? <div className="p-label" id={`${id}-title`}>{title}</div> : <label className="p-label" htmlFor={id}>{title}</label>}
      {children({ id, describedBy, isInvalid })}
      {hasWords && <div className="p-hint" id={`${id}-help`}>{field.help}{field.help && note ? " " : ""}{note}</div>}
      {(here.length > 0 || own) && <div id={`${id}-problem`}>{own && <p className="p-problem is-bad" role="alert"><Icon name="triangle-alert" size={14} /> {own}</p>}<Problems problems={here} /></div>}
    </div>
  );
}

/** @param {{ problems: Problem[] }} props */
export function Problems({ problems }) {
  return problems.map((problem, index) => (
    <p key={index} className={`p-problem ${problem.severity === "error" ? "is-bad" : "is-wait"}`}>
      <Icon name={problem.severity === "error" ? "octagon-alert" : "triangle-alert"} size={14} /> <span>{problem.severity !== "error" && <span className="x-sr">Warning: </span>}{problem.message} {problem.hint}</span>
    </p>
  ));
}
