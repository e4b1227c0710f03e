// Put into the page before its own scripts: gives the player's audio node one more output per lane, as it plays, and
// keeps how far the mixture is from the sum of the stems — also with one stem a sample late, to show what that would be.
(() => {
  const Plain = window.AudioWorkletNode;
  const code = `registerProcessor("recorder", class extends AudioWorkletProcessor {
    worst = 0; late = 0; samples = 0; last = [0, 0];
    constructor() {
      super();
      this.port.onmessage = ({ data }) => {
        if (data === "forget") this.worst = this.late = 0;
        else this.port.postMessage({ worst: this.worst, late: this.late, samples: this.samples });
      };
    }
    process(inputs) {
      for (let c = 0; c < 2; c++) {
        const mixture = inputs[0][c];
        if (mixture === undefined) continue;
        for (let i = 0; i < mixture.length; i++) {
          let rest = mixture[i];
          for (let lane = 1; lane < inputs.length; lane++) rest -= inputs[lane][c]?.[i] ?? 0;
          const stem = inputs[1][c]?.[i] ?? 0;
          this.worst = Math.max(this.worst, Math.abs(rest));
          this.late = Math.max(this.late, Math.abs(rest + stem - this.last[c]));
          if (c === 0 && mixture[i] !== 0) this.samples++;
          this.last[c] = stem;
        }
      }
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
        window.forgetRecorder = () => recorder.port.postMessage("forget");
        window.readRecorder = () => new Promise((resolve) => {
          recorder.port.onmessage = (event) => resolve(event.data);
          recorder.port.postMessage(null);
        });
      });
    }
  };
})();
