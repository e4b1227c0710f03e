// Where the lanes are rendered: on the audio thread, or, in browsers and insecure contexts (plain http on a network)
// that have no audio worklets, by the same code on the page's own thread.

import { Lanes, QUANTUM } from "./lanes";
import { PROCESSOR, type ProcessorOptions, type Status, type ToProcessor } from "./messages";
import workletUrl from "./worklet.ts?worker&url";

export interface Output {
  send(message: ToProcessor, transfer?: Transferable[]): void;
}

const SCRIPT_SAMPLES = 2048;

export async function openOutput(context: AudioContext, options: ProcessorOptions, onStatus: (status: Status) => void): Promise<Output> {
  return "audioWorklet" in context ? openWorklet(context, options, onStatus) : openScript(context, options, onStatus);
}

async function openWorklet(context: AudioContext, options: ProcessorOptions, onStatus: (status: Status) => void): Promise<Output> {
  await context.audioWorklet.addModule(workletUrl);
  const node = new AudioWorkletNode(context, PROCESSOR, {
    numberOfInputs: 0,
    numberOfOutputs: 1,
    outputChannelCount: [2],
    processorOptions: options,
  });
  node.port.onmessage = (event: MessageEvent<Status>) => onStatus(event.data);
  node.connect(context.destination);
  return { send: (message, transfer = []) => node.port.postMessage(message, transfer) };
}

function openScript(context: AudioContext, options: ProcessorOptions, onStatus: (status: Status) => void): Output {
  const lanes = new Lanes(options, onStatus);
  const node = context.createScriptProcessor(SCRIPT_SAMPLES, 0, 2);
  const quantum = [[new Float32Array(QUANTUM), new Float32Array(QUANTUM)]];
  node.onaudioprocess = (event) => {
    for (let at = 0; at < SCRIPT_SAMPLES; at += QUANTUM) {
      quantum[0].forEach((channel) => channel.fill(0));
      lanes.process(quantum, event.playbackTime + (at + QUANTUM) / context.sampleRate);
      quantum[0].forEach((channel, c) => event.outputBuffer.getChannelData(c).set(channel, at));
    }
  };
  node.connect(context.destination);
  return { send: (message) => lanes.receive(message) };
}
