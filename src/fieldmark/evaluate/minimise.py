"""Minimising a smooth function of a few numbers, and how sharply it is determined there."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["minimum", "spread"]

_Objective = Callable[[NDArray[np.float64]], float]
_Terms = Callable[[NDArray[np.float64]], NDArray[np.float64]]

_STEP: Final = 0.25
_ENOUGH: Final = 1e-7
_MAX_ROUNDS: Final = 600
_STRIDE: Final = 0.05


def minimum(objective: _Objective, start: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the point near ``start`` where the objective is least.

    Source: Nelder & Mead 1965, "A simplex method for function minimization", with the usual
        coefficients: reflect 1, expand 2, contract ½, shrink ½.
    """
    corners = [start, *(start + _STEP * axis for axis in np.eye(start.size))]
    simplex = [(objective(corner), corner) for corner in corners]
    for _ in range(_MAX_ROUNDS):
        simplex.sort(key=lambda pair: pair[0])
        if simplex[-1][0] - simplex[0][0] < _ENOUGH:
            break
        better = _moved(objective, simplex)
        simplex = _shrunk(objective, simplex) if better is None else [*simplex[:-1], better]
    return min(simplex, key=lambda pair: pair[0])[1]


def spread(terms: _Terms, at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the standard deviation of each number where ``Σ terms + ½ |point|²`` is least.

    Infinite where the sum does not curve upwards.

    Args:
        terms: returns ``[n]``, the loss of each observation at a point.
        at: the least point.
    Source: the sandwich H⁻¹ J H⁻¹ of Huber 1967 and White 1982, J the summed squares of the terms'
        slopes: unlike H⁻¹ alone it does not take a few outliers for many witnesses. The quadratic
        is a standard normal prior and adds 1 to the diagonal of both. Slopes and curvature by
        central differences.
    """
    axes = _STRIDE * np.eye(at.size)
    slopes = np.array([(terms(at + axis) - terms(at - axis)) / (2.0 * _STRIDE) for axis in axes])
    hessian = np.array([[_curvature(terms, at, p, q) for q in axes] for p in axes])
    hessian += np.eye(at.size)
    if np.linalg.eigvalsh(hessian).min() <= 0.0:
        return np.full(at.size, np.inf)
    inverse = np.linalg.inv(hessian)
    return np.sqrt(np.diag(inverse @ (slopes @ slopes.T + np.eye(at.size)) @ inverse))


def _curvature(
    terms: _Terms, at: NDArray[np.float64], p: NDArray[np.float64], q: NDArray[np.float64]
) -> float:
    corners = terms(at + p + q) - terms(at + p - q) - terms(at - p + q) + terms(at - p - q)
    return float(corners.sum()) / (4.0 * _STRIDE**2)


_Corner = tuple[float, NDArray[np.float64]]


def _moved(objective: _Objective, simplex: list[_Corner]) -> _Corner | None:
    """Return a better place for the worst corner, or None where there is none on its line."""
    centre = np.mean([corner for _, corner in simplex[:-1]], axis=0)
    worst_value, worst = simplex[-1]
    reflected = _at(objective, 2.0 * centre - worst)
    if reflected[0] < simplex[0][0]:
        expanded = _at(objective, 3.0 * centre - 2.0 * worst)
        return min(reflected, expanded, key=lambda pair: pair[0])
    if reflected[0] < simplex[-2][0]:
        return reflected
    towards = reflected[1] if reflected[0] < worst_value else worst
    contracted = _at(objective, 0.5 * (centre + towards))
    return contracted if contracted[0] < min(reflected[0], worst_value) else None


def _shrunk(objective: _Objective, simplex: list[_Corner]) -> list[_Corner]:
    best = simplex[0]
    return [best, *(_at(objective, 0.5 * (best[1] + corner)) for _, corner in simplex[1:])]


def _at(objective: _Objective, point: NDArray[np.float64]) -> _Corner:
    return objective(point), point
