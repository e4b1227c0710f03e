import { useEffect, useState } from "preact/hooks";
import { listen } from "../events";
import { HOME, route } from "../route";
import { attempt, connection, loadAll, loadSession, notice, session, signedOut, signIn, signOut, user, type Connection } from "../store";
import { colours, isDark, nextTheme } from "../theme";
import { resume } from "../uploads";
import { addFiles, arrived, DropOverlay } from "./adding";
import { Home } from "./home";
import { Alert, Moon, Sun } from "./icons";
import { SongPage } from "./song";

/** Whose songs this page has shown. */
let shownTo: string | null = null;

/** Everything that needs a user: lists, the event stream, uploads to go on with. Gives back what ends the stream. */
function start(whose: string): (() => void) | undefined {
  if (shownTo !== null && shownTo !== whose) {
    location.reload(); // somebody else signed in: nothing on this page is theirs
    return undefined;
  }
  shownTo = whose;
  const stop = listen(whose);
  void attempt(loadAll).then(() => resume(arrived));
  return stop;
}

export function App() {
  const [dead, setDead] = useState(false);
  const [attemptNumber, setAttemptNumber] = useState(0);
  useEffect(() => {
    loadSession().then(() => setDead(false)).catch(() => {
      setDead(true);
      window.setTimeout(() => setAttemptNumber((n) => n + 1), 2000);
    });
  }, [attemptNumber]);

  const ready = session.value !== null && !signedOut.value;
  const whose = user.value;
  useEffect(() => (ready ? start(whose) : undefined), [ready, whose]);

  useEffect(() => {
    const paste = (event: ClipboardEvent): void => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length === 0 || signedOut.value) return;
      event.preventDefault();
      void addFiles(files);
    };
    window.addEventListener("paste", paste);
    return () => window.removeEventListener("paste", paste);
  }, []);

  const page = route.value;
  return (
    <>
      <a class="skip" href="#main" onClick={(e) => { e.preventDefault(); document.getElementById("main")?.focus(); }}>Skip to content</a>
      <Header />
      <ConnectionBanner state={dead ? "gone" : ready ? connection.value : "live"} />
      <main id="main" tabIndex={-1}>
        {signedOut.value ? <TokenForm /> : !ready ? <Opening dead={dead} /> : page.page === "home" ? <Home /> : <SongPage key={page.id} id={page.id} />}
      </main>
      {ready && <DropOverlay />}
      <div class="notices" role="status" aria-live="polite">
        {notice.value && <p class={`notice ${notice.value.tone}`}>{notice.value.text}</p>}
      </div>
    </>
  );
}

function Header() {
  void colours.value;
  const dark = isDark();
  return (
    <header class="top">
      <a class="brand" href={HOME} aria-label="Descant, all songs">
        <svg width="30" height="30" viewBox="0 0 32 32" aria-hidden="true">
          <path class="strand vocals" d="M3 17c4.5 0 4.5-8 9-8s4.5 13 8 13 3.5-5 9-5" />
          <path class="strand accompaniment" d="M3 17c4.5 0 4.5 5 9 5S16.5 7 20 7s3.5 10 9 10" />
        </svg>
        <span>Descant</span>
      </a>
      <div class="top-actions">
        {session.value?.tokenRequired && session.value.authenticated && (
          <button class="quiet" onClick={() => void attempt(signOut)}>Sign out</button>
        )}
        <button class="icon" onClick={nextTheme} aria-label={dark ? "Use light colours" : "Use dark colours"} title={dark ? "Light" : "Dark"}>
          {dark ? <Sun /> : <Moon />}
        </button>
      </div>
    </header>
  );
}

const BANNERS: Partial<Record<Connection, [title: string, text: string]>> = {
  restarting: ["The server is restarting.", "Nothing is lost; this page goes on by itself."],
  gone: ["The server does not answer.", "Trying again every few seconds. What was uploaded and separated is safe."],
  offline: ["You are offline.", "Uploads and progress go on when the network is back."],
};

function ConnectionBanner({ state }: { state: Connection }) {
  const banner = BANNERS[state];
  return (
    <div role="alert" class="banner-place">
      {banner && (
        <div class="banner">
          <Alert />
          <p><strong>{banner[0]}</strong> {banner[1]}</p>
        </div>
      )}
    </div>
  );
}

function Opening({ dead }: { dead: boolean }) {
  return <div class="opening" aria-busy="true">{!dead && <p class="muted">Opening…</p>}</div>;
}

function TokenForm() {
  const [token, setToken] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    try {
      await signIn(token.trim());
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  return (
    <section class="token card">
      <h1>This Descant is private</h1>
      <p class="muted">Enter the access token that its owner gave you. This browser remembers it.</p>
      <form onSubmit={(e) => void submit(e)}>
        <label for="token">Access token</label>
        <input id="token" type="password" autocomplete="current-password" value={token} required aria-describedby="token-problem"
          onInput={(e) => setToken(e.currentTarget.value)} />
        <p id="token-problem" class="problem" role="alert">{problem}</p>
        <button class="primary" type="submit">Open</button>
      </form>
    </section>
  );
}
