// One event stream per browser and user: the tab that holds the lock listens to the server and tells the others. When it
// closes, the next tab takes over and asks for what came in between. Where there are no locks every tab has its own stream.

import { path } from "./api";
import { connection, loadAll, loadSession, take, type Connection } from "./store";

const KINDS = ["job", "job-removed", "track", "track-removed", "upload", "upload-removed"];
/** The server speaks every 10 s; silence of this length means that it is gone. */
const SILENCE_MS = 25_000;
const RETRY_MS = 2000;

type Broadcast =
  | { readonly kind: "event"; readonly type: string; readonly data: unknown; readonly id: string }
  | { readonly kind: "connection"; readonly connection: Connection }
  | { readonly kind: "reload" }
  | { readonly kind: "ask" };

let channel: BroadcastChannel | null = null;
let leading = false;
let lastEventId = "";

/** Listens to what happens to one user's songs; gives back what ends it. */
export function listen(user: string): () => void {
  const name = `descant-events-${user}`;
  const end = new AbortController();
  const tabs = new BroadcastChannel(name);
  channel = tabs;
  tabs.onmessage = (message: MessageEvent<Broadcast>) => hear(message.data);
  window.addEventListener("offline", () => show("offline"), { signal: end.signal });
  if ("locks" in navigator) {
    tell({ kind: "ask" });
    // Refused only where the end comes before this tab's turn.
    void navigator.locks.request(name, { signal: end.signal }, () => lead(end.signal)).catch(() => undefined);
  } else {
    void lead(end.signal);
  }
  return () => {
    end.abort();
    tabs.close();
    channel = null;
  };
}

function hear(message: Broadcast): void {
  switch (message.kind) {
    case "event":
      lastEventId = message.id || lastEventId;
      take(message.type, message.data);
      break;
    case "connection":
      connection.value = message.connection;
      break;
    case "reload":
      void reload();
      break;
    case "ask":
      if (leading) tell({ kind: "connection", connection: connection.value });
      break;
  }
}

function tell(message: Broadcast): void {
  channel?.postMessage(message);
}

function show(state: Connection): void {
  if (connection.value === state) return;
  connection.value = state;
  if (leading) tell({ kind: "connection", connection: state });
}

async function reload(): Promise<void> {
  try {
    await loadAll();
  } catch {
    // The stream says when the server is back, and then everything is asked again.
  }
}

/** Leads until the end; the lock is held as long. */
function lead(end: AbortSignal): Promise<void> {
  leading = true;
  connect(end);
  return new Promise((resolve) => {
    end.addEventListener("abort", () => {
      leading = false;
      resolve();
    });
  });
}

function connect(end: AbortSignal): void {
  if (end.aborted) return;
  const since = lastEventId === "" ? "" : `?lastEventId=${encodeURIComponent(lastEventId)}`;
  const stream = new EventSource(path(`events${since}`));
  let watchdog: number | undefined;

  const close = (): void => {
    window.clearTimeout(watchdog);
    stream.close();
    end.removeEventListener("abort", close);
  };
  const again = (state: Connection): void => {
    close();
    show(navigator.onLine ? state : "offline");
    window.setTimeout(() => connect(end), RETRY_MS);
  };
  const alive = (): void => {
    window.clearTimeout(watchdog);
    watchdog = window.setTimeout(() => again("gone"), SILENCE_MS);
  };
  const on = (type: string, act: (data: unknown) => void): void => {
    stream.addEventListener(type, (event: MessageEvent<string>) => {
      alive();
      lastEventId = event.lastEventId || lastEventId;
      act(JSON.parse(event.data));
    });
  };

  end.addEventListener("abort", close);
  alive();
  on("hello", (data) => {
    show("live");
    if ((data as { replayed: boolean }).replayed) return;
    void reload();
    tell({ kind: "reload" });
  });
  on("ping", () => show("live"));
  on("bye", () => show("restarting"));
  for (const type of KINDS) {
    on(type, (data) => {
      take(type, data);
      tell({ kind: "event", type, data, id: lastEventId });
    });
  }
  stream.onerror = () => {
    again(connection.value === "restarting" ? "restarting" : "gone");
    // A session that ended looks the same from here; asking for it shows the token form.
    void loadSession().catch(() => undefined);
  };
}
