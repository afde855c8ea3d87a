"""Every error that radln raises on purpose.

::

    RadlnError
    ├── InputError (ValueError)        something the caller gave is not usable
    │   ├── ShapeError                 lengths or dimensions do not fit together
    │   ├── SingleClassError           one class only where two are needed
    │   ├── UnpairedCasesError         a paired comparison without the same cases
    │   ├── EmptyMaskError             a mask without a single voxel
    │   ├── GeometryMismatchError      image and mask do not share a grid
    │   ├── UnreadableFileError        a file that cannot be decoded
    │   ├── UnwritableFileError        a file or folder that cannot be written
    │   └── SettingsError              study.yaml holds something unknown or impossible
    ├── LeakageError                   information would pass from test to training
    ├── ConvergenceError               a fit did not reach its optimum
    ├── ForeignOutputError             the output folder belongs to another study
    ├── TooManyFailuresError           too many cases failed to go on
    └── MissingDependencyError (ImportError)  an optional package is not installed

A message names the argument, the rule, the value received and the remedy. ``code`` is a short,
stable name that tables of failed cases carry; of a file that cannot be used, it may say more
precisely why (``sheared_grid``, ``too_large``).
"""

from __future__ import annotations

import re

SCALAR = re.compile(
    r"\bnp\.(?:u?int\d+|float\d+|longdouble|bool_?|str_)\(('[^']*'|\"[^\"]*\"|[^()'\"]*)\)"
)


def plain(message: str) -> str:
    """A message in which values are written as users write them: 0, not numpy's np.int64(0).

    Examples
    --------
    >>> plain("got np.int64(0), [np.str_('a'), np.float64(nan)]; use np.log(x)")
    "got 0, ['a', nan]; use np.log(x)"
    """
    return SCALAR.sub(r"\1", message)


class RadlnError(Exception):
    """The root of every error that radln raises on purpose."""

    code = "error"

    def __init__(self, *args: object) -> None:
        super().__init__(*(plain(arg) if isinstance(arg, str) else arg for arg in args))


class InputError(RadlnError, ValueError):
    """An argument or a file is not usable as it is."""

    code = "input"

    def __init__(self, message: str = "", *, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class ShapeError(InputError):
    """Lengths or dimensions do not fit together."""

    code = "shape"


class SingleClassError(InputError):
    """Only one class is present where two are needed."""

    code = "single_class"


class UnpairedCasesError(InputError):
    """A paired comparison was asked for, but the cases differ."""

    code = "unpaired_cases"


class EmptyMaskError(InputError):
    """A mask (or the asked-for label of it) has no voxel."""

    code = "empty_mask"


class GeometryMismatchError(InputError):
    """Image and mask do not lie on the same grid."""

    code = "geometry_mismatch"


class UnwritableFileError(InputError):
    """A file or a folder cannot be written."""

    code = "unwritable_file"


class UnreadableFileError(InputError):
    """A file is missing, truncated or of an unknown format."""

    code = "unreadable_file"


class SettingsError(InputError):
    """The study file holds an unknown key or an impossible value."""

    code = "settings"


class LeakageError(RadlnError):
    """Information about the test cases would reach the training."""

    code = "leakage"


class ConvergenceError(RadlnError):
    """A fit did not reach its optimum."""

    code = "convergence"


class ForeignOutputError(RadlnError):
    """The output folder holds the results of another study."""

    code = "foreign_output"


class TooManyFailuresError(RadlnError):
    """Too many cases failed for the results to mean anything."""

    code = "too_many_failures"


class MissingDependencyError(RadlnError, ImportError):
    """An optional package is needed and not installed."""

    code = "missing_dependency"


class RadlnWarning(UserWarning):
    """The root of every warning that radln gives on purpose."""
