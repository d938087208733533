"""The tokens of an expression, taken one after the other: what every reader of a small language does alike."""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Generic, TypeVar

from genrf.core.errors import ConfigError

_DEEPEST = 50
N = TypeVar("N")  # what a part of an expression becomes


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


class ArithmeticReader(TokenReader, Generic[N]):
    """Sums, products, signs and powers over atoms that a language says itself; `owner` begins its messages."""

    def __init__(self, owner: str, text: str, token: re.Pattern[str]) -> None:
        self.owner, self.text = owner, text
        super().__init__(self._split(text.rstrip(), token))

    def wrong(self) -> ConfigError:
        where = repr(self.tokens[self.at - 1]) if 0 < self.at <= len(self.tokens) else "its end"
        return ConfigError(f"{self.owner}: cannot read {self.text!r} at {where}")

    def _split(self, text: str, token: re.Pattern[str]) -> list[str]:
        tokens, at = list[str](), 0
        while at < len(text):
            match = token.match(text, at)
            if match is None:
                raise ConfigError(f"{self.owner}: cannot read {text[at : at + 16]!r} in {text!r}")
            tokens.append(match[0].strip())
            at = match.end()
        return tokens

    @abstractmethod
    def atom(self) -> N:
        """What stands between two signs."""

    @abstractmethod
    def joined(self, sign: str, left: N, right: N) -> N:
        """Two parts with one of `+ - * / ^` between them."""

    @abstractmethod
    def negative(self, inner: N) -> N:
        """A part with a minus before it."""

    def sum(self) -> N:
        """A whole expression. Raises ConfigError where brackets lie too deep in each other."""
        self._deeper("brackets")
        left = self.product()
        while self.peek() in ("+", "-"):
            left = self.joined(self.take(), left, self.product())
        self.depth -= 1
        return left

    def product(self) -> N:
        """Parts with `*` or `/` between them."""
        left = self.signed()
        while self.peek() in ("*", "/"):
            left = self.joined(self.take(), left, self.signed())
        return left

    def signed(self) -> N:
        """A power, behind any number of signs."""
        signs = 0
        while self.peek() in ("-", "+"):
            signs += self.take() == "-"
        inner = self.power()
        return self.negative(inner) if signs % 2 else inner

    def power(self) -> N:
        """An atom, or one to the power of another; `2^2^3` is `2^(2^3)`."""
        base = self.atom()
        if self.peek() != "^":
            return base
        self.take()
        self._deeper("powers")
        raised = self.joined("^", base, self.signed())
        self.depth -= 1
        return raised

    def _deeper(self, what: str) -> None:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise ConfigError(f"{self.owner}: {what} lie more than {_DEEPEST} deep in each other")
