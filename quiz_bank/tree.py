"""A decision tree as data: nodes that ask, answers that lead on, verdicts with their costs."""

import msgspec

from quiz_bank.questions import Key, Phrase
from quiz_bank.text import Text


class Branch(Phrase, frozen=True, kw_only=True):
    """One answer to a node's question; ``to`` is a node or a verdict."""

    to: Key
    why: Text


class Node(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A question, and why it is asked here."""

    id: Key
    question: Text
    why: Text
    branches: tuple[Branch, ...] = msgspec.field(name="branch")


class Verdict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where a walk ends: what to do, what it costs, how to tell that it worked."""

    id: Key
    title: Text
    advice: Text
    costs: Text
    check: Text
    """What to measure before trusting it."""
    source: str = ""


class DecisionTree(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The whole tree; the walk starts at ``start``."""

    id: Key
    title: Text
    intro: Text
    start: Key
    nodes: tuple[Node, ...] = msgspec.field(name="node")
    verdicts: tuple[Verdict, ...] = msgspec.field(name="verdict")

    def node(self, node_id: str) -> Node | Verdict:
        """The node or verdict called ``node_id``.

        Raises:
            KeyError: there is none; ``tree_faults`` finds such trees before a learner does.
        """
        parts: dict[str, Node | Verdict] = {node.id: node for node in self.nodes}
        parts.update({verdict.id: verdict for verdict in self.verdicts})
        return parts[node_id]


def tree_faults(tree: DecisionTree) -> list[str]:
    """What is wrong with the tree's shape: dead ends, cycles, parts that no walk reaches, ids used twice."""
    ids = [node.id for node in tree.nodes] + [verdict.id for verdict in tree.verdicts]
    faults = [f"id {name!r} is used twice" for name in sorted({i for i in ids if ids.count(i) > 1})]
    edges = {node.id: [branch.to for branch in node.branches] for node in tree.nodes}
    faults += [
        f"node {at!r} leads to {to!r}, which is not there"
        for at in edges
        for to in edges[at]
        if to not in ids
    ]
    if tree.start not in edges:
        return [*faults, f"start {tree.start!r} is not a node"]
    reached: set[str] = set()
    on_path: set[str] = set()

    def walk(at: str) -> None:
        if at in on_path:
            faults.append(f"a cycle goes through {at!r}")
            return
        if at in reached:
            return
        reached.add(at)
        on_path.add(at)
        for to in edges.get(at, ()):
            walk(to)
        on_path.discard(at)

    walk(tree.start)
    faults += [f"no walk reaches {name!r}" for name in ids if name not in reached]
    return faults
