"""Everything that needs torch: networks, their training, and their export to ONNX."""
