"""Writes the inference workloads as ONNX files for onnx_peer.js. usage: export_onnx.py FOLDER"""
import os
import sys

import torch
from torch import nn

from networks import OpenUnmix, PlainUNet, UNet


class Product(nn.Module):
    def forward(self, a, b):
        return a @ b


folder = sys.argv[1]
torch.manual_seed(0)
for name, network, inputs in (
        ("unet-b1", UNet(), (torch.rand(1, 1, 512, 128),)),
        ("unet-b8", UNet(), (torch.rand(8, 1, 512, 128),)),
        ("unet3x3-full", PlainUNet(), (torch.rand(1, 1, 1025, 173),)),
        ("open-unmix-t2000", OpenUnmix(), (torch.rand(2000, 1, 2, 2049),)),
        ("sgemm-1024", Product(), (torch.rand(1024, 1024), torch.rand(1024, 1024)))):
    names = ["a", "b"][:len(inputs)]
    torch.onnx.export(network.eval(), inputs, os.path.join(folder, name + ".onnx"), opset_version=13, input_names=names, output_names=["y"])
