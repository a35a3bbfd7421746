"""Loss curves: training as a line, validation as rings, a gap where a loss was not finite."""

from collections.abc import Sequence

from tui.widgets.chart import Chart, Curve, Picture, Points


class Curves(Chart):
    """Some lines and rings over steps."""

    def draw(
        self, lines: Sequence[Points], rings: Sequence[Points], last_step: int, labels: Sequence[str] = ()
    ) -> None:
        """Draw ``lines`` and ``rings``; the steps run to ``last_step``."""
        room = 2 * max(self.size.width, 1)
        named = (*labels, *[""] * len(lines))
        curves = [
            Curve(tuple(thinned(points, room)), name) for points, name in zip(lines, named, strict=False)
        ]
        curves += [Curve(tuple(points), rings=True) for points in rings]
        self.show(Picture(tuple(curves), x_range=(0.0, float(max(last_step, 1)))))


def thinned(points: Points, most: int) -> list[tuple[float, float]]:
    """At most ``most`` points: means of equal groups, NaN where a group holds one that is not finite."""
    if len(points) <= most:
        return list(points)
    size = -(-len(points) // most)
    groups = [points[at : at + size] for at in range(0, len(points), size)]
    return [
        (sum(step for step, _ in group) / len(group), sum(value for _, value in group) / len(group))
        for group in groups
    ]
