import { useState } from "preact/hooks";
import { models } from "../store";
import { laneName, list } from "../words";

/** Which model, which stems; the default is one click away. */
export function Choose({ onStart, onCancel }: { onStart: (model: string, stems: readonly string[]) => Promise<void>; onCancel?: () => void }) {
  const known = models.value;
  const [name, setName] = useState<string | null>(null);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [busy, setBusy] = useState(false);
  const model = known.find((m) => m.name === name) ?? known.find((m) => m.isDefault) ?? known[0];
  if (model === undefined) {
    return (
      <div class="card trouble" role="alert">
        <h2>No model is installed</h2>
        <p>The server has no model to separate with. Its owner can add one with <code>descant models import</code>.</p>
      </div>
    );
  }
  const stems = model.stems.filter((s) => !left.has(s));
  const toggle = (stem: string): void => {
    const next = new Set(left);
    if (!next.delete(stem)) next.add(stem);
    setLeft(next);
  };
  const start = async (): Promise<void> => {
    setBusy(true);
    await onStart(model.name, stems);
    setBusy(false);
  };
  return (
    <section class="choose card" aria-labelledby="choose-title">
      <h2 id="choose-title">What should it become?</h2>
      {known.length > 1 && (
        <fieldset class="models">
          <legend class="visually-hidden">Model</legend>
          {known.map((m) => (
            <label key={m.name} class={`model ${m.name === model.name ? "on" : ""}`}>
              <input type="radio" name="model" value={m.name} checked={m.name === model.name} onChange={() => { setName(m.name); setLeft(new Set()); }} />
              <span class="model-stems">{list(m.stems)}</span>
              <span class="muted small">{m.description}</span>
              <span class="muted small">Licence: {m.licence}</span>
              <span class="tag">{m.name}</span>
            </label>
          ))}
        </fieldset>
      )}
      <fieldset class="stems">
        <legend class="visually-hidden">Stems to make</legend>
        {model.stems.map((stem) => (
          <label key={stem} class="chip" data-stem={stem}>
            <input type="checkbox" checked={!left.has(stem)} onChange={() => toggle(stem)} />
            <span>{laneName(stem)}</span>
          </label>
        ))}
      </fieldset>
      {known.length === 1 && <p class="muted small about">{model.description} Licence: {model.licence}</p>}
      <div class="choose-actions">
        <button class="primary large" disabled={busy || stems.length === 0} onClick={() => void start()}>Separate</button>
        {onCancel && <button class="quiet" onClick={onCancel}>Back to the mix</button>}
        {stems.length === 0 && <p class="muted small">Choose at least one stem.</p>}
      </div>
    </section>
  );
}
