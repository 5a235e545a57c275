/**
 * Asking our own server for JSON: the CSRF token goes along, an error is one class with the server's words.
 */
import { parse } from "./exact_json.js";

/** @typedef {{ code: string, title: string, message: string, hint: string, place: string, problems: Problem[] }} Said */
/** @typedef {{ code: string, message: string, hint: string, place: string, severity: "error" | "warning" | "info" }} Problem */

/** What the server refused. `said` is what it told; `answer` the whole of it. */
export class Refused extends Error {
  /**
   * @param {number} status 0: the server was not reached
   * @param {Said} said
   * @param {any} answer
   */
  constructor(status, said, answer) {
    super(said.message);
    this.status = status;
    this.said = said;
    this.answer = answer;
  }
}

/** @param {string} message @returns {Said} */
const own = (message) => ({ code: "", title: "", message, hint: "", place: "", problems: [] });

/**
 * @param {string} method
 * @param {string} url
 * @param {unknown} [body]
 * @param {{ signal?: AbortSignal }} [options]
 * @returns {Promise<any>} null for an answer without a body. Throws Refused; AbortError where `signal` ended it.
 */
export async function ask(method, url, body, options = {}) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRFToken"] = document.querySelector("meta[name=csrf-token]")?.getAttribute("content") ?? "";
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(url, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal: options.signal });
  } catch (failure) {
    if (/** @type {Error} */ (failure).name === "AbortError") throw failure;
    throw new Refused(0, own("7M cannot be reached at the moment."), null);
  }
  const text = await response.text();
  const isJson = (response.headers.get("Content-Type") ?? "").startsWith("application/json");
  const answer = text && isJson ? parse(text) : null;
  if (response.ok && !response.redirected) return answer;
  if (response.redirected) throw new Refused(401, own("You are signed out. Sign in again in another tab; nothing here is lost."), null);
  throw new Refused(response.status, answer?.error ?? own(`The server answered ${response.status}.`), answer);
}
