"""Lists in one text of the command line: apart at commas, but not at those inside of brackets or quotes."""

_OPENED = {"[": "]", "{": "}", "(": ")"}
_BEFORE_QUOTE = "=,:[{("


def split(text: str, at: str = ",") -> list[str]:
    """Take a text apart at each `at` that stands outside of brackets and quotes; the parts have no space around them.

    A quote opens where a value can begin, as in YAML: not in ``it's``. What is never closed reaches to the end.
    """
    parts, start = [], 0
    closers: list[str] = []
    quote, before = "", at
    index = 0
    while index < len(text):
        character = text[index]
        if quote:
            if character == "\\" and quote == '"':
                index += 1
            elif character == quote:
                quote = ""
        elif character in "\"'" and before in (at, *_BEFORE_QUOTE):
            quote = character
        elif character in _OPENED:
            closers.append(_OPENED[character])
        elif closers and character == closers[-1]:
            closers.pop()
        elif character == at and not closers:
            parts.append(text[start:index].strip())
            start = index + 1
        if not character.isspace():
            before = character
        index += 1
    return [*parts, text[start:].strip()]
