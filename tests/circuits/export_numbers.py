"""Which numbers of an exported text are not as engineers write them, and which kinds of them may be so."""

import re

_NUMBER = re.compile(r"(?<![\w.])-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?=([a-zA-Z]*))")
_DIGITS = 12  # with which ngspice computes what was measured to within a millionth, and the checks compare numbers
_REASONS = {  # what may stand there, and why
    r'^(?:C .* value=")?\.?model .*\n(?:(?:\+|  ).*\n)*': "a card is the process's own text, and exact",
    r"\b\d{1,3}(?:\.\d{1,11})?e-(?:19|[23]\d)\b": "no prefix is so small: Boltzmann's constant, squares of noise",
    r"\b1e6\*": "parts per million are a ratio",
    r"\b(?:reltol|trtol)=1e-?\d": "tolerances that are ratios",
    r"\b(?:tc|TC)[12]=-?0\.0\d+": "a temperature coefficient is written as its card has it",
    r"\bdesign \d{6}\b": "the number of a design",
}
_PLAIN = {
    ".json": 6,
    ".lym": 6,
    ".s2p": 12,
    ".ts": 12,
}  # JSON's and Touchstone's numbers have no suffixes: their digits


def unusual(suffix: str, text: str) -> list[str]:
    """The numbers of a text whose file ends so that have an exponent, or more digits than anybody can use."""
    if suffix not in _PLAIN:
        for pattern in _REASONS:
            text = re.sub(pattern, "", text, flags=re.MULTILINE)
    limit = _PLAIN.get(suffix, _DIGITS)
    return [found[0] for found in _NUMBER.finditer(text) if _unusual(found, limit, suffix in _PLAIN)]


def _unusual(found: re.Match[str], limit: int, plain: bool) -> bool:
    mantissa, _, exponent = found[0].lower().partition("e")
    whole, _, rest = mantissa.lstrip("-").partition(".")
    if len((whole + rest).strip("0")) > limit:
        return True
    zeros = len(whole) > 5 or (not whole.strip("0") and rest.startswith("000") and bool(rest.strip("0")))
    return not plain and bool(exponent or zeros)
