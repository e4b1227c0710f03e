import { Lanes, QUANTUM } from "./lanes";
import { PROCESSOR, type ProcessorOptions, type ToProcessor } from "./messages";

declare const currentTime: number;
declare const sampleRate: number;
declare abstract class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, type: new (options: { processorOptions: ProcessorOptions }) => AudioWorkletProcessor): void;

class LanesProcessor extends AudioWorkletProcessor {
  private readonly lanes: Lanes;

  constructor(options: { processorOptions: ProcessorOptions }) {
    super();
    this.lanes = new Lanes(options.processorOptions, (status) => this.port.postMessage(status));
    this.port.onmessage = (event: MessageEvent<ToProcessor>) => this.lanes.receive(event.data);
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    this.lanes.process(outputs, currentTime + QUANTUM / sampleRate);
    return true;
  }
}

registerProcessor(PROCESSOR, LanesProcessor);
