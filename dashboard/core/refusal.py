"""What somebody typed and why it cannot be meant, in words that can be said in another language."""


class Refusal(ValueError):
    """An English sentence with names in braces, and what stands for them: the sentence is a key of the catalogues."""

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(sentence.format(**values))
        self.sentence = sentence
        self.values = values


def say(sentence: str) -> str:
    """Marks a sentence for the catalogues; it is translated where it is shown."""
    return sentence
