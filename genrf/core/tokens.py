"""The tokens of an expression, taken one after the other: what every reader of a small language does alike."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from genrf.core.errors import ConfigError


class TokenReader(ABC):
    """A place in a row of tokens; behind the last one there are only empty ones."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self.tokens = tokens
        self.at, self.depth = 0, 0

    def peek(self) -> str:
        """The next token, which stays."""
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        """The next token."""
        token = self.peek()
        self.at += 1
        return token

    def expect(self, token: str) -> None:
        """Take `token`. Raises what `wrong` makes when it is not the next one."""
        if self.take() != token:
            raise self.wrong()

    @abstractmethod
    def wrong(self) -> ConfigError:
        """What to say when the text cannot be read here."""
