"""Translation edit rate for one pair, by Tercom's search as sacreBLEU does it, on bit vectors.

sacreBLEU fills a table of Python tuples for every shift it tries. Distances alone come from Myers' bit
vectors (1999; global form by Hyyrö, 2003), and only the alignment of the current text needs a table. Up to
``EXACT_REFERENCE`` reference words sacreBLEU's beam covers its whole table, so both find the same numbers;
beyond it the beam may miss the true distance, and its own code decides.
"""

from collections.abc import Iterator, Sequence

from metrics.errors import require

EXACT_REFERENCE = 24
_MAX_SHIFT_SIZE = 10
_MAX_SHIFT_DISTANCE = 50
_MAX_CANDIDATES = 1000

State = tuple[int, int, int]


def edit_count(hyp: list[str], ref: list[str]) -> int:
    """Fewest insertions, deletions, substitutions and shifts found from ``hyp`` to ``ref``, in words."""
    if not ref or hyp == ref:
        return len(hyp) if not ref else 0
    if len(ref) > EXACT_REFERENCE:
        edits, _ = require("sacrebleu.metrics.lib_ter", "TER").translation_edit_rate(hyp, ref)
        return int(edits)
    distance = _Distance(ref)
    if not set(hyp) & set(ref):
        return max(len(hyp), len(ref))
    shifts = checked = 0
    words = hyp
    while True:
        gain, shifted, checked = _best_shift(words, ref, distance, checked)
        if checked >= _MAX_CANDIDATES or gain <= 0:
            break
        shifts += 1
        words = shifted
    return shifts + distance.of(words)


class _Distance:
    """Levenshtein distance of word lists to one reference, resumable after a common prefix."""

    def __init__(self, ref: Sequence[str]) -> None:
        self.start: State = ((1 << len(ref)) - 1, 0, len(ref))
        self._full = (1 << len(ref)) - 1
        self._last = 1 << (len(ref) - 1)
        self._masks: dict[str, int] = {}
        for i, word in enumerate(ref):
            self._masks[word] = self._masks.get(word, 0) | 1 << i
        self._known: dict[tuple[str, ...], int] = {}

    def states(self, words: Sequence[str]) -> list[State]:
        """The state before each word and after the last."""
        states = [self.start]
        for word in words:
            states.append(self.advance(states[-1], (word,)))
        return states

    def advance(self, state: State, words: Sequence[str]) -> State:
        """(positive differences, negative differences, distance) after ``words``."""
        positive, negative, score = state
        full, last, masks = self._full, self._last, self._masks
        for word in words:
            equal = masks.get(word, 0)
            diagonal = (((equal & positive) + positive) ^ positive) | equal | negative
            up = negative | (full & ~(diagonal | positive))
            down = diagonal & positive
            if up & last:
                score += 1
            elif down & last:
                score -= 1
            up = (up << 1) | 1
            positive = ((down << 1) | ~(diagonal | up)) & full
            negative = up & diagonal & full
        return positive, negative, score

    def of(self, words: Sequence[str], states: list[State] | None = None, shared: int = 0) -> int:
        """Distance of ``words``; ``states`` are those of a text with the same first ``shared`` words."""
        key = tuple(words)
        known = self._known.get(key)
        if known is None:
            start = states[shared] if states else self.start
            known = self._known[key] = self.advance(start, words[shared:])[2]
        return known


def _best_shift(
    words: list[str], ref: list[str], distance: _Distance, checked: int
) -> tuple[int, list[str], int]:
    """The shift that gains most, by Tercom's ranking; (gain, shifted words, candidates checked so far)."""
    before, align, hyp_wrong, ref_wrong = _alignment(words, ref)
    if not before:
        return 0, words, checked
    states = distance.states(words)
    best: tuple[tuple[int, int, int, int], list[str]] | None = None
    for start_h, start_r, length in _matching_runs(words, ref):
        if not any(hyp_wrong[start_h : start_h + length]) or not any(ref_wrong[start_r : start_r + length]):
            continue
        if start_h <= align[start_r] < start_h + length:
            continue
        previous = -1
        for offset in range(-1, length):
            position = start_r + offset
            if position == -1:
                target = 0
            elif position in align:
                target = align[position] + 1
            else:
                break
            if target == previous:
                continue
            previous = target
            shifted = _shifted(words, start_h, length, target)
            gain = before - distance.of(shifted, states, min(start_h, target))
            checked += 1
            rank = (gain, length, -start_h, -target)
            if best is None or rank > best[0]:
                best = rank, shifted
        if checked >= _MAX_CANDIDATES:
            break
    return (0, words, checked) if best is None else (best[0][0], best[1], checked)


def _shifted(words: list[str], start: int, length: int, target: int) -> list[str]:
    end = start + length
    if target < start:
        return words[:target] + words[start:end] + words[target:start] + words[end:]
    if target > end:
        return words[:start] + words[end:target] + words[start:end] + words[target:]
    return words[:start] + words[end : length + target] + words[start:end] + words[length + target :]


def _matching_runs(words: list[str], ref: list[str]) -> Iterator[tuple[int, int, int]]:
    """(start in hypothesis, start in reference, length) of equal runs, shorter before longer."""
    positions: dict[str, list[int]] = {}
    for j, word in enumerate(ref):
        positions.setdefault(word, []).append(j)
    for start_h, word in enumerate(words):
        for start_r in positions.get(word, ()):
            if abs(start_r - start_h) > _MAX_SHIFT_DISTANCE:
                continue
            limit = min(len(words) - start_h, len(ref) - start_r, _MAX_SHIFT_SIZE)
            length = 0
            while length < limit and words[start_h + length] == ref[start_r + length]:
                length += 1
                yield start_h, start_r, length


def _alignment(words: list[str], ref: list[str]) -> tuple[int, dict[int, int], list[int], list[int]]:
    """Distance, hypothesis position of each reference position, and which words of either are wrong."""
    table = [list(range(len(ref) + 1))]
    for i, word in enumerate(words, 1):
        above = table[-1]
        row = [i]
        left = i
        for j, other in enumerate(ref):
            cost = above[j] if word == other else above[j] + 1
            if above[j + 1] < cost:
                cost = min(cost, above[j + 1] + 1)
            left = cost if cost <= left else left + 1
            row.append(left)
        table.append(row)
    i, j = len(words), len(ref)
    steps: list[tuple[int, int]] = []
    while i > 0 or j > 0:
        # Tercom prefers keeping or replacing, then dropping a hypothesis word, then adding one.
        here = table[i][j]
        if i > 0 and j > 0 and here == table[i - 1][j - 1] + (words[i - 1] != ref[j - 1]):
            i, j = i - 1, j - 1
            steps.append((1, 1))
        elif i > 0 and (j == 0 or here == table[i - 1][j] + 1):
            i -= 1
            steps.append((1, 0))
        else:
            j -= 1
            steps.append((0, 1))
    align: dict[int, int] = {}
    hyp_wrong: list[int] = []
    ref_wrong: list[int] = []
    at_h = at_r = -1
    for step_h, step_r in reversed(steps):
        at_h, at_r = at_h + step_h, at_r + step_r
        wrong = int(not (step_h and step_r and words[at_h] == ref[at_r]))
        if step_r:
            align[at_r] = at_h
            ref_wrong.append(wrong)
        if step_h:
            hyp_wrong.append(wrong)
    return table[-1][-1], align, hyp_wrong, ref_wrong
