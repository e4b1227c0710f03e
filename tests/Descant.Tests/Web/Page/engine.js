// Runs the page's audio code without an audio device: the built worklet is loaded as a module, with the few names that an
// audio thread would give it, and asked for one quantum after the other.
async (worklet) => {
  const RATE = 44100;
  let Processor = null;
  globalThis.sampleRate = RATE;
  globalThis.currentTime = 0;
  globalThis.AudioWorkletProcessor = class {
    port = { onmessage: null, status: null, postMessage(status) { this.status = status; } };
  };
  globalThis.registerProcessor = (_, type) => { Processor = type; };
  await import(worklet);

  const interleave = ([left, right], from, to) => {
    const length = Math.min(to, left.length) - from;
    return Int16Array.from({ length: 2 * length }, (_, i) => (i % 2 === 0 ? left : right)[from + (i >> 1)]);
  };

  /** A song of stereo lanes, each [left, right] Int16Array; the chunks that `withhold` names are left out. */
  const open = (lanes, chunkSamples, withhold = () => false) => {
    const totalSamples = lanes[0][0].length;
    const processor = new Processor({ processorOptions: { lanes: lanes.length, totalSamples, chunkSamples, reference: 0 } });
    const send = (data) => processor.port.onmessage({ data });
    const put = (lane, chunk) => send({ type: "chunk", lane, chunk, samples: interleave(lanes[lane], chunk * chunkSamples, (chunk + 1) * chunkSamples), channels: 2 });
    for (let lane = 0; lane < lanes.length; lane++) {
      for (let chunk = 0; chunk * chunkSamples < totalSamples; chunk++) if (!withhold(lane, chunk)) put(lane, chunk);
    }
    send({ type: "settings", lanes: lanes.map(() => ({ gain: 1, pan: 0 })), master: 1 });
    /** `samples` of the mix and of every lane: outputs[0] is the mix, outputs[1 + k] lane k, each [left, right]. */
    const render = (samples) => {
      const all = Array.from({ length: 1 + lanes.length }, () => [new Float32Array(samples), new Float32Array(samples)]);
      for (let at = 0; at < samples; at += 128) {
        const quantum = all.map(() => [new Float32Array(128), new Float32Array(128)]);
        processor.process([], quantum);
        quantum.forEach((output, o) => output.forEach((channel, c) => all[o][c].set(channel.subarray(0, Math.min(128, samples - at)), at)));
      }
      return all;
    };
    return { send, put, render, status: () => { send({ type: "play" }); processor.process([], Array.from({ length: 1 + lanes.length }, () => [new Float32Array(128), new Float32Array(128)])); return processor.port.status; } };
  };

  const sine = (hertz, amplitude, samples) => {
    const channel = Int16Array.from({ length: samples }, (_, i) => Math.round(32767 * amplitude * Math.sin((2 * Math.PI * hertz * i) / RATE)));
    return [channel, channel];
  };
  const noise = (seed, samples) => [0, 1].map((c) => {
    let state = seed * 2 + c + 1;
    return Int16Array.from({ length: samples }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      return (state >> 18);
    });
  });
  const sum = (...lanes) => [0, 1].map((c) => lanes[0][c].map((_, i) => lanes.reduce((s, lane) => s + lane[c][i], 0)));

  /** Cycles per second between the first and the last upward zero crossing. */
  const frequency = (signal) => {
    const crossings = [];
    for (let i = 1; i < signal.length; i++) {
      if (signal[i - 1] < 0 && signal[i] >= 0) crossings.push(i - signal[i] / (signal[i] - signal[i - 1]));
    }
    return ((crossings.length - 1) * RATE) / (crossings[crossings.length - 1] - crossings[0]);
  };
  const rms = (signal) => Math.sqrt(signal.reduce((s, x) => s + x * x, 0) / signal.length);

  window.engine = {
    /** A tone and its fifth at a speed: their pitches, their loudness, and what is left of mixture minus stems. */
    speed(speed) {
      const a = sine(440, 0.3, 8 * RATE);
      const b = sine(660, 0.2, 8 * RATE);
      const song = open([sum(a, b), a, b], 131072);
      song.send({ type: "speed", speed });
      song.send({ type: "play" });
      const out = song.render(2 * RATE);
      const middle = (o) => out[o][0].subarray(RATE / 2, 2 * RATE - RATE / 4);
      let rest = 0;
      for (let i = 0; i < out[1][0].length; i++) rest = Math.max(rest, Math.abs(out[1][0][i] - out[2][0][i] - out[3][0][i]));
      return { first: frequency(middle(2)), second: frequency(middle(3)), loudness: rms(middle(2)), rest, seconds: song.status().position / RATE };
    },

    /** Largest difference from the song's own samples over three rounds of a loop, its cross-faded seam left out; and the seam's from its closed form. */
    loop() {
      const lane = noise(1, 60000);
      const song = open([lane], 8192);
      const [start, end, fade] = [10000, 20000, 256];
      song.send({ type: "loop", loop: { start, end } });
      song.send({ type: "seek", sample: start, seek: 1 });
      song.send({ type: "play" });
      const out = song.render(30000);
      let inside = 0;
      let seam = 0;
      for (let i = 128; i < 30000; i++) {
        const p = start + (i % (end - start));
        const weight = (p - (end - fade)) / fade;
        const plain = lane[0][p] / 32768;
        if (weight < 0) inside = Math.max(inside, Math.abs(out[0][0][i] - plain));
        else seam = Math.max(seam, Math.abs(out[0][0][i] - (plain + weight * (lane[0][p - (end - start)] / 32768 - plain))));
      }
      return { inside, seam };
    },

    /** A chunk of one lane comes late: what is heard meanwhile, where the song stands, and whether it then goes on without a gap. */
    late() {
      const lanes = [noise(1, 40960), noise(2, 40960)];
      const song = open(lanes, 8192, (lane, chunk) => lane === 1 && chunk === 1);
      song.send({ type: "play" });
      const before = song.render(8192);
      const silence = song.render(4096);
      const stalled = song.status();
      song.put(1, 1);
      const after = song.render(4096);
      let difference = 0;
      for (let i = 128; i < 4096; i++) {
        const p = stalled.position + i;
        for (const lane of [0, 1]) difference = Math.max(difference, Math.abs(after[1 + lane][0][i] - lanes[lane][0][p] / 32768));
      }
      return { before: rms(before[0][0]), silence: rms(silence[0][0]), isStalled: stalled.stalled, position: stalled.position, difference };
    },

    /** Largest difference from the browser's own StereoPannerNode. */
    async pan(pan) {
      const lane = noise(3, 4096);
      const song = open([lane], 8192);
      song.send({ type: "settings", lanes: [{ gain: 1, pan }], master: 1 });
      song.send({ type: "play" });
      const out = song.render(2048);
      const context = new OfflineAudioContext(2, 2048, RATE);
      const buffer = context.createBuffer(2, 4096, RATE);
      lane.forEach((channel, c) => buffer.copyToChannel(Float32Array.from(channel, (x) => x / 32768), c));
      const source = new AudioBufferSourceNode(context, { buffer });
      source.connect(new StereoPannerNode(context, { pan })).connect(context.destination);
      source.start();
      const expected = await context.startRendering();
      let difference = 0;
      for (let c = 0; c < 2; c++) {
        const wanted = expected.getChannelData(c);
        for (let i = 128; i < 2048; i++) difference = Math.max(difference, Math.abs(out[0][c][i] - wanted[i]));
      }
      return difference;
    },
  };
}
