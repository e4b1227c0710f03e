// Put into the page before its own scripts: answers what the page asks about a separated song that no server has. Its
// stems are noise, different for each stem and at every sample, and its mixture is exactly their sum: a lane that is
// heard at another sample than the others leaves a rest.
(({ seconds, stems }) => {
  const RATE = 44100;
  const SAMPLES = seconds * RATE;
  const TRACK = "inventedsongforthetests00a";
  const JOB = "inventedjobforthetests000a";
  const now = new Date().toISOString();
  const source = (name, url) => ({
    name, url, samples: SAMPLES, sampleRate: RATE, channels: 2,
    peaks: [256, 1024, 4096, 16384, 65536].map((samplesPerPeak) => ({ samplesPerPeak, count: Math.ceil(SAMPLES / samplesPerPeak) })),
  });
  const track = {
    id: TRACK, state: "ready", problem: null, name: "invented.wav", title: "Invented", artist: null, album: null, created: now, expires: null,
    durationSeconds: seconds, samples: SAMPLES, sampleRate: RATE, channels: 2, bytes: 4 * SAMPLES, codec: "pcm_s16le", isLossy: false,
    mixture: source("mixture", `/api/v1/tracks/${TRACK}/mixture`),
    jobs: [{
      id: JOB, trackId: TRACK, model: "invented", stemNames: stems, state: "done", stage: null, fraction: 1, secondsLeft: null, position: null,
      created: now, finished: now, problem: null, gain: 1, warnings: [],
      stems: stems.map((stem) => source(stem, `/api/v1/jobs/${JOB}/stems/${stem}`)),
    }],
  };

  // The finaliser of a hash: neighbouring places have nothing in common.
  const noise = (stem, at) => {
    let x = (at + Math.imul(stem + 1, 0x9e3779b9)) | 0;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    return Math.trunc(((x ^ (x >>> 16)) >> 17) / stems.length);
  };
  const audio = (lane, from, count) => {
    const samples = new Int16Array(2 * count);
    for (let i = 0; i < samples.length; i++) {
      const at = 2 * from + i;
      if (lane >= 0) samples[i] = noise(lane, at);
      else for (let stem = 0; stem < stems.length; stem++) samples[i] += noise(stem, at);
    }
    return samples;
  };

  const ask = window.fetch.bind(window);
  window.fetch = async (address, init) => {
    const url = new URL(address, document.baseURI);
    if (!url.pathname.includes(TRACK) && !url.pathname.includes(JOB)) return ask(address, init);
    const [, name, part] = /([a-z]+)\/(audio|peaks)$/.exec(url.pathname) ?? [];
    const number = (key) => Number(url.searchParams.get(key));
    if (part === undefined) return new Response(JSON.stringify(track), { headers: { "Content-Type": "application/json" } });
    if (part === "peaks") return new Response(new Int8Array(2 * Math.ceil(SAMPLES / number("samplesPerPeak"))).map((_, i) => (i % 2 === 0 ? -64 : 64)));
    return new Response(audio(stems.indexOf(name), number("from"), Math.min(number("count"), SAMPLES - number("from"))));
  };
})
