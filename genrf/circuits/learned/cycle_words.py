"""The grammar as a network speaks it: words by number, and which of them the rules can still complete."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Bool, Int

from genrf.circuits.generate.grammar import Sentence, sentences, words


@dataclass(frozen=True)
class Rules:
    """The sentences as a tree: `children[k]` (nodes words) leads from a prefix of k words on, -1 where none does."""

    children: tuple[Int[np.ndarray, "n w"], ...]

    @classmethod
    def of(cls, numbers: Int[np.ndarray, "s p"], sizes: tuple[int, ...]) -> "Rules":
        """The tree of sentences whose words are `numbers`, of `sizes` words at each place."""
        node, children = np.zeros(len(numbers), int), list[Int[np.ndarray, "n w"]]()
        for place, size in enumerate(sizes):
            found, onward = np.unique(node * size + numbers[:, place], return_inverse=True)
            table = np.full((node.max() + 1, size), -1)
            table.flat[found] = np.arange(len(found))
            children.append(table)
            node = onward
        return cls(tuple(children))

    def allowed(self, place: int, nodes: Int[np.ndarray, "b"]) -> Bool[np.ndarray, "b w"]:
        """Which words at `place` some sentence goes on with."""
        return np.asarray(self.children[place][nodes] >= 0)

    def onward(self, place: int, nodes: Int[np.ndarray, "b"], chosen: Int[np.ndarray, "b"]) -> Int[np.ndarray, "b"]:
        """The prefixes after the words `chosen` at `place`; -1 where the rules allow none."""
        return np.asarray(self.children[place][nodes, chosen])


def sizes() -> tuple[int, ...]:
    """How many words each place has."""
    return tuple(map(len, words().values()))


def numbers(s: Sentence) -> list[int]:
    """The words of a sentence by number."""
    return [known.index(word) for known, word in zip(words().values(), s, strict=True)]


def sentence(chosen: Int[np.ndarray, "p"]) -> Sentence:
    """The sentence of words by number, whether the rules allow it or not."""
    return Sentence(*(known[number] for known, number in zip(words().values(), chosen, strict=True)))


@lru_cache
def rules() -> Rules:
    """The grammar's own."""
    return Rules.of(np.array([numbers(s) for s in sentences()]), sizes())
