"""Cut token lists into windows and pack windows of similar length into batches: pure Python, no torch.

Which tokens are scored, and with how much context, is what two perplexities of one model on one text
differ by; so it is decided here, in the open, and recorded in the signature.
"""

from collections.abc import Iterator, Sequence

import msgspec

from metrics.errors import MetricError


class Window(msgspec.Struct, frozen=True):
    """One forward pass of one text.

    Args:
        row: the text it belongs to.
        ids: token ids, at most the window's size.
        scored: for each position after the first, whether the model's prediction *of* it counts;
            ``scored[0]`` is always False, since nothing predicts the first token.
    """

    row: int
    ids: tuple[int, ...]
    scored: tuple[bool, ...]


def windows(
    row: int, ids: Sequence[int], scored: Sequence[bool], window: int, stride: int
) -> Iterator[Window]:
    """Windows of at most ``window`` tokens, ``stride`` apart; each token is scored once, in the first that reaches it.

    With ``stride < window`` later windows carry ``window - stride`` tokens of context that are not scored
    again. With ``stride == window`` nothing precedes the first token of a window, and it stays unscored.

    Raises:
        MetricError: ``unknown-option`` for a window below 2 or a stride outside 1..window.
    """
    if window < 2 or not 1 <= stride <= window:
        raise MetricError(
            "unknown-option", f"window={window}, stride={stride}", "window >= 2, 1 <= stride <= window"
        )
    reached = 0
    begin = 0
    while reached < len(ids):
        end = min(begin + window, len(ids))
        mask = tuple(
            position > begin and position >= reached and scored[position] for position in range(begin, end)
        )
        if any(mask):
            yield Window(row, tuple(ids[begin:end]), mask)
        reached = end
        begin += stride


def batches(pieces: Sequence[Window], batch_tokens: int) -> Iterator[list[Window]]:
    """Windows sorted by length, longest first, in batches of at most ``batch_tokens`` padded tokens.

    Longest first: if memory does not suffice, it fails at once and not after an hour; and in a sorted
    batch next to nothing is padding.
    """
    batch: list[Window] = []
    for piece in sorted(pieces, key=lambda piece: len(piece.ids), reverse=True):
        if batch and len(batch[0].ids) * (len(batch) + 1) > batch_tokens:
            yield batch
            batch = []
        batch.append(piece)
    if batch:
        yield batch
