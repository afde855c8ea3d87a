"""R's results, remembering which of them were looked at."""


class Watched(dict):
    """A nested dict whose read leaves (numbers, and lists of them) are noted in ``seen``."""

    def __init__(self, held, path="", seen=None):
        super().__init__(held)
        self.path, self.seen = path, set() if seen is None else seen

    def __getitem__(self, key):
        value, path = super().__getitem__(key), f"{self.path}/{key}"
        if isinstance(value, dict):
            return Watched(value, path, self.seen)
        self.seen.add(path)
        return value

    def items(self):
        return [(key, self[key]) for key in self]


def leaves(held, path=""):
    """The paths of all numbers, and of lists that hold numbers."""
    for key, value in held.items():
        here = f"{path}/{key}"
        if isinstance(value, dict):
            yield from leaves(value, here)
        elif _numeric(value):
            yield here


def _numeric(value):
    if isinstance(value, list):
        return any(_numeric(one) for one in value)
    return isinstance(value, int | float)


def unread(read, results, excused):
    """Numbers that ``read`` neither compared nor are excused by the start of their path."""
    watched = Watched(results)
    list(read(watched))
    left = [path for path in leaves(results) if path not in watched.seen]
    return [path for path in left if not any(path.startswith(start) for start in excused)]
