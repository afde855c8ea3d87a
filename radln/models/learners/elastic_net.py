"""Logistic regression with the elastic net's penalty: between the lasso's and the ridge's."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass as options

from radln.models.learners.lasso import Sparse
from radln.models.options import OPTIONS

Share = Annotated[float, Field(gt=0, le=1)]


@options(frozen=True, config=OPTIONS)
class ElasticNetLearner(Sparse):
    """The elastic net; ``l1`` are the lasso's shares of the penalty that are tried (1 = lasso)."""

    name: ClassVar[str] = "elastic_net"
    label: ClassVar[str] = "elastic net"
    sentence: ClassVar[str] = "Elastic-net-penalised logistic regression"

    l1: tuple[Share, ...] = Field(default=(0.25, 0.5, 0.75), min_length=1)
    rule: Literal["min", "1se"] = "min"

    @property
    def shares(self) -> tuple[float, ...]:
        return self.l1


LEARNER = ElasticNetLearner
