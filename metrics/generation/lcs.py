"""Longest common subsequence by bit-parallelism (Hyyrö, 2004): a row of the table is one Python integer.

Bit i of the state after j tokens of the hypothesis is 0 where the table's value grows between i and i+1
tokens of the reference. One addition on integers of len(reference) bits replaces a row of comparisons.
"""

from collections.abc import Sequence


def _masks(reference: Sequence[str]) -> dict[str, int]:
    masks: dict[str, int] = {}
    bit = 1
    for token in reference:
        masks[token] = masks.get(token, 0) | bit
        bit <<= 1
    return masks


def lcs_length(reference: Sequence[str], hypothesis: Sequence[str]) -> int:
    """Length of the longest common subsequence; O(len(hypothesis) * len(reference) / word size)."""
    masks = _masks(reference)
    full = (1 << len(reference)) - 1
    state = full
    for token in hypothesis:
        mask = masks.get(token)
        if mask is not None:
            matched = state & mask
            state = ((state + matched) | (state - matched)) & full
    return len(reference) - state.bit_count()


def lcs_positions(reference: Sequence[str], hypothesis: Sequence[str]) -> list[int]:
    """Positions in ``reference`` of the LCS that rouge_score's backtracking picks, ascending.

    Ties decide which subsequence that is, and rougeLsum's unions depend on it: on equal tokens go
    diagonally; else towards the shorter hypothesis exactly where the table grew along the reference.
    """
    masks = _masks(reference)
    full = (1 << len(reference)) - 1
    states = [full]
    for token in hypothesis:
        state = states[-1]
        mask = masks.get(token)
        if mask is not None:
            matched = state & mask
            state = ((state + matched) | (state - matched)) & full
        states.append(state)
    i, j = len(reference), len(hypothesis)
    positions = []
    while i > 0 and j > 0:
        if reference[i - 1] == hypothesis[j - 1]:
            i -= 1
            j -= 1
            positions.append(i)
        elif states[j] >> (i - 1) & 1:
            i -= 1
        else:
            j -= 1
    positions.reverse()
    return positions
