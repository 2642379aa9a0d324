"""Structs that are made by position, safely: names cost more than all else that is done for one of very many objects."""

from typing import TypeVar

import msgspec

Made = TypeVar("Made", bound=msgspec.Struct)


def by_position(struct: type[Made], *names: str) -> type[Made]:
    """The struct itself, to be called with values for these fields in this order.

    Raises TypeError where they are not all its fields, in its order: whoever adds one must also say what is filled in.
    """
    if struct.__struct_fields__ != names:
        wanted = ", ".join(struct.__struct_fields__)
        raise TypeError(f"{struct.__name__} is filled by position; its fields are {wanted}.")
    return struct
