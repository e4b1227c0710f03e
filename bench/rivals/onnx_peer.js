// Times the exported workloads in ONNX Runtime; prints {"workload": milliseconds}. usage: onnx_peer.js THREADS FOLDER [WORKLOAD ...]
const fs = require('node:fs');
const path = require('node:path');
const ort = require('onnxruntime-node');

const SHAPES = {
  'sgemm-1024': [[1024, 1024], [1024, 1024]],
  'unet-b1': [[1, 1, 512, 128]],
  'unet-b8': [[8, 1, 512, 128]],
  'unet3x3-full': [[1, 1, 1025, 173]],
  'open-unmix-t2000': [[2000, 1, 2, 2049]],
};

function noise(shape) {
  const length = shape.reduce((a, b) => a * b);
  return new ort.Tensor('float32', Float32Array.from({ length }, () => Math.random()), shape);
}

async function medianMs(file, shapes, threads) {
  const session = await ort.InferenceSession.create(file, { intraOpNumThreads: threads, interOpNumThreads: 1, graphOptimizationLevel: 'all' });
  const feeds = Object.fromEntries(shapes.map((shape, i) => ['ab'[i], noise(shape)]));
  await session.run(feeds);
  await session.run(feeds);
  const times = [];
  const start = process.hrtime.bigint();
  while (times.length < 5 || (times.length < 41 && process.hrtime.bigint() - start < 3_000_000_000n)) {
    const began = process.hrtime.bigint();
    await session.run(feeds);
    times.push(Number(process.hrtime.bigint() - began) / 1e6);
  }
  await session.release();
  times.sort((a, b) => a - b);
  return times[times.length >> 1];
}

async function main() {
  const [threads, folder, ...names] = process.argv.slice(2);
  const result = {};
  for (const name of names.length ? names : Object.keys(SHAPES)) {
    const file = path.join(folder, name + '.onnx');
    if (SHAPES[name] && fs.existsSync(file)) {
      result[name] = await medianMs(file, SHAPES[name], Number(threads));
    }
  }
  console.log(JSON.stringify(result));
}

main();
