"""What a screen is put together with: a notice over a page keeps every wide character.

Textual cuts the lines of the widget in front at the edges of those it covers as well, and a Chinese character that
lies across such an edge becomes two blanks.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import cast

from textual._compositor import Compositor
from textual.geometry import Region
from textual.strip import Strip


class WholeCharacters(Compositor):
    """Cuts a line only at edges that can be seen."""

    @property
    def cuts(self) -> list[list[int]]:
        """For every line, where a widget begins or ends that no widget in front of it covers there."""
        if self._cuts is None:
            width, height = self.size
            lines: list[set[int]] = [{0, width} for _ in range(height)]
            covered: list[list[tuple[int, int]]] = [[] for _ in range(height)]
            for region, clip in self.visible_widgets.values():  # front to back
                x, y, shown_width, shown_height = region.intersection(clip)
                begin, end = x, x + shown_width
                for line, before in zip(
                    lines[y : y + shown_height], covered[y : y + shown_height], strict=True
                ):
                    line.update(edge for edge in (begin, end) if not any(a < edge < b for a, b in before))
                    before.append((begin, end))
            self._cuts = [sorted(line) for line in lines]
        return self._cuts

    def _render_chops(
        self, crop: Region, is_rendered_line: Callable[[int], bool]
    ) -> Sequence[Mapping[int, Strip]]:
        """The lines in pieces, each from the front most widget there; pieces that begin at no cut are covered."""
        chops: list[dict[int, Strip | None]] = [dict.fromkeys(line[:-1]) for line in self.cuts]
        for region, clip, strips in self._get_renders(crop):
            shown = region.intersection(clip)
            begin, end = shown.column_span
            for y, strip in zip(shown.line_range, strips, strict=False):
                if not is_rendered_line(y):
                    continue
                edges = [cut for cut in self.cuts[y] if begin < cut <= end]
                pieces = strip.divide([cut - begin for cut in edges])
                for start, piece in zip((begin, *edges), pieces, strict=False):
                    if start in chops[y] and chops[y][start] is None:
                        chops[y][start] = piece
        # Where the whole is drawn, the screen itself stands behind all and leaves no piece empty.
        return cast("Sequence[Mapping[int, Strip]]", chops)
