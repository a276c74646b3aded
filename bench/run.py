"""Every comparison of docs/benchmarks.md, one after the other."""

import atlas
import hot_path
import lambda_start
import lambda_warm
import publish
import spike
import web
import whole_process


def main() -> None:
    """Run them all."""
    for benchmark in (
        hot_path, whole_process, web, publish, lambda_start, lambda_warm, spike, atlas,
    ):  # fmt: skip
        print(f"\n== {benchmark.__name__}: {(benchmark.__doc__ or '').splitlines()[0]}")
        benchmark.main()


if __name__ == "__main__":
    main()
