"""Recall by meaning, without Django: what of a memory is read, how it becomes numbers, how ranked lists are fused.

`numpy`, `onnxruntime`, `tokenizers` and the model are the optional extra `meaning`; nothing here imports them before
encoder.load() does.
"""
