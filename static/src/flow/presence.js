/**
 * Who else has this flow open, over a websocket of the flow. The server tells of people and of saved drafts; a line that was lost is
 * opened again, later each time.
 */

const AGAIN_MS = [500, 1000, 2000, 5000, 10000];

/**
 * @param {{
 *   url: string,
 *   people: (people: { id: string, label: string, step: string }[]) => void,
 *   saved: (saved: { revision: number, by: string }) => void,
 * }} told
 * @returns {{ at: (step: string) => void, stop: () => void }} at: tells the others which step is open here
 */
export function follow({ url, people, saved }) {
  /** @type {Map<string, { id: string, label: string, step: string }>} */
  const known = new Map();
  /** @type {WebSocket | null} */
  let socket = null;
  let tries = 0;
  let step = "";
  let stopped = false;
  /** @type {any} */
  let timer = null;
  const tell = () => socket?.readyState === WebSocket.OPEN && socket.send(JSON.stringify({ step }));
  const open = () => {
    const address = new URL(url, location.href);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    socket = new WebSocket(address.href);
    socket.addEventListener("open", () => {
      tries = 0;
      tell();
    });
    socket.addEventListener("message", (event) => heard(JSON.parse(event.data)));
    socket.addEventListener("close", (event) => {
      known.clear();
      people([]);
      if (!stopped && event.code !== 4401 && event.code !== 4403) timer = setTimeout(open, AGAIN_MS[Math.min(tries++, AGAIN_MS.length - 1)]);
    });
  };
  /** @param {any} message */
  const heard = (message) => {
    if (message.here) known.set(message.here.id, message.here);
    if (message.gone) known.delete(message.gone);
    if (message.here || message.gone) people([...known.values()]);
    if (message.saved) saved(message.saved);
  };
  open();
  return {
    at: (key) => {
      if (key === step) return;
      step = key;
      tell();
    },
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      socket?.close();
    },
  };
}
