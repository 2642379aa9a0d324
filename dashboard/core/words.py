"""Words of the core: sentences that are said in English here and translated where they are shown."""


def gettext_noop(text: str) -> str:
    """The text itself; its name tells `make words` that it is to be translated. The core knows no Django."""
    return text
