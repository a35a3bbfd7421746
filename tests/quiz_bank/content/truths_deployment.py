"""Caches counted from the shapes that transformers' own cache takes, memory counted copy by copy."""

from types import SimpleNamespace as V

import torch
from transformers import DynamicCache


def cache_kib(v: V) -> float:
    """Bytes of one token in transformers' cache, filled layer by layer in bf16."""
    cache = DynamicCache()
    with torch.device("meta"):
        one = torch.zeros(1, v.kv_heads, 1, v.head_dim, dtype=torch.bfloat16)
        for layer in range(v.layers):
            cache.update(one, one, layer)
    return sum(t.nbytes for layer in cache.layers for t in (layer.keys, layer.values)) / 1024


def requests_that_fit(v: V) -> float:
    left, count = v.free * 1024**2, 0
    while left >= v.kib * v.length:
        left -= v.kib * v.length
        count += 1
    return count


def saved_gb(v: V) -> float:
    with torch.device("meta"):
        base = torch.empty(v.total, dtype=torch.bfloat16).nbytes
    merged = sum(base for _ in range(v.n))
    shared = base + sum(v.mb * 10**6 for _ in range(v.n))
    return (merged - shared) / 10**9


TRUTHS = {
    "deploy.kv-per-token": cache_kib,
    "deploy.kv-concurrency": requests_that_fit,
    "deploy.adapter-params-served": saved_gb,
}
