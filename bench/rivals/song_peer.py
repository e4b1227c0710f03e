"""A whole song through Open-Unmix in PyTorch, the way its public command works: everything at once, in memory.

usage: song_peer.py prepare MODEL.safetensors         writes the network's random weights as a model of Descant
       song_peer.py separate SONG OUTPUT THREADS      decodes with ffmpeg, writes OUTPUT/vocals.wav and accompaniment.wav
The weights follow from a seed, so both programs compute the same function.
"""
import json
import os
import struct
import subprocess
import sys
import wave

import numpy as np
import torch

import networks

RATE, FFT, HOP = 44100, 4096, 1024


def network():
    torch.manual_seed(1)
    return networks.OpenUnmix().eval()


def prepare(path):
    state = {k: v for k, v in network().state_dict().items() if not k.endswith("num_batches_tracked")}
    options = {
        "$type": "open-unmix", "target": "vocals", "residual": "accompaniment", "sampleRate": 44100, "channels": 2, "fftSize": 4096, "hopLength": 1024,
        "bandwidthHz": 16000, "hidden": 512, "architecture": "Lstm", "layers": 3, "segmentFrames": 2000, "weights": "PyTorch", "loss": "Mse",
    }
    header, blobs, offset = {"__metadata__": {"descant.network": "umx", "descant.options": json.dumps(options)}}, [], 0
    for name, tensor in state.items():
        blob = tensor.numpy().astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [offset, offset + len(blob)]}
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


@torch.inference_mode()
def separate(song, output):
    raw = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", song, "-f", "f32le", "-ar", str(RATE), "-ac", "2", "pipe:1"], check=True, capture_output=True).stdout
    mixture = torch.from_numpy(np.frombuffer(raw, "<f4").reshape(-1, 2).T.copy())
    window = torch.hann_window(FFT)
    spectrum = torch.stft(mixture, FFT, HOP, window=window, return_complex=True)           # [2, bins, frames]
    magnitudes = spectrum.abs().permute(2, 0, 1)[:, None]                                   # [frames, 1, 2, bins]
    target = network()(magnitudes)[:, 0].permute(1, 2, 0)
    vocals = torch.istft(target * torch.exp(1j * spectrum.angle()), FFT, HOP, window=window, length=mixture.shape[1])
    os.makedirs(output, exist_ok=True)
    for name, stem in (("vocals", vocals), ("accompaniment", mixture - vocals)):
        with wave.open(f"{output}/{name}.wav", "wb") as f:
            f.setnchannels(2)
            f.setsampwidth(2)
            f.setframerate(RATE)
            f.writeframes((stem.T * 32768).round().clamp(-32768, 32767).to(torch.int16).numpy().tobytes())


if sys.argv[1] == "prepare":
    prepare(sys.argv[2])
else:
    torch.set_num_threads(int(sys.argv[4]))
    separate(sys.argv[2], sys.argv[3])
