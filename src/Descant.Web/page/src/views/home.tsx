import { useEffect } from "preact/hooks";
import { separateAtOnce } from "../preferences";
import { plural, size } from "../words";
import { server, wavOnly } from "../store";
import { PickButton } from "./adding";
import { Library, library } from "./library";
import { Strands } from "./strands";
import { UploadList } from "./uploadList";

export function Home() {
  useEffect(() => {
    document.title = "Descant";
  }, []);
  const empty = library.value !== null && library.value.total === 0 && library.value.search === "";
  return (
    <div class={`home ${empty ? "first-time" : ""}`}>
      <UploadList />
      <section class="hero" aria-labelledby="hero-title">
        <Strands />
        <h1 id="hero-title">Take a song apart</h1>
        <p class="lead">Drop in any song{wavOnly.value ? " as a WAV file" : " or video"}. You get the voice and everything around it as separate tracks, to listen to, mix and keep.</p>
        <div class="hero-actions">
          <PickButton label="Choose files" prominent />
          <p class="or muted"><span class="drop-hint">or drop them anywhere, or paste</span></p>
        </div>
        <label class="check">
          <input type="checkbox" checked={separateAtOnce.value} onChange={(e) => (separateAtOnce.value = e.currentTarget.checked)} />
          <span>Separate as soon as a song is here</span>
        </label>
        <Fineprint />
      </section>
      <Library />
    </div>
  );
}

function Fineprint() {
  const info = server.value;
  if (info === null) return <p class="fineprint muted">&nbsp;</p>;
  const minutes = Math.floor(info.limits.maxDurationSeconds / 60);
  return (
    <p class="fineprint muted">
      Up to {size(info.limits.maxUploadBytes)} and {minutes >= 120 ? plural(Math.floor(minutes / 60), "hour") : plural(minutes, "minute")} each
      {info.keepDays !== null && <>, kept for {plural(info.keepDays, "day")}</>}. Nothing leaves this server.
    </p>
  );
}
