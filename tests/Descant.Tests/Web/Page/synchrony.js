// Put into the page before its own scripts: gives the player's audio node one more output per lane, as it plays, and
// keeps the last samples of each. window.lags(samples) says by how many samples each stem is away from the mixture: where
// the two are most alike. Stretches with a fade are left out: muted for a moment, a stem is in the mixture and not in its lane.
(() => {
  const FARTHEST = 32;
  const Plain = window.AudioWorkletNode;
  const code = `registerProcessor("recorder", class extends AudioWorkletProcessor {
    lanes = []; heard = 0; loudest = [];
    constructor() {
      super();
      this.port.onmessage = () => this.port.postMessage({ lanes: this.lanes, heard: this.heard });
    }
    process(inputs) {
      inputs.forEach((lane, k) => {
        const kept = (this.lanes[k] ??= new Float32Array(8192));
        kept.copyWithin(0, 128);
        if (lane[0] === undefined) kept.fill(0, kept.length - 128);
        else kept.set(lane[0], kept.length - 128);
      });
      // Without a pause or a fade: in every quantum each lane has a fifth at least of its loudest one's energy.
      const energies = inputs.map((lane) => lane[0]?.reduce((sum, x) => sum + x * x, 0) ?? 0);
      energies.forEach((energy, k) => (this.loudest[k] = Math.max(this.loudest[k] ?? 0, energy)));
      this.heard = energies.every((energy, k) => energy > 0 && energy >= this.loudest[k] / 5) ? this.heard + 128 : 0;
      return true;
    }
  });`;
  window.AudioWorkletNode = class extends Plain {
    constructor(context, name, options) {
      const lanes = options.processorOptions.lanes;
      super(context, name, { ...options, numberOfOutputs: 1 + lanes, outputChannelCount: Array(1 + lanes).fill(2) });
      const module = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
      void context.audioWorklet.addModule(module).then(() => {
        const recorder = new Plain(context, "recorder", { numberOfInputs: lanes, numberOfOutputs: 1, channelCount: 2, channelCountMode: "explicit" });
        for (let lane = 0; lane < lanes; lane++) this.connect(recorder, 1 + lane, lane);
        recorder.connect(context.destination);
        window.recorded = () => new Promise((resolve) => {
          recorder.port.onmessage = (event) => resolve(event.data);
          recorder.port.postMessage(null);
        });
      });
    }
  };

  const likeness = (mixture, stem, lag) => {
    let product = 0, first = 0, second = 0;
    for (let i = FARTHEST; i < mixture.length - FARTHEST; i++) {
      product += mixture[i] * stem[i + lag];
      first += mixture[i] ** 2;
      second += stem[i + lag] ** 2;
    }
    return product / Math.sqrt(first * second);
  };

  // Waits until so many samples of all lanes were heard without a pause or a fade.
  window.lags = async (samples) => {
    const began = performance.now();
    let lanes, heard = 0;
    while (heard < samples) {
      if (performance.now() - began > 60_000) throw new Error(`${heard} samples were heard without a pause or a fade in a minute`);
      await new Promise((resolve) => setTimeout(resolve, 20));
      ({ lanes, heard } = (await window.recorded?.()) ?? { heard });
    }
    const [mixture, ...stems] = lanes.map((lane) => lane.subarray(lane.length - samples));
    return stems.map((stem) => {
      let best = { lag: 0, likeness: -1 };
      for (let lag = -FARTHEST; lag <= FARTHEST; lag++) {
        const found = likeness(mixture, stem, lag);
        if (found > best.likeness) best = { lag, likeness: found };
      }
      return best;
    });
  };
})();
