"""Padmé: sealed sizes that tell a host little (Nikitin et al., PoPETs 2019)."""

from __future__ import annotations

SMALLEST = 512


def padded_size(size: int) -> int:
    """The smallest Padmé size that holds `size` bytes, at least 512; at most 12% more."""
    if size <= SMALLEST:
        return SMALLEST
    exponent = size.bit_length() - 1
    low = exponent - exponent.bit_length()
    mask = (1 << low) - 1
    return (size + mask) & ~mask


def pad(data: bytes, fill: bytes) -> bytes:
    """`data` and as many bytes `fill` as its padded size asks for."""
    return data + fill * (padded_size(len(data)) - len(data))
